"""One move of a hand-off: locked, checked, saved, recorded; and who may see it and its case."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from audit.record import record
from audit.verbs import Verb
from cases.actions import notes
from cases.actions.notes import Words
from cases.models import Case, CaseGrant
from coordination import access, vocabularies
from coordination.errors import NotAllowed, Stale, WrongStatus
from coordination.models import Desk
from coordination.training.accepting import Verdict
from referrals import training
from referrals.handoff_states import HANDOFF_TRANSITIONS, HandoffStatus, HandoffTransition
from referrals.models import Handoff, HandoffGrant
from referrals.states import Side

OFFERED, PROPOSED_IT = "handoff", "sender"
"""Reasons of a grant on a hand-off."""

_GONE = _("No longer open to your desk: another desk answered, or its basis has ended.")


@dataclass(frozen=True)
class HandoffMove:
    """A transition that was checked and may be made: the hand-off's row is locked."""

    handoff: Handoff
    transition: HandoffTransition
    desk: Desk
    at: dt.datetime

    def make(self, *, data: dict[str, Any], **columns: Any) -> Handoff:
        handoff = self.handoff
        handoff.status, handoff.answered_at = self.transition.target, self.at
        for name, value in columns.items():
            setattr(handoff, name, value)
        handoff.version += 1
        handoff.save(update_fields=["status", "version", "answered_at", *columns])
        return self.record(self.transition.event, {"after": handoff.status, **data})

    def record(self, verb: Verb, data: dict[str, Any]) -> Handoff:
        handoff = self.handoff
        record(verb, subject=handoff.subject, version=handoff.version, at=self.at, data=data)
        return handoff


def begin(
    verb: str,
    *,
    handoff: Handoff,
    actor: access.Actor,
    at: dt.datetime,
    version: int | None = None,
) -> HandoffMove:
    """
    Lock the case and its hand-off, and check that the actor may make this move now.

    :raises NotAllowed: if the role or the side does not have the verb.
    :raises WrongStatus: if it was answered or withdrawn.
    :raises Stale: if somebody changed it since it was read.
    """
    transition = HANDOFF_TRANSITIONS[verb]
    desk = access.require(actor, transition.permission)
    locked = Handoff.objects.select_for_update(of=("self",)).filter(pk=handoff.pk).first()
    if locked is None:
        raise WrongStatus(_GONE)
    if verb not in verbs_of_side(locked, actor):
        if locked.status != HandoffStatus.PROPOSED and _was_offered(locked, desk):
            raise WrongStatus(_GONE)
        raise NotAllowed(_("The other side of the hand-off decides this."))
    if locked.status != HandoffStatus.PROPOSED:
        status = vocabularies.label("handoff_status", locked.status)
        raise WrongStatus(
            _("Not possible now: this hand-off is “%(status)s”.") % {"status": status}
        )
    if version is not None and locked.version != version:
        raise Stale(_("Somebody changed this hand-off while you were reading. Read it again."))
    return HandoffMove(locked, transition, desk, at)


def _was_offered(handoff: Handoff, desk: Desk) -> bool:
    """Tell whether the desk was offered it once: then it is late, not a stranger."""
    offers = HandoffGrant.objects.filter(
        content_object_id=handoff.pk, group_id=desk.pk, reason=OFFERED
    )
    return bool(offers.exists())


def hold_offers(case_id: int) -> list[Handoff]:
    """Lock what a case is offered by: the first of what is locked (docs/adr/0019)."""
    rows = Handoff.objects.select_for_update(of=("self",)).filter(
        case_id=case_id, status=HandoffStatus.PROPOSED
    )
    return list(rows.order_by("pk"))


def offered_to(handoffs: Sequence[Handoff], actor: access.Actor) -> set[int]:
    """Return the keys of those that are offered to the acting desk: for a list, in one query."""
    offers = HandoffGrant.objects.current().filter(
        content_object__in=handoffs,
        group_id=actor.desk.pk if actor.desk else 0,
        reason=OFFERED,
        declined=False,
    )
    return set(offers.values_list("content_object_id", flat=True))


def verbs_of(
    handoff: Handoff,
    actor: access.Actor,
    *,
    at: dt.datetime,
    offered: Collection[int] | None = None,
) -> list[str]:
    """
    Return what the acting person may do with a hand-off now; a contact's answer is reported.

    `offered` is `offered_to` of a list that it stands in.
    """
    if handoff.status != HandoffStatus.PROPOSED:
        return []
    return [
        verb
        for verb in verbs_of_side(handoff, actor, offered=offered)
        if verb != "accept" or verdict_on(handoff, actor, at=at).lets
    ]


def verbs_of_side(
    handoff: Handoff, actor: access.Actor, *, offered: Collection[int] | None = None
) -> list[str]:
    """Return the verbs that the acting desk's side has, whatever became of the hand-off."""
    desk = actor.desk.pk if actor.desk else 0
    sides = set()
    if handoff.from_desk_id == desk:
        sides = {Side.SENDER, Side.RECEIVER} if handoff.is_external else {Side.SENDER}
    elif handoff.pk in (offered_to([handoff], actor) if offered is None else offered):
        sides = {Side.RECEIVER}
    return [
        verb
        for verb, transition in HANDOFF_TRANSITIONS.items()
        if transition.side in sides and actor.may(transition.permission)
    ]


def verdict_on(handoff: Handoff, actor: access.Actor, *, at: dt.datetime) -> Verdict:
    """Return what the desk asks of the acting person before they accept."""
    own = handoff.from_desk_id == (actor.desk.pk if actor.desk else 0)
    return training.verdict_on(handoff, actor, side=Side.SENDER if own else Side.RECEIVER, at=at)


def offered_ids(handoff: Handoff) -> list[int]:
    """Return the desks that were offered it and have not declined, whose offer is in force."""
    offers = HandoffGrant.objects.current().filter(
        content_object_id=handoff.pk, reason=OFFERED, declined=False
    )
    return list(offers.values_list("group_id", flat=True))


def give(
    handoff: Handoff, desk_ids: list[int], reason: str, *, until: dt.datetime | None = None
) -> None:
    access.give(
        HandoffGrant, on=handoff, to=desk_ids, reason=reason, source=handoff.subject, until=until
    )


def end_offers(handoff: Handoff, desk_ids: list[int], *, at: dt.datetime, **columns: bool) -> None:
    access.end(
        HandoffGrant,
        on=handoff,
        of=desk_ids,
        reason=OFFERED,
        source=handoff.subject,
        at=at,
        **columns,
    )
    end_case_access(handoff, desk_ids, at=at)


def end_case_access(handoff: Handoff, desk_ids: list[int], *, at: dt.datetime) -> None:
    access.end(
        CaseGrant,
        on=Case(pk=handoff.case_id),
        of=desk_ids,
        reason="handoff",
        source=handoff.subject,
        at=at,
    )


def said(
    actor: access.Actor, handoff: Handoff, words: Words | None, *, at: dt.datetime
) -> dict[str, Any]:
    if words is None:
        return {}
    case = Case(pk=handoff.case_id)
    note = notes.write(
        actor=actor, case=case, about=handoff.subject, kind="note", words=words, at=at
    )
    return {"note": note.pk, **notes.kept_in(note)}
