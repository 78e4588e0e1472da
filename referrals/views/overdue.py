"""The Office's list of what is past its time: codes, who has to act, whom to phone."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from audit.record import record
from audit.verbs import Verb
from coordination import duty
from coordination.http import ActorRequest, require_permission
from referrals import event_words
from referrals import overdue as late
from referrals.labels import desk_label


@require_safe
def overdue(request: ActorRequest) -> HttpResponse:
    require_permission(request, late.VIEW)
    now = timezone.now()
    rows = late.overdue(request.actor)
    record(
        Verb.REFERRALS_LISTED,
        subject="box:overdue",
        at=now,
        data={"shown": [each.reference for each in rows]},
    )
    held = duty.at_desks({desk for each in rows for desk in each.desks}, at=now)
    shown = [
        {
            "late": each,
            "late_by": each.late_by(now),
            "desks": [(desk_label(desk), held[desk.pk].rings) for desk in each.desks],
            "last": event_words.TITLES.get(each.last_verb or "", ""),
        }
        for each in rows
    ]
    return render(request, "referrals/overdue.html", {"rows": shown, "most": late.MOST})
