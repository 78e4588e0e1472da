"""What the Office adds to the identifier gate: patterns, tried on examples before they count."""

import datetime as dt

from django.db import models, transaction
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from audit.record import record
from audit.verbs import Verb
from coordination import access
from coordination.errors import Invalid
from coordination.gate import patterns
from coordination.gate.finding import Answer
from coordination.gate.normalise import normalise
from coordination.gate.texts import Screened, clear
from coordination.models import IdentifierPattern

MANAGE = "coordination.manage_patterns"
MOST = 100
"""Each text is searched for each of them."""


def added() -> "models.QuerySet[IdentifierPattern]":
    """Return what the Office added and did not retire."""
    return IdentifierPattern.objects.filter(retired_at=None)


@transaction.atomic
def add_pattern(
    *,
    actor: access.Actor,
    regex: str,
    answer: str,
    label_en: str,
    label_fr: str,
    finds: str,
    passes: str,
    at: dt.datetime,
) -> IdentifierPattern:
    """
    Add a pattern to the gate; it counts from the next text on.

    `finds` is an invented text that it has to find, `passes` an ordinary one that it must not; both
    are tried and not kept.

    :raises NotAllowed: unless the Office's coordinator adds it.
    :raises Identifying: if its names or the pattern itself name a person or repeat a number.
    :raises Invalid: if it cannot be read, misses its example or stops the ordinary text.
    """
    access.require(actor, MANAGE)
    label_en, label_fr = _named(label_en, "label_en"), _named(label_fr, "label_fr")
    regex = _named(regex, "regex")
    compiled = patterns.compile_added(regex)
    if not compiled.search(normalise(finds).text):
        raise Invalid(_("The pattern does not find this."), field="finds")
    if compiled.search(normalise(passes).text):
        raise Invalid(_("The pattern stops this too."), field="passes")
    code = slugify(label_en).replace("-", "_")[:40]
    if not code or patterns.is_known(code):
        raise Invalid(_("There is a pattern of this name already."), field="label_en")
    if added().count() >= MOST:
        raise Invalid(_("There are 100 patterns. Retire one first."))
    pattern, _created = IdentifierPattern.objects.update_or_create(
        code=code,
        defaults={
            "regex": regex,
            "answer": Answer(answer),
            "label_en": label_en,
            "label_fr": label_fr,
            "added_at": at,
            "retired_at": None,
        },
    )
    record(
        Verb.PATTERN_ADDED,
        subject=f"pattern:{code}",
        at=at,
        data={"regex": regex, "answer": answer, "en": label_en, "fr": label_fr},
    )
    return pattern


def _named(text: str, field: str) -> Screened:
    """Return words of a pattern: they may name a place or an organization, which is their use."""
    public = dict.fromkeys(("place", "organization"), "program_name")
    return clear(text, keep=public, field=field, longest=patterns.LONGEST)


@transaction.atomic
def retire_pattern(*, actor: access.Actor, pattern: IdentifierPattern, at: dt.datetime) -> None:
    """
    Take an added pattern out of use; those that ship stay.

    :raises NotAllowed: unless the Office's coordinator retires it.
    """
    access.require(actor, MANAGE)
    if added().filter(pk=pattern.pk).update(retired_at=at):
        record(Verb.PATTERN_RETIRED, subject=f"pattern:{pattern.code}", at=at)
