"""Reading the record of one subject: what happened, who looked, told without workers' names."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from audit.models import Entry
from audit.verbs import READS
from coordination.access import Actor
from coordination.models import Desk, User
from coordination.prepared import Row, ask

VIEWERS = 20

_MOMENTS = """
select subject, verb, occurred_at from audit_entry
where subject = any (%(subjects)s) and verb = any (%(verbs)s)
order by id
"""


@dataclass(frozen=True)
class Event:
    """One entry as a reader may see it. `by` is a person only to their own agency."""

    verb: str
    by: str
    at: dt.datetime
    data: dict[str, Any]
    desk_id: int | None


def events_of(subject: str, actor: Actor) -> list[Event]:
    """Return what changed a subject, newest first."""
    entries = Entry.objects.filter(subject=subject).exclude(verb__in=READS)
    return _events(entries.select_related("body").order_by("-id"), actor)


def moments_of(subjects: Collection[str], verbs: Collection[str]) -> Sequence[Row]:
    """Return when something became of these subjects: subject, verb and moment, oldest first."""
    return ask(_MOMENTS, subjects=list(subjects), verbs=[str(verb) for verb in verbs])


def viewers_of(subject: str, actor: Actor) -> list[Event]:
    """Return the last look of each desk and person at a subject, newest first."""
    looks = Entry.objects.filter(subject=subject, verb__in=READS).order_by(
        "actor_id", "desk_id", "-id"
    )
    latest = looks.distinct("actor_id", "desk_id").values("id")
    return _events(Entry.objects.filter(pk__in=latest).order_by("-id")[:VIEWERS], actor)


def _events(entries: Iterable[Entry], actor: Actor) -> list[Event]:
    entries = list(entries)
    desks = Desk.objects.select_related("agency", "team").in_bulk(
        {e.desk_id for e in entries if e.desk_id}
    )
    people = User.objects.filter(agency=actor.user.agency_id).in_bulk(
        {e.actor_id for e in entries if e.actor_id}
    )
    return [
        Event(
            verb=entry.verb,
            by=_by(people.get(entry.actor_id or 0), desks.get(entry.desk_id or 0)),
            at=entry.occurred_at,
            data=_data(entry),
            desk_id=entry.desk_id,
        )
        for entry in entries
    ]


def _by(person: User | None, desk: Desk | None) -> str:
    if desk is None:
        return "Relay"
    if person is None and desk.team is None:
        return desk.name  # the Office: nobody is on duty there
    if person is None:
        return _("duty worker, %(desk)s") % {"desk": desk.name}
    return f"{person.get_full_name()}, {desk.name}"


def _data(entry: Entry) -> dict[str, Any]:
    data = {} if entry.verb in READS else dict(entry.said)
    if not isinstance(data.get("note", 0), int):
        del data["note"]  # whatever it is, it names no note
    return data
