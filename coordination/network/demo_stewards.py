"""What the demo's stewards decided: the newest quarter waits, those before it are released."""

import datetime as dt

from audit.record import acting
from coordination import access
from coordination.models import Membership, SealedTable
from coordination.roles import Role
from coordination.stewardship import decide_table


def decide_in_demo(*, at: dt.datetime) -> int:
    """Let the stewards release older quarters, and return how often; a sweep of the demo alone."""
    newest = SealedTable.objects.order_by("-period").values_list("period", flat=True).first()
    seats = Membership.objects.current().filter(role=Role.DATA_STEWARD)
    done = 0
    for seat in seats.select_related("user", "desk").order_by("pk"):
        older = SealedTable.objects.exclude(period=newest).order_by("period", "name")
        mine = older.filter(decisions__body=seat.desk.governance_body, decisions__status="sealed")
        with acting(seat.user_id, seat.desk_id):
            actor = access.actor_for(seat.user)
            for table in mine:
                decide_table(actor=actor, table=table, verb="release", at=at)
                done += 1
    return done
