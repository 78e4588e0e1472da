"""What a hand-off's pages and its answers in the API show of it, as one reader may see it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.urls import reverse
from django.utils import timezone

from cases.facts import facts_for_services, task_facts
from cases.models import Case
from coordination import duty, references
from coordination.access import Actor
from coordination.models import Desk
from referrals import child_reports, passing, presenting, wording
from referrals.handoff_moves import offered_to, verbs_of, verbs_of_side, verdict_on
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


@dataclass(frozen=True)
class Moving:
    """An open referral of the case that is offered with it; which one, only its own desks know."""

    status: str
    """`sent` while it waits for an answer, `accepted` afterwards: a finer one would pick it out."""
    urgency: str
    due_at: dt.datetime | None
    """The hour in which an answer is due, while it waits for one."""

    @property
    def due_label(self) -> str:
        return str(wording.ANSWER_BY) if self.due_at else ""


def readable_cases(handoffs: Sequence[Handoff], actor: Actor) -> dict[int, Case]:
    """Return the cases that the reader may read, by key; not a join: row-level security hides."""
    keys = {each.case_id for each in handoffs}
    found: dict[int, Case] = Case.objects.readable_by(actor).in_bulk(keys)
    return found


def lines(handoffs: Sequence[Handoff], actor: Actor, *, at: dt.datetime) -> list[HandoffLine]:
    offered = offered_to(handoffs, actor)
    return [_line(each, actor, offered, at=at) for each in handoffs]


def _line(handoff: Handoff, actor: Actor, offered: set[int], *, at: dt.datetime) -> HandoffLine:
    return HandoffLine(
        reference=handoff.reference,
        url=reverse("handoffs:detail", args=[references.display(handoff.reference)]),
        type=handoff.type,
        status=handoff.status,
        from_label=desk_label(handoff.from_desk),
        to_label=to_label(handoff),
        due_at=handoff.due_at,
        answers="accept" in verbs_of(handoff, actor, at=at, offered=offered),
    )


def to_label(handoff: Handoff) -> str:
    desk = handoff.accepting_desk or handoff.to_desk
    return desk_label(desk) if desk else str(target_of(handoff).name)


def moving(handoff: Handoff) -> list[Moving]:
    """Return what moves when it is accepted, most urgent first; the database knows for whom."""
    with connection.cursor() as cursor:
        cursor.execute("select * from moves_with_handoff(%s)", [handoff.pk])
        return [Moving(*row) for row in cursor.fetchall()]


def shown(handoff: Handoff, actor: Actor, *, at: dt.datetime) -> dict[str, Any]:
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
    other = _other_desk(handoff, actor)
    answers = duty.at_desks([other], at=at)[other.pk].rings if other else None
    here = timezone.get_current_timezone_name()
    return {
        "handoff": handoff,
        "reference": handoff.reference,
        "from_label": desk_label(handoff.from_desk),
        "to_label": to_label(handoff),
        "phone_label": desk_label(other) if other else "",
        "phone": answers.duty_phone if answers else "",
        "phone_answered_by": answers.name if answers and answers != other else "",
        "other_zone": other.time_zone if other and other.time_zone != here else "",
        "waits": handoff.status == HandoffStatus.PROPOSED,
        "facts": facts,
        "needs": case.needs if case else [],
        "own_duty": child_reports.own_duty(facts, actor)
        if handoff.from_desk_id not in actor.desk_ids
        else None,
        "moving": moving(handoff),
        "area_labels": area_labels(facts.areas_to_avoid) if facts else [],
        "case_reference": case.reference if case else None,
        "case_url": reverse("cases:detail", args=[references.display(case.reference)])
        if case and opens
        else None,
        "actions": [
            (verb, wording.HANDOFF_BUTTONS[verb], reverse(f"handoffs:{verb}", args=[reference]))
            for verb in verbs_of(handoff, actor, at=at)
        ],
        "training": verdict_on(handoff, actor, at=at)
        if handoff.status == HandoffStatus.PROPOSED and "accept" in verbs_of_side(handoff, actor)
        else None,
        "timeline": presenting.timeline(handoff.subject, actor),
        "passings": passing.passings_of(case, actor)
        if case and case.lead_desk_id in actor.desk_ids
        else [],
    }


def _other_desk(handoff: Handoff, actor: Actor) -> Desk | None:
    if handoff.from_desk_id not in actor.desk_ids:
        return handoff.from_desk
    return handoff.accepting_desk or handoff.to_desk
