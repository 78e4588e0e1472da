"""What working groups decided to do: planning an action, and what became of it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.record import record
from audit.verbs import Verb
from coordination import access, groups, references, vocabularies
from coordination.action_states import OPEN, TRANSITIONS, ActionStatus, Transition
from coordination.counting.sealed import SERVICES as SEALED
from coordination.coverage import REGIONS
from coordination.errors import Invalid, NotAllowed, WrongStatus
from coordination.gate.texts import Screened, clear
from coordination.groups import RUN, Keep, locked, members_of, require_version
from coordination.models import Desk, GroupAction, WorkingGroup
from coordination.releasing.periods import Period
from coordination.releasing.reading import released

LONGEST = dt.timedelta(days=2 * 366)
"""Until when an action is due at the latest."""

_STEWARDS = _("What is known of this service is its stewards’ to tell. Plan it for a desk instead.")

_NOT_YOURS = _("The desk that owns it says this, or the Office.")


@dataclass(frozen=True)
class Cause:
    """Why an action is planned: a gap, a place in a table of a release, or a desk."""

    service: str = ""
    region: str = ""
    table: str = ""
    period: str = ""
    place: Mapping[str, str] = field(default_factory=dict)
    desk: Desk | None = None

    def columns(self, actor: access.Actor) -> dict[str, Any]:
        """
        Return what an action keeps of it.

        :raises Invalid: unless it is exactly one of the three, in codes that there are; or if it
            is a service whose figures the stewards decide about.
        """
        gap, table = bool(self.service and self.region), bool(self.table and self.period)
        if [gap, table, self.desk is not None].count(True) != 1:
            raise Invalid(_("Say what it is for: a gap, a figure, or a desk."), field="cause")
        if gap:
            if self.service in SEALED:
                raise Invalid(_STEWARDS, field="cause")
            vocabularies.entry("service_need", self.service)
            if self.region not in REGIONS:
                raise Invalid(_("Choose a region from the list."), field="cause")
            return {"cause": "gap", "service": self.service, "region": self.region}
        if self.desk is not None:
            return {"cause": "desk", "about_desk": self.desk}
        edition = released(actor, Period.named(self.period))
        found = edition.table(self.table) if edition else None
        known = {each.name: each.codes for each in found.dimensions} if found else {}
        if found is None or any(code not in known.get(n, ()) for n, code in self.place.items()):
            raise Invalid(_("There is no such figure in a release."), field="cause")
        place = ",".join(f"{name}={code}" for name, code in sorted(self.place.items()))
        return {"cause": "table", "table": self.table, "period": self.period, "place": place}


@dataclass(frozen=True)
class MoveGiven:
    """What goes with a move: a word; a reason or a new day, where its verb has one."""

    words: str = ""
    reason: str = ""
    due_on: dt.date | None = None
    keep: Keep | None = None


@transaction.atomic
def plan_action(
    *,
    actor: access.Actor,
    group: WorkingGroup,
    what: str,
    owner: Desk,
    due_on: dt.date,
    cause: Cause,
    at: dt.datetime,
    keep: Keep | None = None,
) -> GroupAction:
    """
    Plan an action of a group: what a desk of one of its agencies does, by which day, and why.

    :raises NotAllowed: unless the Office's coordinator plans it.
    :raises Identifying, Invalid: if the text identifies or is missing, the desk's agency is not in
        the group, the day is over or too far, or the cause is none.
    :raises WrongStatus: if the group is closed.
    """
    access.require(actor, RUN)
    group = locked(group)
    action = GroupAction(
        group=group,
        what=_said(what, keep=keep),
        owner=_owner(group, owner),
        due_on=_day(due_on, at=at),
        due_set_at=at,
        planned_at=at,
        **cause.columns(actor),
    )
    references.insert(action)
    data = {"group": group.reference, "cause": action.cause} | _owed(action)
    record(Verb.ACTION_PLANNED, subject=action.subject, at=at, data=data | _kept(action.what))
    return action


@transaction.atomic
def change_action(
    *,
    actor: access.Actor,
    action: GroupAction,
    what: str,
    owner: Desk,
    due_on: dt.date,
    at: dt.datetime,
    keep: Keep | None = None,
    version: int | None = None,
) -> GroupAction:
    """
    Say anew what an open action is, which desk owns it, and when it is due.

    :raises NotAllowed: unless the Office's coordinator says it.
    :raises Identifying, Invalid: as when it is planned.
    :raises WrongStatus: if it is done or dropped.
    :raises Stale: if `version` is another one.
    """
    access.require(actor, RUN)
    action = _locked(action)
    if not action.is_open():
        raise _wrong(action, actor)
    require_version(action, version)
    action.what = _said(what, keep=keep)
    action.owner = _owner(action.group, owner)
    if due_on != action.due_on:
        action.due_on, action.due_set_at = _day(due_on, at=at), at
    _save(action, "what", "owner", "due_on", "due_set_at")
    record(Verb.ACTION_CHANGED, subject=action.subject, at=at, data=_owed(action))
    return action


@transaction.atomic
def move_action(
    *,
    actor: access.Actor,
    action: GroupAction,
    verb: str,
    at: dt.datetime,
    given: MoveGiven | None = None,
    version: int | None = None,
) -> GroupAction:
    """
    Take an action in hand, finish it, drop it for a reason, or open it again; with a word.

    :raises NotAllowed: unless the desk that owns it, or the Office's coordinator, has the verb.
    :raises WrongStatus: if it stands elsewhere; or it is opened again in a group that is closed.
    :raises Identifying, Invalid: if the word identifies, or a reason or a day is missing.
    :raises Stale: if `version` is another one.
    """
    step, given = TRANSITIONS[verb], given or MoveGiven()
    access.require(actor, step.permission)
    action = _locked(action)
    if step not in _allowed(action, actor, now=False):
        raise NotAllowed(_NOT_YOURS)
    if ActionStatus(action.status) not in step.sources:
        raise _wrong(action, actor)
    require_version(action, version)
    if step.with_reason and not given.reason:
        raise Invalid(_("Give a reason."), field="reason")
    action.said = clear(given.words, keep=given.keep, field="words")
    action.drop_reason = given.reason if step.with_reason else ""
    action.status = step.target
    action.ended_at = None if step.target in OPEN else at
    if verb == "reopen":
        locked(action.group)
        action.due_on = _day(given.due_on or action.due_on, at=at)
        action.due_set_at = at
    _save(action, "said", "drop_reason", "status", "ended_at", "due_on", "due_set_at")
    data = {"said": bool(action.said), **({"reason": given.reason} if step.with_reason else {})}
    record(step.event, subject=action.subject, at=at, data=data | _owed(action))
    return action


def allowed(action: GroupAction, actor: access.Actor) -> list[str]:
    """Return the verbs that a person has for an action now: its buttons, and the API's list."""
    verbs = [each.verb for each in _allowed(action, actor, now=True)]
    return [*verbs, "change"] if actor.may(RUN) and action.is_open() else verbs


