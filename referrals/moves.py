"""One move of a referral along its table: locked, checked, saved, recorded."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from audit.record import record
from audit.verbs import Verb
from cases.actions import notes
from cases.actions.notes import Words
from cases.models import Case, CaseGrant
from coordination import access, vocabularies
from coordination.errors import Invalid, NotAllowed, Stale, WrongStatus
from coordination.models import Desk
from referrals.allowed import allowed_verbs, is_open, may_carry_out, side_of
from referrals.models import Referral, ReferralGrant
from referrals.states import TRANSITIONS, Box, Side, Status, Transition, box_of

NEEDS_WORDS = frozenset({"other"})
"""Codes that say nothing without words."""

_KEYS_OF_A_LINE = frozenset({"due_at", "settled_at"})
"""What places a line in a worklist, beside the status."""

_KINDS_OF_WORDS = {"send": "note", "ask": "question", "answer": "answer"}


@dataclass(frozen=True)
class Move:
    """A transition that was checked and may be made: the referral's row is locked."""

    referral: Referral
    transition: Transition
    side: Side
    desk: Desk
    at: dt.datetime
    actor: access.Actor
    words: Words | None = None
    """What is said with it; stored by `record`, under the entry that it belongs to."""

    def make(self, *, data: Mapping[str, Any] | None = None, **columns: Any) -> Referral:
        """Save the new status with further columns, move the sender's line, and record it."""
        before = self.referral.status
        self.referral.status = self.transition.target or before
        self.save(**columns)
        if self.referral.status != before or not _KEYS_OF_A_LINE.isdisjoint(columns):
            place_sender(self.referral)
        return self.record(
            self.transition.event,
            {"before": before, "after": self.referral.status, **(data or {}), **self._reported},
        )

    @property
    def _reported(self) -> dict[str, str]:
        """Mark what the sender was told by a contact that is not on Relay."""
        return {} if self.side in self.transition.sides else {"reported": "phone"}

    def save(self, **columns: Any) -> None:
        """Save columns as the next version, without a change of status."""
        referral = self.referral
        for name, value in columns.items():
            setattr(referral, name, value)
        referral.version += 1
        referral.save(update_fields=["status", "version", *columns])

    def record(self, verb: Verb, data: Mapping[str, Any]) -> Referral:
        referral = self.referral
        record(
            verb,
            subject=referral.subject,
            version=referral.version,
            at=self.at,
            data={**data, **self._said()},
        )
        return referral

    def _said(self) -> dict[str, Any]:
        if self.words is None:
            return {}
        note = notes.write(
            actor=self.actor,
            case=Case(pk=self.referral.case_id),
            about=self.referral.subject,
            kind=_KINDS_OF_WORDS.get(self.transition.verb, "reason"),
            words=self.words,
            at=self.at,
        )
        return {"note": note.pk, **notes.kept_in(note)}


def begin(
    verb: str,
    *,
    referral: Referral,
    actor: access.Actor,
    at: dt.datetime,
    version: int | None = None,
    words: Words | None = None,
) -> Move:
    """
    Lock a referral and check that the actor may make this move now.

    `version` is the one that the actor read; None means that they did not say. `words` are stored
    with the move's entry.

    :raises NotAllowed: if the role or the side does not have the verb.
    :raises WrongStatus: if the referral's state does not allow it now.
    :raises Stale: if it is allowed, but somebody changed the referral since it was read.
    """
    transition = TRANSITIONS[verb]
    desk = access.require(actor, transition.permission)
    try:
        # With its basis: whose last day ends meanwhile would see the one and not the other.
        rows = Referral.objects.select_related("basis").select_for_update(of=("self",))
        locked = rows.get(pk=referral.pk)
    except Referral.DoesNotExist:
        if not _may_have_lost(Referral(pk=referral.pk), desk):
            raise NotAllowed(_("Your desk has no part in this referral.")) from None
        # Visible a moment ago: another desk of the team answered, or the basis ended.
        raise WrongStatus(
            _("No longer open to your desk: another desk answered, or its basis has ended.")
        ) from None
    if locked.from_desk_id == desk.pk:
        locked.from_desk = desk  # known already, with its agency and team
    side = side_of(locked, actor)
    if side is not None and not may_carry_out(transition, locked, side):
        raise NotAllowed(_("The other side of the referral decides this."))
    if side is None and not _may_have_lost(locked, desk):
        raise NotAllowed(_("Your desk cannot answer this referral."))
    if side is None or not is_open(transition, locked, at=at, side=side):
        status = vocabularies.label("referral_status", locked.status)
        raise WrongStatus(
            _("Not possible now: this referral is “%(status)s”.") % {"status": status},
            allowed=allowed_verbs(locked, actor, at=at, side=side) if side else [],
        )
    if version is not None and locked.version != version:
        raise Stale(_("Somebody changed this referral while you were reading. Read it again."))
    return Move(locked, transition, side, desk, at, actor, words)


