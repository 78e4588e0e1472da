"""Publishing a release of a period that has ended, correcting one, and what is due."""

import datetime as dt
import logging
from collections.abc import Iterator

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from audit.record import record
from audit.verbs import Verb
from coordination import vocabularies
from coordination.counting import measures
from coordination.disclosure.figures import Key
from coordination.disclosure.protecting import Unsafe
from coordination.errors import Invalid, WrongStatus
from coordination.models import Release, ReleaseRefused, ReleaseWorking
from coordination.releasing.coming import Known, Why, missing, since
from coordination.releasing.computing import EXPORTED, compute
from coordination.releasing.periods import Period
from coordination.releasing.showing import shown_to
from coordination.releasing.signing import digest_of, public_key, sign
from coordination.releasing.thresholds import Thresholds, in_force
from coordination.releasing.working import earlier, key_of

_ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtext('releases'))"
_LONG = "set local idle_in_transaction_session_timeout = 0"  # all is worked out in memory


@transaction.atomic
def publish(*, period: Period, at: dt.datetime) -> Release:
    """
    Compute the tables of a period that has ended, check, sign and store them.

    :raises Invalid: if the period has not ended.
    :raises WrongStatus: if it is published, a longer one is, or something is not counted yet.
    :raises Unsafe: if a hidden figure could be worked out: see `refuse`.
    """
    _begin(period, at=at)
    published = set(Release.objects.values_list("period", flat=True))
    if period.name in published:
        raise WrongStatus(_("This period is published. Correct it instead, with a reason."))
    if any(whole.name in published for whole in period.wholes):
        raise WrongStatus(_("A longer period is published: its parts can no longer be."))
    for part in period.parts:
        if part.name not in published and any(each.name in published for each in part.parts):
            raise WrongStatus(_("Publish the quarters of which a month is published first."))
    return _store(period, None, hidden={}, at=at)


@transaction.atomic
def correct(*, period: Period, reason: str, at: dt.datetime) -> Release:
    """
    Publish a period again, as it is counted now; the release before stays to be seen.

    What was hidden stays hidden: the thresholds are those with which it was made. A longer period
    keeps what it says until it is corrected too.

    :raises Invalid, WrongStatus, Unsafe: see `publish`; WrongStatus too if nothing is to correct.
    """
    vocabularies.entry("correction_reason", reason)
    _begin(period, at=at)
    last = Release.objects.filter(period=period.name).order_by("-version").first()
    if last is None:
        raise WrongStatus(_("This period is not published."))
    kept = last.working.content["hidden"]
    hidden = {audience: {key_of(row) for row in rows} for audience, rows in kept.items()}
    made, version = Thresholds.read(last.thresholds), last.version + 1
    return _store(period, made, hidden=hidden, at=at, version=version, reason=reason)


@transaction.atomic
def refuse(*, period: Period, at: dt.datetime) -> None:
    """Say that a release failed its check: the Office is told, and it is not tried again."""
    ReleaseRefused.objects.update_or_create(period=period.name, defaults={"refused_at": at})
    record(Verb.RELEASE_REFUSED, subject=f"release:{period.name}", at=at, data={})


def publish_due(*, at: dt.datetime) -> int:
    """
    Publish the first period that is over for a while and was not published; a sweep.

    One a turn, so that other sweeps do not wait; so what was missed, or loaded at once, follows.
    """
    period = next(due(at=at), None)
    return int(period is not None and publish_or_refuse(period=period, at=at))


def publish_or_refuse(*, period: Period, at: dt.datetime) -> bool:
    """Publish a period, or refuse it if its check fails; False if it has to wait."""
    try:
        publish(period=period, at=at)
    except WrongStatus:
        return False  # something is not counted yet: the next turn comes
    except (Unsafe, ValueError):
        logging.getLogger(__name__).exception("a release is refused")
        refuse(period=period, at=at)
    return True


def due(*, at: dt.datetime) -> Iterator[Period]:
    """Yield what is to be published, in this order; see `missing`."""
    known = Known(
        since=since(),
        published=set(Release.objects.values_list("period", flat=True)),
        refused=dict(ReleaseRefused.objects.values_list("period", "refused_at")),
    )
    return (each.period for each in missing(known, at=at) if each.why == Why.DUE)


def given_up(period: Period) -> list[Period]:
    """Return the months that cannot be published any more once this period is."""
    quarters = period.parts if not period.quarter else [period]
    months = [month for quarter in quarters for month in quarter.parts]
    published = set(Release.objects.values_list("period", flat=True))
    return [each for each in months if each.name not in published]


def _begin(period: Period, *, at: dt.datetime) -> None:
    if not period.has_ended(at=at):
        raise Invalid(_("This period has not ended."), field="period")
    with connection.cursor() as cursor:
        cursor.execute(_LONG)
        cursor.execute(_ONE_AT_A_TIME)
    _begins, ends = measures.span(*period.months)
    if measures.waiting(before=ends):
        raise WrongStatus(_("Not everything of this period is counted yet. Try again later."))


def _store(
    period: Period,
    made: Thresholds | None,
    *,
    hidden: dict[str, set[Key]],
    at: dt.datetime,
    version: int = 1,
    reason: str = "",
) -> Release:
    known = earlier(without=period)
    thresholds = made or known.thresholds_of(period, now=in_force())
    computed = compute(period, known, thresholds=thresholds, hidden_before=hidden)
    said = {"period": period.name, "version": version, "reason": reason}
    digest = digest_of({**said, "tables": computed.tables})
    exported = digest_of({**said, "tables": shown_to(EXPORTED, computed.tables)})
    release = Release.objects.create(
        period=period.name,
        version=version,
        published_at=at,
        reason=reason,
        thresholds=thresholds.written(),
        tables=computed.tables,
        digest=digest,
        signature=sign(digest),
        exported_digest=exported,
        exported_signature=sign(exported),
        public_key=public_key(),
    )
    ReleaseWorking.objects.create(release=release, content=computed.working)
    ReleaseRefused.objects.filter(period=period.name).delete()
    verb = Verb.RELEASE_CORRECTED if reason else Verb.RELEASE_PUBLISHED
    data = {"version": version, "digest": digest, "exported_digest": exported}
    if reason:
        data["reason"] = reason
    record(verb, subject=release.subject, at=at, data=data)
    return release