def waiting(actor: access.Actor) -> int:
    """Return how many open actions wait for the actor's desks; for the Office, are overdue."""
    rows = GroupAction.objects.visible_to(actor).open().select_related("owner")
    if actor.may(RUN):
        return rows.filter(due_on__lt=timezone.localdate()).count()
    return sum(_answers_for(action.owner, actor) for action in rows)


def owners(group: WorkingGroup) -> "models.QuerySet[Desk]":
    """Return the desks that can own an action of a group: of its agencies."""
    desks = Desk.objects.filter(agency__in=members_of(group), closed_at=None)
    return desks.select_related("agency", "team").order_by("agency__region", "slug")


def _allowed(action: GroupAction, actor: access.Actor, *, now: bool) -> list[Transition]:
    return [
        step
        for step in TRANSITIONS.values()
        if (not now or ActionStatus(action.status) in step.sources)
        and actor.may(step.permission)
        and (actor.may(RUN) or (step.by_owner and _answers_for(action.owner, actor)))
    ]


def _answers_for(desk: Desk, actor: access.Actor) -> bool:
    """Tell whether a person leads this desk, or administers its agency."""
    return any(
        seat.desk_id == desk.pk
        if seat.role == "lead"
        else seat.role == "agency_admin" and seat.desk.agency_id == desk.agency_id
        for seat in actor.memberships
    )


def _locked(action: GroupAction) -> GroupAction:
    """:raises NotAllowed: if the database lets the person change none of it."""
    rows = GroupAction.objects.select_for_update(of=("self",))
    found = rows.select_related("group", "owner__agency", "owner__team").filter(pk=action.pk)
    row = found.first()
    if row is None:
        raise NotAllowed(_NOT_YOURS)
    return row


def _wrong(action: GroupAction, actor: access.Actor) -> WrongStatus:
    status = vocabularies.label("action_status", action.status)
    text = _("This action stands as: %(status)s.") % {"status": status}
    return WrongStatus(text, allowed=allowed(action, actor))


def _said(what: str, *, keep: Keep | None) -> Screened:
    text = clear(what, keep=keep, field="what")
    if not text:
        raise Invalid(_("Say what is to be done."), field="what")
    return text


def _owner(group: WorkingGroup, desk: Desk) -> Desk:
    if not groups.members_of(group).filter(pk=desk.agency_id).exists() or desk.closed_at:
        raise Invalid(_("Choose a desk of an agency of this group."), field="owner")
    return desk


def _day(day: dt.date, *, at: dt.datetime) -> dt.date:
    today = timezone.localdate(at)
    if not today <= day <= today + LONGEST:
        raise Invalid(_("Give a day from today on, within two years."), field="due_on")
    return day


def _save(action: GroupAction, *columns: str) -> None:
    action.version += 1
    action.save(update_fields=[*columns, "version"])


def _owed(action: GroupAction) -> dict[str, Any]:
    return {"owner": action.owner.slug, "due_on": action.due_on.isoformat()}


def _kept(text: Screened) -> dict[str, Any]:
    return {"kept": dict(text.kept)} if text.kept else {}