def require_words(code: str, words: Words | None) -> None:
    """:raises Invalid: if a code that says nothing by itself comes without words."""
    if code in NEEDS_WORDS and words is None:
        raise Invalid(_("Say in words what you mean by “other”."), field="words")


def place_sender(referral: Referral) -> None:
    """Put the referral into the sender's worklist where its status belongs."""
    _place(referral, Side.SENDER, [referral.from_desk_id], until=None)


def place_receivers(referral: Referral, desk_ids: list[int], *, until: dt.datetime | None) -> None:
    """Put the referral into receivers' worklists; `until` ends what they may see."""
    _place(referral, Side.RECEIVER, desk_ids, until=until)


def close_line(referral: Referral, desk: Desk) -> None:
    """Keep what a desk declined or gave back in its closed list, without the person's facts."""
    access.give(
        ReferralGrant,
        on=referral,
        to=[desk.pk],
        reason=Side.RECEIVER,
        source=referral.subject,
        box=Box.CLOSED,
        due_at=referral.due_at,
        declined=True,
    )


def end_lines(referral: Referral, desk_ids: list[int], *, at: dt.datetime, **columns: bool) -> None:
    """End what desks see of a referral; off their inbox, or its index fills with what is over."""
    access.end(
        ReferralGrant,
        on=referral,
        of=desk_ids,
        reason=Side.RECEIVER,
        source=referral.subject,
        at=at,
        box=Box.CLOSED,
        **columns,
    )


def let_read_case(
    referral: Referral, desk_ids: list[int], *, until: dt.datetime | None, opens_page: bool
) -> None:
    """
    Let receivers read the case through this referral; `opens_page` opens its own page too.

    The page closes with the basis. Once that has ended, only the minimum is left to give.
    """
    ended_at, until_then = referral.basis_ended_at, referral.basis.until
    opens = opens_page and ended_at is None
    access.give(
        CaseGrant,
        on=Case(pk=referral.case_id),
        to=desk_ids,
        reason=Side.RECEIVER,
        source=referral.subject,
        until=until,
        opens_page=opens,
        words_until=min(ended_at, until_then) if ended_at else until_then if opens else None,
    )


def end_case(referral: Referral, desk_ids: list[int], *, at: dt.datetime) -> None:
    """End what receivers may read of the case through this referral."""
    access.end(
        CaseGrant,
        on=Case(pk=referral.case_id),
        of=desk_ids,
        reason=Side.RECEIVER,
        source=referral.subject,
        at=at,
    )


def holding_desk_ids(referral: Referral) -> list[int]:
    """Return the desk that accepted; of a contact that is not on Relay, nobody."""
    return [referral.accepting_desk_id] if referral.accepting_desk_id else []


def answering_desk_ids(referral: Referral) -> list[int]:
    """
    Return the desks that were sent the referral and have not declined it.

    Once one of them has accepted, the others' grants have ended, and undoing brings them back:
    for whatever else comes after the acceptance, `holding_desk_ids` is meant.
    """
    grants = ReferralGrant.objects.filter(content_object_id=referral.pk, reason=Side.RECEIVER)
    grants = grants.exclude(group_id=referral.from_desk_id)  # asked before it led the case
    return list(grants.filter(declined=False).values_list("group_id", flat=True))


def seeing_desk_ids(referral: Referral) -> list[int]:
    """Return those of them that still see it: what ended with the basis stays ended."""
    grants = ReferralGrant.objects.current().filter(
        content_object_id=referral.pk, reason=Side.RECEIVER
    )
    return list(grants.filter(declined=False).values_list("group_id", flat=True))


def _place(
    referral: Referral, side: Side, desk_ids: list[int], *, until: dt.datetime | None
) -> None:
    access.give(
        ReferralGrant,
        on=referral,
        to=desk_ids,
        reason=side,
        source=referral.subject,
        until=until,
        box=box_of(
            side,
            Status(referral.status),
            settled=referral.settled_at is not None,
            external=referral.is_external,
        ),
        due_at=referral.due_at,
    )


def _may_have_lost(referral: Referral, desk: Desk) -> bool:
    """Tell whether the desk was sent this referral: then it is late, not a stranger."""
    sent = ReferralGrant.objects.filter(
        content_object_id=referral.pk, group_id=desk.pk, reason=Side.RECEIVER
    )
    return bool(sent.exists())
