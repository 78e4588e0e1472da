"""What a hand-off's pages and its answers in the API show of it, as one reader may see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from cases.facts import facts_for_services, task_facts
from cases.models import Case
from coordination import references
from coordination.access import Actor
from referrals import passing, presenting, wording
from referrals.handoff_moves import offered_to, verbs_of
from referrals.handoff_states import HandoffStatus
from referrals.labels import area_labels, desk_label
from referrals.models import Handoff
from referrals.targets import target_of


@dataclass(frozen=True)
class HandoffLine:
    reference: str
    url: str
    type: str
    status: str
    from_label: str
    to_label: str
    due_at: Any
    answers: bool
    """Whether the reader's desk has to answer it."""


def readable_cases(handoffs: Sequence[Handoff], actor: Actor) -> dict[int, Case]:
    """Return the cases that the reader may read, by key; not a join: row-level security hides."""
    keys = {each.case_id for each in handoffs}
    found: dict[int, Case] = Case.objects.readable_by(actor).in_bulk(keys)
    return found


def lines(handoffs: Sequence[Handoff], actor: Actor) -> list[HandoffLine]:
    offered = offered_to(handoffs, actor)
    return [_line(each, actor, offered) for each in handoffs]


def _line(handoff: Handoff, actor: Actor, offered: set[int]) -> HandoffLine:
    return HandoffLine(
        reference=handoff.reference,
        url=reverse("handoffs:detail", args=[references.display(handoff.reference)]),
        type=handoff.type,
        status=handoff.status,
        from_label=desk_label(handoff.from_desk),
        to_label=to_label(handoff),
        due_at=handoff.due_at,
        answers="accept" in verbs_of(handoff, actor, offered=offered),
    )


def to_label(handoff: Handoff) -> str:
    desk = handoff.accepting_desk or handoff.to_desk
    return desk_label(desk) if desk else str(target_of(handoff).name)


def shown(handoff: Handoff, actor: Actor) -> dict[str, Any]:
    """Return what the page of a hand-off says; the facts while the reader may read the case."""
    case = readable_cases([handoff], actor).get(handoff.case_id)
    own = {m.desk_id: m.desk for m in actor.memberships}
    opens = Case.objects.visible_to(actor).filter(pk=handoff.case_id).exists()
    facts = None
    if case and case.lead_desk_id in actor.desk_ids:
        facts = task_facts(case)
    elif case:
        # Which flags can harm is decided by the services that need them; here none is asked yet.
        facts = facts_for_services(case, services=[], desk=own[actor.desk_ids[0]])
    reference = references.display(handoff.reference)
    return {
        "handoff": handoff,
        "reference": handoff.reference,
        "from_label": desk_label(handoff.from_desk),
        "to_label": to_label(handoff),
        "phone": handoff.from_desk.duty_phone
        if handoff.from_desk_id not in actor.desk_ids
        else (handoff.to_desk.duty_phone if handoff.to_desk else ""),
        "waits": handoff.status == HandoffStatus.PROPOSED,
        "facts": facts,
        "needs": case.needs if case else [],
        "area_labels": area_labels(facts.areas_to_avoid) if facts else [],
        "case_reference": case.reference if case else None,
        "case_url": reverse("cases:detail", args=[references.display(case.reference)])
        if case and opens
        else None,
        "actions": [
            (verb, wording.HANDOFF_BUTTONS[verb], reverse(f"handoffs:{verb}", args=[reference]))
            for verb in verbs_of(handoff, actor)
        ],
        "timeline": presenting.timeline(handoff.subject, actor),
        "passings": passing.passings_of(case, actor)
        if case and case.lead_desk_id in actor.desk_ids
        else [],
    }
