"""
What the pages show of a referral, worked out once: templates only print.

The same facts go to the API through `referrals.serializers`.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from cases.facts import Facts, facts_for_services, task_facts
from coordination import history, references
from coordination.access import Actor
from coordination.models import Area, Desk
from referrals import audience, wording
from referrals.allowed import allowed_verbs, side_of
from referrals.models import Referral
from referrals.states import AWAITING_ANSWER, UNDO_WINDOW, Side, Status

SOON = dt.timedelta(hours=4)
_STYLES = {"accept": "primary", "send": "primary", "answer": "primary", "decline": "tertiary"}
_AT_ONCE = frozenset({"accept", "undo_accept", "send"})
"""Verbs that need no further word: their button is the form."""


@dataclass(frozen=True)
class Action:
    verb: str
    label: str
    short: str
    url: str
    style: str
    is_form: bool


@dataclass(frozen=True)
class Line:
    """One line of a worklist."""

    reference: str
    url: str
    urgency: str
    services: Sequence[str]
    age_band: str
    gender_identity: str
    status: str
    sent_at: dt.datetime | None
    due_at: dt.datetime
    started_at: dt.datetime
    other_side: str
    other_kind: str
    waiting_on: str
    is_awaiting: bool


@dataclass(frozen=True)
class Shown:
    """A referral as one reader sees it."""

    reference: str
    version: int
    status: str
    urgency: str
    side: str
    is_ours: bool
    due_at: dt.datetime
    sent_at: dt.datetime | None
    started_at: dt.datetime
    from_label: str
    from_kind: str
    to_label: str
    responsible_label: str
    services: Sequence[str]
    facts: Facts | None
    area_labels: Sequence[str]
    basis: Any
    not_shared: Sequence[str]
    questions: Sequence[str]
    decline_reason: str
    withdraw_reason: str
    suggested_label: str
    undo_until: dt.datetime | None
    phone_label: str
    phone: str
    case_reference: str
    case_url: str
    is_awaiting: bool
    actions: Sequence[Action] = field(default_factory=list)


def line(referral: Referral, actor: Actor) -> Line:
    """Return a line; the person's facts are empty where access to the case has ended."""
    ours = referral.from_desk_id in actor.desk_ids
    case = referral.readable_case
    awaiting_us = referral.status == (Status.QUESTIONED if ours else Status.SENT)
    return Line(
        reference=referral.reference,
        url=url_of(referral),
        urgency=referral.urgency,
        services=[each.service for each in referral.services.all()],
        age_band=case.age_band if case else "",
        gender_identity=case.gender_identity if case else "",
        status=referral.status,
        sent_at=referral.sent_at,
        due_at=referral.due_at,
        started_at=referral.sent_at or referral.written_at,
        other_side=_to_label(referral) if ours else referral.from_desk.name,
        other_kind=_to_kind(referral) if ours else referral.from_desk.agency.kind,
        waiting_on=("us" if awaiting_us else "them") if _is_awaiting(referral) else "",
        is_awaiting=_is_awaiting(referral),
    )


def shown(referral: Referral, actor: Actor, *, at: dt.datetime) -> Shown:
    """Return everything of a referral's page but its history. `attach_cases` comes first."""
    side = side_of(referral, actor)
    other = _other_desk(referral, side)
    facts = facts_shown(referral, actor)
    opens = referral.readable_case is not None and (
        side == Side.SENDER or referral.accepting_desk_id in actor.desk_ids
    )
    return Shown(
        reference=referral.reference,
        version=referral.version,
        status=referral.status,
        urgency=referral.urgency,
        side=str(side or ""),
        is_ours=referral.responsible_desk_id in actor.desk_ids,
        due_at=referral.due_at,
        sent_at=referral.sent_at,
        started_at=referral.sent_at or referral.written_at,
        from_label=_desk_label(referral.from_desk),
        from_kind=referral.from_desk.agency.kind,
        to_label=_to_label(referral),
        responsible_label=_desk_label(referral.responsible_desk),
        services=[each.service for each in referral.services.all()],
        facts=facts,
        area_labels=area_labels(facts.areas_to_avoid) if facts else [],
        basis=referral.basis,
        not_shared=audience.not_shared(referral.basis.audience),
        questions=referral.questions,
        decline_reason=referral.decline_reason,
        withdraw_reason=referral.withdraw_reason,
        suggested_label=_desk_label(referral.suggested_desk) if referral.suggested_desk else "",
        undo_until=referral.accepted_at + UNDO_WINDOW if referral.accepted_at else None,
        phone_label=_desk_label(other) if other else "",
        phone=other.duty_phone if other else "",
        case_reference=referral.readable_case.reference if referral.readable_case else "",
        case_url=case_url(referral.readable_case.reference)
        if opens and referral.readable_case
        else "",
        is_awaiting=_is_awaiting(referral),
        actions=_actions(referral, actor, at=at, side=side),
    )


