"""Meetings of working groups: when a group meets, what came of it, and when it does not meet."""

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.record import record
from audit.verbs import Verb
from coordination import access, references, vocabularies
from coordination.errors import Invalid, WrongStatus
from coordination.gate.texts import Screened, clear
from coordination.groups import RUN, Keep, locked, require_version
from coordination.models import Agency, GroupAgency, Meeting, WorkingGroup

FURTHEST = dt.timedelta(days=366)
"""A meeting is planned for a year ahead at most; and written down as long after."""


@transaction.atomic
def plan_meeting(
    *,
    actor: access.Actor,
    group: WorkingGroup,
    starts_at: dt.datetime,
    place: str,
    at: dt.datetime,
    agenda: str = "",
    keep: Keep | None = None,
) -> Meeting:
    """
    Say when a group meets, how, and about what; one that was held already can be written down too.

    :raises NotAllowed: unless the Office's coordinator says it.
    :raises Identifying, Invalid: if the agenda identifies, or the day is more than a year away.
    :raises WrongStatus: if the group is closed.
    """
    access.require(actor, RUN)
    group = locked(group)
    vocabularies.entry("meeting_place", place)
    if not at - FURTHEST <= starts_at <= at + FURTHEST:
        raise Invalid(_("Give a day within a year from now."), field="starts_at")
    text = clear(agenda, keep=keep, field="agenda")
    meeting = Meeting(group=group, starts_at=starts_at, place=place, agenda=text)
    references.insert(meeting)
    data = {"group": group.reference} | _when(meeting)
    record(Verb.MEETING_PLANNED, subject=meeting.subject, at=at, data=data | _kept(text))
    return meeting


@transaction.atomic
def move_meeting(
    *,
    actor: access.Actor,
    meeting: Meeting,
    starts_at: dt.datetime,
    place: str,
    at: dt.datetime,
    version: int | None = None,
) -> Meeting:
    """
    Say when a group meets instead, or how; also of a meeting to which nobody came.

    :raises NotAllowed: unless the Office's coordinator says it.
    :raises Invalid: if that is as it was, is over, or is more than a year away.
    :raises WrongStatus: if it was cancelled or written up, or the group is closed.
    :raises Stale: if `version` is another one.
    """
    access.require(actor, RUN)
    meeting = _still_to_come(meeting, version=version)
    vocabularies.entry("meeting_place", place)
    if not at < starts_at <= at + FURTHEST:
        raise Invalid(_("Give a time to come, within a year from now."), field="starts_at")
    before = _when(meeting)
    meeting.starts_at, meeting.place = starts_at, place
    if before == _when(meeting):
        raise Invalid(_("It is planned so already. Give another time."), field="starts_at")
    _next(meeting, "starts_at", "place")
    data = {"before": before, "after": _when(meeting)}
    record(Verb.MEETING_MOVED, subject=meeting.subject, at=at, data=data)
    return meeting


@transaction.atomic
def cancel_meeting(
    *,
    actor: access.Actor,
    meeting: Meeting,
    reason: str,
    at: dt.datetime,
    version: int | None = None,
) -> Meeting:
    """
    Say that a group does not meet, and why; of what has begun is written down what came of it.

    :raises NotAllowed: unless the Office's coordinator says it.
    :raises WrongStatus: if it has begun, was cancelled or written up, or the group is closed.
    :raises Stale: if `version` is another one.
    """
    access.require(actor, RUN)
    meeting = _still_to_come(meeting, version=version)
    if meeting.starts_at <= at:
        raise WrongStatus(_("This meeting has begun. Move it, or write down what was decided."))
    vocabularies.entry("meeting_cancel_reason", reason)
    meeting.cancelled_at, meeting.cancel_reason = at, reason
    _next(meeting, "cancelled_at", "cancel_reason")
    record(Verb.MEETING_CANCELLED, subject=meeting.subject, at=at, data={"reason": reason})
    return meeting


@transaction.atomic
def write_up_meeting(
    *,
    actor: access.Actor,
    meeting: Meeting,
    attending: Collection[Agency],
    decisions: str,
    at: dt.datetime,
    keep: Keep | None = None,
    version: int | None = None,
) -> Meeting:
    """
    Write down which agencies came and what was decided; again, to correct it.

    :raises NotAllowed: unless the Office's coordinator writes it.
    :raises Identifying: if the decisions identify.
    :raises Invalid: if an agency is named that is not in the group.
    :raises WrongStatus: if it has not begun yet, or was cancelled.
    :raises Stale: if `version` is another one.
    """
    access.require(actor, RUN)
    meeting = _locked(meeting, version=version)
    if meeting.starts_at > at:
        raise WrongStatus(_("This meeting has not begun."))
    _require_in_group(meeting, attending)
    text = clear(decisions, keep=keep, field="decisions")
    meeting.decisions, meeting.written_at = text, at
    _next(meeting, "decisions", "written_at")
    meeting.attending.set(attending)
    data = {"attending": sorted(each.slug for each in attending), "decided": bool(text)}
    record(Verb.MEETING_WRITTEN_UP, subject=meeting.subject, at=at, data=data | _kept(text))
    return meeting


def _locked(meeting: Meeting, *, version: int | None) -> Meeting:
    meeting = Meeting.objects.select_for_update(of=("self",)).get(pk=meeting.pk)
    if meeting.cancelled_at is not None:
        raise WrongStatus(_("This meeting was cancelled."))
    require_version(meeting, version)
    return meeting


def _still_to_come(meeting: Meeting, *, version: int | None) -> Meeting:
    locked(meeting.group)
    meeting = _locked(meeting, version=version)
    if meeting.written_at is not None:
        raise WrongStatus(_("This meeting was held, and is written up."))
    return meeting


def _require_in_group(meeting: Meeting, agencies: Collection[Agency]) -> None:
    known = GroupAgency.objects.filter(group=meeting.group_id).values_list("agency_id", flat=True)
    if {each.pk for each in agencies} - set(known):
        raise Invalid(_("Choose agencies of this group."), field="attending")


def _when(meeting: Meeting) -> dict[str, Any]:
    return {"starts_at": meeting.starts_at.astimezone(dt.UTC).isoformat(), "place": meeting.place}


def _next(meeting: Meeting, *columns: str) -> None:
    meeting.version += 1
    meeting.save(update_fields=[*columns, "version"])


def _kept(text: Screened) -> dict[str, Any]:
    return {"kept": dict(text.kept)} if text.kept else {}
