"""Sealing the tables of the stewards once a quarter is published, or corrected."""

import datetime as dt

from django.db import connection, transaction

from audit import sweeps
from audit.record import record
from audit.verbs import Verb
from coordination.models import Release, SealedTable, Stewardship
from coordination.releasing.sealing import sealed_tables
from coordination.releasing.stewarded import STEWARDED

_ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtext('sealing'))"


def seal_due(*, at: dt.datetime) -> int:
    """Seal the tables of each quarter that stands and has none yet; a sweep."""
    quarters = Release.objects.standing().filter(period__contains="-Q").values_list("pk", flat=True)
    sealed = SealedTable.objects.values_list("release_id", flat=True)
    # What has its tables is not loaded: this is asked every few seconds, and releases are large.
    due = list(Release.objects.filter(pk__in={*quarters} - {*sealed}))
    sweeps.each(due, lambda release: seal(release=release, at=at))
    return len(due)


@transaction.atomic
def seal(*, release: Release, at: dt.datetime) -> list[SealedTable]:
    """
    Compute and keep the tables that concern governance bodies; their stewards are told.

    Those of a correction are decided anew: readers lose sight of what was released before it.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME)
    known = list(SealedTable.objects.filter(release=release))
    if known:
        return known
    earlier = SealedTable.objects.filter(period=release.period, version__lt=release.version)
    before = {each.name: each.content for each in earlier.order_by("version")}
    made = []
    for stewarded, content in zip(STEWARDED, sealed_tables(release, before=before), strict=True):
        table = SealedTable.objects.create(
            release=release,
            period=release.period,
            version=release.version,
            thresholds=release.thresholds,
            name=stewarded.name,
            bodies=stewarded.bodies,
            content=content,
            sealed_at=at,
        )
        Stewardship.objects.bulk_create(
            Stewardship(table=table, body=body, key=f"{release.period}:{table.name}:{body}")
            for body in stewarded.bodies
        )
        made.append(table)
    data = {"version": release.version, "tables": [each.name for each in made]}
    record(Verb.STEWARDSHIP_OPENED, subject=f"stewardship:{release.period}", at=at, data=data)
    return made