def facts_shown(referral: Referral, actor: Actor) -> Facts | None:
    """Return the case's facts as the reader may see them through this referral."""
    case = referral.readable_case
    if case is None:
        return None
    if case.lead_desk_id in actor.desk_ids:
        return task_facts(case)
    desk = next(m.desk for m in actor.memberships if m.desk_id in actor.desk_ids)
    services = [each.service for each in referral.services.all()]
    return facts_for_services(case, services=services, desk=desk)


def facts_through(referrals: Sequence[Referral], actor: Actor) -> Facts | None:
    """Return a case's facts as a receiver may see them, through the services it was asked for."""
    mine = [each for each in referrals if each.accepting_desk_id in actor.desk_ids]
    case = mine[0].readable_case if mine else None
    if case is None:
        return None
    desk = next(m.desk for m in actor.memberships if m.desk_id == mine[0].accepting_desk_id)
    services = {service.service for each in mine for service in each.services.all()}
    return facts_for_services(case, services=services, desk=desk)


def timeline(subject: str, actor: Actor) -> list[dict[str, Any]]:
    """Return what happened, newest first, in words."""
    return [
        {
            "verb": event.verb,
            "title": wording.TITLES[event.verb],
            "by": event.by,
            "at": event.at,
            "text": wording.detail_of(event.verb, event.data),
        }
        for event in history.events_of(subject, actor)
        if event.verb in wording.TITLES
    ]


def url_of(referral: Referral) -> str:
    return reverse("referrals:detail", args=[references.display(referral.reference)])


def case_url(reference: str) -> str:
    return reverse("cases:detail", args=[references.display(reference)])


def area_labels(slugs: Sequence[str]) -> list[str]:
    return [area.name for area in Area.objects.filter(slug__in=slugs)]


def _actions(
    referral: Referral, actor: Actor, *, at: dt.datetime, side: Side | None
) -> list[Action]:
    reference = references.display(referral.reference)
    return [
        Action(
            verb=verb,
            label=str(wording.BUTTONS[verb]),
            short=str(wording.SHORT[verb]),
            url=reverse(f"referrals:{verb}", args=[reference]),
            style=_STYLES.get(verb, "secondary"),
            is_form=verb in _AT_ONCE,
        )
        for verb in sorted(allowed_verbs(referral, actor, at=at, side=side), key=_weight)
    ]


def _weight(verb: str) -> int:
    """Order buttons by weight, the one to expect first."""
    return ("primary", "secondary", "tertiary").index(_STYLES.get(verb, "secondary"))


def _is_awaiting(referral: Referral) -> bool:
    return referral.status in AWAITING_ANSWER


def _other_desk(referral: Referral, side: Side | None) -> Desk | None:
    if side != Side.SENDER:
        return referral.from_desk
    return referral.accepting_desk or referral.to_desk


def _to_label(referral: Referral) -> str:
    if referral.accepting_desk and not referral.to_desk:
        return _desk_label(referral.accepting_desk)
    if referral.to_desk:
        return _desk_label(referral.to_desk)
    return _("%(team)s, any desk") % {"team": referral.to_team.name if referral.to_team else ""}


def _to_kind(referral: Referral) -> str:
    desk = referral.accepting_desk or referral.to_desk
    return desk.agency.kind if desk else ""


def _desk_label(desk: Desk) -> str:
    return f"{desk.name}, {desk.team.name}" if desk.team else desk.name
