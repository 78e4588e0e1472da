"""What is due of a working group's action: a reminder a week before its day, and one after it."""

import datetime as dt
from collections.abc import Mapping

from audit.record import record
from audit.verbs import Verb
from coordination.calendar import end_of_day
from coordination.models import GroupAction

SOON = dt.timedelta(days=7)
DUE_SOON, OVERDUE = "due_soon", "overdue"
_EVENTS: Mapping[str, Verb] = {DUE_SOON: Verb.ACTION_DUE_SOON, OVERDUE: Verb.ACTION_OVERDUE}


class _Actions:
    def wanted(self, reference: str) -> Mapping[str, dt.datetime]:
        action = GroupAction.objects.filter(reference=reference).first()
        return _steps(action) if action else {}

    def carry_out(self, reference: str, kind: str, *, due_at: dt.datetime, at: dt.datetime) -> bool:
        locked = GroupAction.objects.select_for_update(of=("self",)).select_related("owner")
        action = locked.get(reference=reference)
        steps = _steps(action)
        if steps.get(kind) != due_at or (kind == DUE_SOON and steps[OVERDUE] <= at):
            return False
        data = {"owner": action.owner.slug, "due_on": action.due_on.isoformat()}
        record(_EVENTS[kind], subject=action.subject, at=at, data=data)
        return True


def _steps(action: GroupAction) -> dict[str, dt.datetime]:
    """Return the moments that an open action still has; no reminder of a day just set so near."""
    if not action.is_open():
        return {}
    end = end_of_day(action.due_on)
    steps = {OVERDUE: end}
    if end - SOON > action.due_set_at:
        steps[DUE_SOON] = end - SOON
    return steps


actions = _Actions()
