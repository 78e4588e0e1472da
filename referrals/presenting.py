"""
What the pages show of a referral, worked out once: templates only print.

The same facts go to the API through `referrals.outputs`.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from audit.verbs import OWN_BUSINESS, Verb
from cases.facts import Facts, Minimum, facts_for_services, minimum_facts, task_facts
from cases.models import Note
from cases.models.consent import ENDING
from coordination import duty, history
from coordination.access import Actor
from coordination.models import Desk
from coordination.training.accepting import Verdict
from referrals import audience, buttons, clock, event_words, training, waiting, wording
from referrals.allowed import closes_in_error, side_of
from referrals.endings import REACHED
from referrals.labels import area_labels, case_url, desk_label, status_label, to_label
from referrals.models import Override, Referral
from referrals.states import (
    AWAITING_ANSWER,
    CLOCKED,
    LIVE,
    RECEIVER_RESPONSIBLE,
    UNDO_WINDOW,
    Side,
    Status,
)


@dataclass(frozen=True)
class Shown:
    """A referral as one reader sees it."""

    reference: str
    version: int
    status: str
    status_label: str
    urgency: str
    side: str
    is_ours: bool
    due_at: dt.datetime
    due_label: str
    sent_at: dt.datetime | None
    started_at: dt.datetime
    from_label: str
    from_kind: str
    to_label: str
    responsible_label: str
    services: Sequence[str]
    facts: Facts | Minimum | None
    is_minimum: bool
    area_labels: Sequence[str]
    basis: Any
    basis_ended_at: dt.datetime | None
    basis_end: str
    basis_ends_soon: bool
    not_shared: Sequence[str]
    questions: Sequence[str]
    decline_reason: str
    withdraw_reason: str
    suggested_label: str
    undo_until: dt.datetime | None
    phone_label: str
    phone: str
    phone_answered_by: str
    phone_quotes: bool
    """Whether who answers can open the referral, and may be told its code."""

    other_zone: str
    """The zone of the other side's desk, where its clock is not the reader's."""

    waited_on_sender: dt.timedelta
    waited_on_receiver: dt.timedelta
    case_reference: str
    case_url: str
    is_awaiting: bool
    is_over: bool
    """Whether nobody has anything left to do on it."""

    has_clock: bool
    is_external: bool
    agreed_by_phone_at: dt.datetime | None
    give_back_reason: str
    withdrawal_requested: str
    closes_in_error: bool
    needs_attention: bool
    contact_confirmed: bool
    contact_said_by: str
    outcomes: Sequence[tuple[str, str]]
    doors: int
    need_since: dt.datetime | None
    overrides: Sequence[Override]
    training: Verdict | None = None
    """What the reader's desk asks of whoever accepts, while it waits to be accepted."""

    actions: Sequence[buttons.Button] = field(default_factory=list)


def shown(referral: Referral, actor: Actor, *, at: dt.datetime) -> Shown:
    """Return everything of a referral's page but its history. `attach_cases` comes first."""
    side = side_of(referral, actor)
    other = _other_desk(referral, side)
    answers = duty.at_desks([other], at=at)[other.pk].rings if other else None
    facts, ended = facts_shown(referral, actor, at=at), audience.has_ended(referral, at=at)
    ended_at = referral.basis_ended_at
    if ended and referral.status in RECEIVER_RESPONSIBLE:  # by the clock, carried out or not yet
        ended_at = ended_at or referral.basis.until
    opens = referral.readable_case is not None and (
        side == Side.SENDER
        or (referral.accepting_desk_id in actor.desk_ids and not ended)
        or referral.readable_case.lead_desk_id in actor.desk_ids
    )
    return Shown(
        reference=referral.reference,
        version=referral.version,
        status=referral.status,
        status_label=status_label(referral),
        urgency=referral.urgency,
        side=str(side or ""),
        is_ours=referral.responsible_desk_id in actor.desk_ids,
        due_at=referral.due_at,
        due_label=wording.due_label(referral),
        sent_at=referral.sent_at,
        started_at=clock.started_at(referral) or referral.written_at,
        from_label=desk_label(referral.from_desk),
        from_kind=referral.from_desk.agency.kind,
        to_label=to_label(referral),
        responsible_label=desk_label(referral.responsible_desk),
        services=[each.service for each in referral.services.all()],
        facts=facts,
        is_minimum=isinstance(facts, Minimum),
        area_labels=area_labels(facts.areas_to_avoid) if facts else [],
        basis=referral.basis,
        basis_ended_at=ended_at,
        basis_end=referral.basis_end or (REACHED if ended_at else ""),
        basis_ends_soon=referral.status in LIVE
        and ended_at is None
        and at < referral.basis.until <= at + ENDING,
        not_shared=audience.not_shared(referral.basis.audience),
        questions=referral.questions,
        decline_reason=referral.decline_reason,
        withdraw_reason=referral.withdraw_reason if referral.status == Status.WITHDRAWN else "",
        suggested_label=desk_label(referral.suggested_desk) if referral.suggested_desk else "",
        undo_until=referral.accepted_at + UNDO_WINDOW
        if referral.accepted_at and referral.status == Status.ACCEPTED
        else None,
        phone_label=desk_label(other) if other else "",
        phone=answers.duty_phone if answers else "",
        phone_answered_by=answers.name if answers and answers != other else "",
        phone_quotes=answers is not None and answers.pk in _parties(referral),
        other_zone=other.time_zone
        if other and other.time_zone != timezone.get_current_timezone_name()
        else "",
        waited_on_sender=waiting.on_sender(referral, at=at),
        waited_on_receiver=waiting.on_receiver(referral, at=at),
        case_reference=referral.readable_case.reference if referral.readable_case else "",
        case_url=case_url(referral.readable_case.reference)
        if opens and referral.readable_case
        else "",
        is_awaiting=referral.status in AWAITING_ANSWER,
        is_over=referral.is_over,
        has_clock=referral.status in CLOCKED,
        is_external=referral.is_external,
        agreed_by_phone_at=referral.agreed_by_phone_at
        if referral.status in AWAITING_ANSWER
        else None,
        give_back_reason=referral.give_back_reason
        if referral.status in {Status.RETURNING, Status.RETURNED}
        else "",
        withdrawal_requested=referral.withdraw_reason
        if referral.status in RECEIVER_RESPONSIBLE
        else "",
        closes_in_error=closes_in_error(referral),
        needs_attention=referral.needs_attention,
        contact_confirmed=referral.is_contact_confirmed,
        contact_said_by=_contact_said_by(referral),
        outcomes=[(each.service, each.outcome) for each in referral.services.all() if each.outcome],
        doors=referral.doors,
        need_since=referral.need_since,
        overrides=list(referral.overrides.all()),
        training=training.verdict_on(referral, actor, side=side, at=at)
        if referral.status in AWAITING_ANSWER
        else None,
        actions=buttons.offered(referral, actor, at=at, side=side),
    )


