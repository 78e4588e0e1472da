"""Who led a case, one desk after the other: read from the record, the newest lead first."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from audit.verbs import Verb
from cases.models import Case
from coordination import history, references
from coordination.access import Actor
from coordination.models import Desk
from referrals.labels import desk_label
from referrals.models import Handoff


@dataclass(frozen=True)
class Passing:
    """One time that the lead of a case moved; without a hand-off, from a desk without people."""

    at: dt.datetime
    from_desk: Desk
    to_desk: Desk
    type: str
    reference: str
    url: str
    """Empty where the reader was no part of that hand-off."""

    @property
    def from_label(self) -> str:
        return desk_label(self.from_desk)

    @property
    def to_label(self) -> str:
        return desk_label(self.to_desk)


def passings_of(case: Case, actor: Actor) -> Sequence[Passing]:
    """Return every change of the lead, newest first; row-level security shows them to the lead."""
    moves = [
        event
        for event in history.events_of(case.subject, actor)
        if event.verb in {Verb.CASE_HANDED_OVER, Verb.CASE_PASSED_ON}
        # A body that disposal deleted leaves its entry standing.
        and all(isinstance(event.data.get(side), str) for side in ("from", "to"))
    ]
    slugs = {event.data[side] for event in moves for side in ("from", "to")}
    desks = {
        desk.slug: desk
        for desk in Desk.objects.filter(slug__in=slugs).select_related("agency", "team")
    }
    handoffs = [str(event.data["handoff"]) for event in moves if "handoff" in event.data]
    own = set(
        Handoff.objects.visible_to(actor)
        .filter(reference__in=handoffs)
        .values_list("reference", flat=True)
    )
    return [
        Passing(
            at=event.at,
            from_desk=desks[event.data["from"]],
            to_desk=desks[event.data["to"]],
            type=event.data.get("type", ""),
            reference=event.data.get("handoff", ""),
            url=_url(event.data["handoff"]) if event.data.get("handoff") in own else "",
        )
        for event in moves
        if desks.keys() >= {event.data["from"], event.data["to"]}
    ]


def _url(reference: str) -> str:
    return reverse("handoffs:detail", args=[references.display(reference)])
