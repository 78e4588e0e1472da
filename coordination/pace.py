"""
How long a desk usually takes to accept: a follower learns it from the record, in coarse bands.

The band says nothing about one referral: it is the median of up to fifty, and of five at least.
"""

from statistics import median

from audit.models import Entry
from audit.verbs import Verb
from coordination.models import Pace

KEPT = 50
ENOUGH = 5
NOT_ENOUGH = "not_enough"
_BANDS = (
    (60, "within_1_h"),
    (240, "within_4_h"),
    (720, "within_12_h"),
    (1440, "within_24_h"),
    (4320, "within_3_days"),
)
_LONGER = "longer"


def learn(entry: Entry) -> None:
    """Take one acceptance into its desk's last ones; entries of other verbs teach nothing."""
    if entry.verb != Verb.REFERRAL_ACCEPTED or not entry.desk_id:
        return
    minutes = entry.said.get("minutes")
    if not isinstance(minutes, int) or entry.said.get("reported"):
        return
    # Accepted, undone and accepted again is one acceptance: the first says how long it took.
    same = Entry.objects.filter(verb=entry.verb, subject=entry.subject, desk_id=entry.desk_id)
    if same.filter(pk__lt=entry.pk).exists():
        return
    Pace.objects.get_or_create(desk_id=entry.desk_id)
    pace = Pace.objects.select_for_update().get(desk_id=entry.desk_id)
    pace.minutes = [*pace.minutes, max(minutes, 0)][-KEPT:]
    pace.save(update_fields=["minutes"])


def band_of(pace: Pace | None) -> str:
    """Return a code of the vocabulary `usual_time`."""
    if pace is None or len(pace.minutes) < ENOUGH:
        return NOT_ENOUGH
    usual = median(pace.minutes)
    return next((band for most, band in _BANDS if usual <= most), _LONGER)
