"""Changes to the network: who sits where, what desks can take, and what nobody offers."""

import datetime as dt
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.record import record
from audit.verbs import Verb
from coordination import access, vocabularies
from coordination.errors import Invalid
from coordination.gate.texts import clear
from coordination.models import Capacity, Desk, Membership, ServiceGap, User
from coordination.models.offer import OPEN
from coordination.roles import Role

LONGEST_CAPACITY = dt.timedelta(days=14)
BEDS_COUNT = dt.timedelta(hours=12)
MOST_BEDS = 99


@transaction.atomic
def add_member(*, user: User, desk: Desk, role: Role, at: dt.datetime) -> Membership:
    """
    Seat a person at a desk of their own agency; a trigger keeps the Django group in step.

    :raises Invalid: if the desk is another agency's; acting for two agencies takes two accounts.
    """
    if user.agency_id != desk.agency_id:
        raise Invalid("A person sits at desks of their own agency only.")
    membership = Membership.objects.create(user=user, desk=desk, role=role, since=at)
    record(
        Verb.MEMBER_ADDED,
        subject=f"user:{user.pk}",
        at=at,
        data={"desk": desk.slug, "role": str(role)},
    )
    return membership


@transaction.atomic
def set_preferences(*, user: User, shortcuts: bool, one_page: bool) -> None:
    """Keep how a person likes to work. A preference, not a record: no entry tells of it."""
    user.shortcuts, user.one_page = shortcuts, one_page
    user.save(update_fields=["shortcuts", "one_page"])


@transaction.atomic
def set_capacity(
    *,
    actor: access.Actor,
    level: str,
    until: dt.datetime | None,
    beds: int | None,
    at: dt.datetime,
    note: str = "",
    keep: Mapping[str, str] | None = None,
) -> Capacity:
    """
    Say what the acting desk can take: open, or limited or full until a moment; beds free tonight.

    Beds count for twelve hours: a number of last night misleads. The note for those who refer holds
    as long as the level, 14 days at most; `keep` says why what may identify stays in it.

    :raises NotAllowed: unless the duty lead says it.
    :raises Identifying: if the note identifies, or may and was not kept.
    :raises Invalid: if limited or full has no end within 14 days, or the beds are not 0 to 99.
    """
    desk = access.require(actor, "coordination.set_capacity")
    vocabularies.entry("capacity", level)
    if level == OPEN:
        until = None
    elif until is None or not at < until <= at + LONGEST_CAPACITY:
        raise Invalid(_("Give a day within the next 14 days."), field="until")
    if beds is not None and not 0 <= beds <= MOST_BEDS:
        raise Invalid(_("Give a number from 0 to 99."), field="beds")
    words = clear(note, keep=keep, field="words")
    before = Capacity.objects.select_for_update().filter(desk=desk).first()
    said, _created = Capacity.objects.update_or_create(
        desk=desk,
        defaults={
            "level": level,
            "until": until,
            "beds": beds,
            "beds_until": at + BEDS_COUNT if beds is not None else None,
            "note": words,
            "note_until": (until or at + LONGEST_CAPACITY) if words else None,
        },
    )
    record(
        Verb.CAPACITY_SET,
        subject=f"desk:{desk.slug}",
        at=at,
        data={
            "before": before.level if before else OPEN,
            "after": level,
            "until": until.isoformat() if until else None,
            "beds": beds,
            "noted": bool(words),
            **({"kept": dict(words.kept)} if words.kept else {}),
        },
    )
    return said


@transaction.atomic
def report_gap(*, actor: access.Actor, service: str, region: str, at: dt.datetime) -> ServiceGap:
    """
    Tell the Office that nobody offers a service in a region; again on the same day is the same.

    :raises NotAllowed: if the role does not look for services.
    """
    desk = access.require(actor, "coordination.report_gap")
    vocabularies.entry("service_need", service)
    vocabularies.entry("region", region)
    day = timezone.localdate(at)
    gap, created = ServiceGap.objects.get_or_create(
        desk=desk, service=service, region=region, day=day
    )
    if created:
        record(
            Verb.GAP_REPORTED,
            subject=f"gap:{service}:{region}",
            at=at,
            data={"service": service, "region": region},
        )
    return gap
