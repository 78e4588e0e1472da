"""Words about a case or a referral, behind the identifier gate."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.record import record
from audit.verbs import Verb
from cases.models import Case, Note
from cases.models.note import EVERYONE
from coordination import access
from coordination.errors import Invalid, NotAllowed
from coordination.gate.texts import clear


@dataclass(frozen=True)
class Words:
    """What somebody typed, and why what may identify stays (kind -> `keep_reason`)."""

    text: str
    keep: Mapping[str, str] = field(default_factory=dict)


@transaction.atomic
def add_note(
    *,
    actor: access.Actor,
    case: Case,
    about: str,
    words: Words,
    at: dt.datetime,
    audience: str = EVERYONE,
) -> Note:
    """
    Add a note to a case, or to a referral of it: `about` is its subject in the record.

    :raises NotAllowed: if the role cannot, or the acting desk has no access to it.
    :raises Identifying, Invalid: if the text identifies, is too long or is missing.
    """
    desk = access.require(actor, "cases.add_note")
    if not Note.objects.may_be_added(case, about, desk_id=desk.pk):
        raise NotAllowed(_("Your desk has no access to this case."))
    note = write(
        actor=actor, case=case, about=about, kind="note", words=words, audience=audience, at=at
    )
    record(
        Verb.NOTE_ADDED,
        subject=about,
        at=at,
        data={"note": note.pk, "audience": audience, **kept_in(note)},
    )
    return note


def may_add_note(actor: access.Actor, case: Case) -> bool:
    """Tell whether the acting desk may write about a case: what its page offers."""
    if actor.desk is None or not actor.may("cases.add_note"):
        return False
    return bool(Note.objects.may_be_added(case, case.subject, desk_id=actor.desk.pk))


def write(
    *,
    actor: access.Actor,
    case: Case,
    about: str,
    kind: str,
    words: Words,
    at: dt.datetime,
    audience: str = EVERYONE,
) -> Note:
    """
    Store words that belong to a change: its own entry names them, so nothing is recorded here.

    :raises Identifying, Invalid: if the text identifies, is too long or is missing.
    """
    if actor.desk is None:
        raise NotAllowed(_("Choose the desk you are acting for, then try again."), field="desk")
    text = clear(words.text, keep=words.keep, field="words")
    if not text:
        raise Invalid(_("Write something."), field="words")
    return Note.objects.create(
        case=case,
        about=about,
        kind=kind,
        audience=audience,
        text=text,
        desk=actor.desk,
        writer=actor.user,
        written_at=at,
    )


def kept_in(note: Note) -> dict[str, dict[str, str]]:
    """Return what the entry says of what the writer kept, though it may identify."""
    kept = getattr(note.text, "kept", {})
    return {"kept": dict(kept)} if kept else {}
