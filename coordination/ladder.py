"""What a desk's own word asks for when its time is over: that its duty leads say it anew."""

import datetime as dt
from collections.abc import Mapping

from audit.record import record
from audit.verbs import Verb
from coordination.models import Capacity

ENDED = "capacity_ended"


class _Desks:
    def wanted(self, reference: str) -> Mapping[str, dt.datetime]:
        said = Capacity.objects.filter(desk__slug=reference, until__isnull=False).first()
        return {ENDED: said.until} if said and said.until else {}

    def carry_out(self, reference: str, kind: str, *, due_at: dt.datetime, at: dt.datetime) -> bool:
        locked = Capacity.objects.select_for_update(of=("self",))
        said = locked.filter(desk__slug=reference, until=due_at).first()
        if said is None or kind != ENDED:
            return False
        data = {"desk": reference, "level": said.level}
        record(Verb.CAPACITY_ENDED, subject=f"desk:{reference}", at=at, data=data)
        return True


desks = _Desks()