def facts_shown(referral: Referral, actor: Actor, *, at: dt.datetime) -> Facts | Minimum | None:
    """
    Return the case's facts as the reader may see them through this referral.

    Once the basis has ended, the minimum: need-to-know waits for nobody who carries the end out.
    """
    case = referral.readable_case
    if case is None:
        return None
    if case.lead_desk_id in actor.desk_ids:
        return task_facts(case)
    desk = next(m.desk for m in actor.memberships if m.desk_id in actor.desk_ids)
    services = [each.service for each in referral.services.all()]
    if audience.has_ended(referral, at=at):
        return minimum_facts(case, services=services, desk=desk)
    return facts_for_services(case, services=services, desk=desk)


def facts_through(referrals: Sequence[Referral], actor: Actor, *, at: dt.datetime) -> Facts | None:
    """Return a case's facts as a receiver may see them, through the services it was asked for."""
    mine = [
        each
        for each in referrals
        if each.accepting_desk_id in actor.desk_ids and not audience.has_ended(each, at=at)
    ]
    case = mine[0].readable_case if mine else None
    if case is None:
        return None
    desk = next(m.desk for m in actor.memberships if m.desk_id == mine[0].accepting_desk_id)
    services = {service.service for each in mine for service in each.services.all()}
    return facts_for_services(case, services=services, desk=desk)


def timeline(subject: str, actor: Actor) -> list[dict[str, Any]]:
    """Return what happened, newest first, in words; with what people wrote, if one may read it."""
    said = Note.objects.visible_to(actor).texts_about(subject)
    return [
        {
            "verb": event.verb,
            "title": event_words.TITLES[event.verb],
            "by": event.by,
            "at": event.at,
            "text": event_words.detail_of(event.verb, event.data),
            "said": said.get(event.data.get("note", 0), ""),
        }
        for event in history.events_of(subject, actor)
        if event.verb in event_words.TITLES
        # Who works on it, with which course, is a desk's own business.
        and (event.verb not in OWN_BUSINESS or event.desk_id in actor.desk_ids)
        and (event.verb != Verb.NOTE_ADDED or event.data.get("note") in said)
    ]


def said_with(events: Sequence[Mapping[str, Any]]) -> Mapping[str, str]:
    """Return the last words that came with each kind of event of a timeline, as `declined`."""
    told = [each for each in events if each["said"]]
    return {each["verb"].partition(".")[2]: each["said"] for each in reversed(told)}


def _contact_said_by(referral: Referral) -> str:
    """Return the label of the one side that said so far that the workers spoke."""
    if referral.is_contact_confirmed:
        return ""
    if referral.sender_contact_at:
        return desk_label(referral.from_desk)
    desk = referral.accepting_desk
    return desk_label(desk) if desk and referral.receiver_contact_at else ""


def _parties(referral: Referral) -> set[int | None]:
    """Return the desks that can open it; of a team that has not answered, nobody is sure."""
    return {referral.from_desk_id, referral.to_desk_id, referral.accepting_desk_id}


def _other_desk(referral: Referral, side: Side | None) -> Desk | None:
    if side != Side.SENDER:
        return referral.from_desk
    if referral.is_external:
        return None
    return referral.accepting_desk or referral.to_desk
