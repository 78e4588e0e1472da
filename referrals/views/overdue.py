"""The Office's list of what is past its time: codes, who has to act, whom to phone."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from audit.record import record
from audit.verbs import Verb
from coordination import duty
from coordination.http import ActorRequest, require_permission
from referrals import event_words, narrowing
from referrals import overdue as late
from referrals.actions.reminding import asked_lately
from referrals.filters import UnknownFilter
from referrals.labels import desk_label


@require_safe
def overdue(request: ActorRequest) -> HttpResponse:
    require_permission(request, late.VIEW)
    now = timezone.now()
    try:
        narrowed = narrowing.read(request.GET, narrowing.Narrowed)
    except UnknownFilter:
        return redirect("leaving:overdue")
    every = late.overdue(request.actor)
    rows = late.by_need(narrowed.of(every), at=now)
    record(
        Verb.REFERRALS_LISTED,
        subject="box:overdue",
        at=now,
        data={"shown": [each.reference for each in rows]},
    )
    asked = {each.desk_id: each.at for each in asked_lately(request.actor, at=now)}
    held = duty.at_desks({desk for each in rows for desk in each.desks}, at=now)
    shown = [
        {
            "late": each,
            "late_by": each.late_by(now),
            "desks": [
                {
                    "slug": desk.slug,
                    "label": desk_label(desk),
                    "rings": held[desk.pk].rings,
                    "asked_at": asked.get(desk.pk),
                    "may_be_asked": desk.team_id is not None and desk.closed_at is None,
                }
                for desk in each.desks
            ],
            "is_promised": each.is_promised(now),
            "is_broken": each.followed is not None and each.followed.is_broken(now),
            "last": event_words.TITLES.get(each.last_verb or "", ""),
        }
        for each in rows
    ]
    context = {
        "rows": shown,
        "is_cut": len(every) == late.MOST,
        "most": late.MOST,
        "narrowed": narrowed,
        "panel": narrowed.panel(),
    }
    return render(request, "referrals/overdue.html", context)
