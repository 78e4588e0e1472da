"""Working groups: opening them, who is in them, and closing them."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from audit.record import record
from audit.verbs import Verb
from coordination import access, references
from coordination.days import whole_day
from coordination.errors import Invalid, Stale, WrongStatus
from coordination.gate.texts import Screened, clear
from coordination.models import Agency, Desk, GroupAction, GroupAgency, WorkingGroup
from coordination.models.group import NAME

RUN = "coordination.run_group"
NAMES = ("name_en", "name_fr")
Keep = Mapping[str, str]
"""Why what may identify stays in a text: kind -> `keep_reason`."""


@dataclass(frozen=True)
class GroupGiven:
    """What a group says of itself, whole."""

    name_en: str
    name_fr: str
    purpose: str
    agencies: Collection[Agency]
    keep: Keep | None = None


def may_join() -> "models.QuerySet[Agency]":
    """Return the agencies that have a desk: their people can read what a group decides."""
    seated = Desk.objects.filter(closed_at=None).values("agency_id")
    return Agency.objects.filter(pk__in=seated).order_by("region", "slug")


@transaction.atomic
def open_group(*, actor: access.Actor, given: GroupGiven, at: dt.datetime) -> WorkingGroup:
    """
    Open a working group of some agencies, whose people read it from now on.

    :raises NotAllowed: unless the Office's coordinator opens it.
    :raises Identifying, Invalid: if a text identifies or is missing, no agency is in it, or another
        open group has its name.
    """
    access.require(actor, RUN)
    group = WorkingGroup(opened_at=at, **_texts(given))
    _require_own_name(group)
    try:
        references.insert(group)
    except IntegrityError:
        _require_own_name(group)  # somebody else was as quick
        raise
    _seat(group, given.agencies, at=at)
    data = {"agencies": _slugs(given.agencies)}
    record(Verb.GROUP_OPENED, subject=group.subject, at=at, data=data)
    return group


@transaction.atomic
def change_group(
    *,
    actor: access.Actor,
    group: WorkingGroup,
    given: GroupGiven,
    at: dt.datetime,
    version: int | None = None,
) -> WorkingGroup:
    """
    Say anew what a group is called, what it is for, and which agencies are in it.

    :raises NotAllowed: unless the Office's coordinator says it.
    :raises Invalid: if an agency would leave while a desk of it owns an open action, or another
        open group has its name.
    :raises WrongStatus: if the group is closed.
    :raises Stale: if `version` is another one.
    """
    access.require(actor, RUN)
    group = locked(group, version=version)
    for name, text in _texts(given).items():
        setattr(group, name, text)
    _require_own_name(group)
    _named(group, "name_en", "name_fr", "purpose")
    here = GroupAgency.objects.filter(group=group, left_at=None)
    leaving = here.exclude(agency__in=given.agencies)
    owners = GroupAction.objects.filter(group=group).open().values("owner__agency_id")
    if leaving.filter(agency_id__in=owners).exists():
        raise Invalid(
            _("An agency whose desk owns an open action cannot leave. End the action first."),
            field="agencies",
        )
    gone = _slugs(Agency.objects.filter(pk__in=leaving.values("agency_id")))
    leaving.update(left_at=at)
    stay = set(here.values_list("agency_id", flat=True))
    joined = [each for each in given.agencies if each.pk not in stay]
    _seat(group, joined, at=at, some=bool(stay))
    data = {"joined": _slugs(joined), "left": gone}
    record(Verb.GROUP_CHANGED, subject=group.subject, at=at, data=data)
    return group


@transaction.atomic
def close_group(
    *, actor: access.Actor, group: WorkingGroup, at: dt.datetime, version: int | None = None
) -> WorkingGroup:
    """
    Close a group whose actions are all done or dropped; it can still be read.

    :raises NotAllowed: unless the Office's coordinator closes it.
    :raises WrongStatus: if it is closed, an action is open, or a meeting is still to come.
    :raises Stale: if `version` is another one.
    """
    access.require(actor, RUN)
    group = locked(group, version=version)
    if group.actions.filter(status__in=("planned", "in_hand")).exists():
        raise WrongStatus(_("Actions are still open. End or drop them first."))
    to_come = group.meetings.filter(starts_at__gt=at, cancelled_at=None).order_by("starts_at")
    if meeting := to_come.first():
        day = whole_day(meeting.starts_at)
        raise WrongStatus(_("Cancel the meeting of %(day)s first.") % {"day": day})
    group.closed_at = at
    _next(group, "closed_at")
    record(Verb.GROUP_CLOSED, subject=group.subject, at=at, data={})
    return group


@transaction.atomic
def reopen_group(
    *, actor: access.Actor, group: WorkingGroup, at: dt.datetime, version: int | None = None
) -> WorkingGroup:
    """
    Open a closed group again, with the agencies that were in it.

    :raises NotAllowed: unless the Office's coordinator opens it.
    :raises WrongStatus: if it is open, or another open group has its name by now.
    :raises Stale: if `version` is another one.
    """
    access.require(actor, RUN)
    group = WorkingGroup.objects.select_for_update(of=("self",)).get(pk=group.pk)
    if group.closed_at is None:
        raise WrongStatus(_("This group is open."))
    require_version(group, version)
    group.closed_at = None
    try:
        _require_own_name(group)
        _named(group, "closed_at")
    except Invalid:
        raise WrongStatus(
            _("Another open group has this name by now. Change that one first.")
        ) from None
    record(Verb.GROUP_REOPENED, subject=group.subject, at=at, data={})
    return group


def locked(group: WorkingGroup, *, version: int | None = None) -> WorkingGroup:
    """
    Return an open group, locked.

    :raises WrongStatus: if it is closed.
    :raises Stale: if `version` is another one.
    """
    group = WorkingGroup.objects.select_for_update(of=("self",)).get(pk=group.pk)
    if group.closed_at is not None:
        raise WrongStatus(_("This group is closed. Open it again first."))
    require_version(group, version)
    return group


def require_version(row: Any, version: int | None) -> None:
    """:raises Stale: if a row changed since `version` was read; None asks nothing."""
    if version is not None and row.version != version:
        raise Stale(_("Somebody changed this while you were reading. Read it again."))


def members_of(group: WorkingGroup) -> "models.QuerySet[Agency]":
    """Return the agencies that are in a group now."""
    here = GroupAgency.objects.filter(group=group, left_at=None)
    return Agency.objects.filter(pk__in=here.values("agency_id")).order_by("region", "slug")


def _require_own_name(group: WorkingGroup) -> None:
    """:raises Invalid: if another open group has its name: people could not tell them apart."""
    for name in NAMES:
        if _namesakes(group, name).exists():
            raise Invalid(_("Another open group has this name. Choose another."), field=name)


def _namesakes(group: WorkingGroup, name: str) -> "models.QuerySet[WorkingGroup]":
    same = {f"{name}__iexact": getattr(group, name)}
    return WorkingGroup.objects.open().filter(**same).exclude(pk=group.pk)


def _named(group: WorkingGroup, *columns: str) -> None:
    """
    Save an open group, whose name is its own.

    :raises Invalid: if another one got the name since it was looked for.
    """
    try:
        with transaction.atomic():
            _next(group, *columns)
    except IntegrityError:
        _require_own_name(group)
        raise


def _seat(
    group: WorkingGroup, agencies: Collection[Agency], *, at: dt.datetime, some: bool = False
) -> None:
    if not agencies and not some:
        raise Invalid(_("Choose at least one agency."), field="agencies")
    rows = [GroupAgency(group=group, agency=each, joined_at=at) for each in agencies]
    GroupAgency.objects.bulk_create(rows)


def _next(row: Any, *columns: str) -> None:
    row.version += 1
    row.save(update_fields=[*columns, "version"])


def _texts(given: GroupGiven) -> dict[str, Screened]:
    longest = {"name_en": NAME, "name_fr": NAME}
    texts = {}
    for name in ("name_en", "name_fr", "purpose"):
        options = {"longest": longest[name]} if name in longest else {}
        texts[name] = clear(getattr(given, name), keep=given.keep, field=name, **options)
        if not texts[name]:
            raise Invalid(_("Fill this in."), field=name)
    return texts


def _slugs(agencies: Iterable[Agency]) -> list[str]:
    return sorted(each.slug for each in agencies)
