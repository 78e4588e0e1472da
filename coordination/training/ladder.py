"""What a completion asks for in time: that its holder is told 30 days before it ends, and then."""

import datetime as dt
import zoneinfo
from collections.abc import Mapping

from django.conf import settings
from django.utils import timezone

from audit.record import record
from audit.verbs import Verb
from coordination.models import Completion

EXPIRING, EXPIRED = "course_expiring", "course_expired"
AHEAD = dt.timedelta(days=30)
HOUR = dt.time(9)
"""By the clock of Ontario: nobody is woken for it."""

_VERBS = {EXPIRING: Verb.COMPLETION_EXPIRING, EXPIRED: Verb.COMPLETION_EXPIRED}


class _Completions:
    def wanted(self, reference: str) -> Mapping[str, dt.datetime]:
        found = Completion.objects.filter(reference=reference, ended_at=None).first()
        return _moments(found) if found else {}

    def carry_out(self, reference: str, kind: str, *, due_at: dt.datetime, at: dt.datetime) -> bool:
        locked = Completion.objects.select_for_update(of=("self",)).select_related("course")
        found = locked.filter(reference=reference, ended_at=None, person__is_active=True).first()
        if found is None or _moments(found).get(kind) != due_at:
            return False
        if kind == EXPIRING and not found.is_current(on=timezone.localdate(at)):
            return False  # late: that it ended is said instead
        data = {"user": found.person_id, "course": found.course.code}
        record(_VERBS[kind], subject=found.subject, at=at, data=data)
        return True


def _moments(completion: Completion) -> Mapping[str, dt.datetime]:
    """Return when its holder is told; what had ended before it was entered, they know."""
    ends = completion.expires_on
    if ends is None or ends <= timezone.localdate(completion.entered_at):
        return {}
    return {EXPIRING: _morning(ends - AHEAD), EXPIRED: _morning(ends)}


def _morning(day: dt.date) -> dt.datetime:
    return timezone.make_aware(
        dt.datetime.combine(day, HOUR), zoneinfo.ZoneInfo(settings.TIME_ZONE)
    )


completions = _Completions()
