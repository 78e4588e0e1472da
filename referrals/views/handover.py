"""The end of a shift: what whoever comes next has to know, on one page that prints."""

import datetime as dt
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from audit.record import record
from audit.verbs import Verb
from coordination.http import ActorRequest, require_permission
from referrals import lines, worklist
from referrals.lines import Line
from referrals.states import Box, Status

NEXT = dt.timedelta(hours=12)
MOST = 60
_BOXES = (Box.INBOX, Box.WAITING, Box.ACTIVE, Box.SENT, Box.NEEDS_ACTION)


@require_safe
def handover(request: ActorRequest) -> HttpResponse:
    require_permission(request, "referrals.view_referral")
    actor, now = request.actor, timezone.now()
    found: list[Line] = []
    more = False
    for box in _BOXES:
        page = worklist.page_of(actor, box, limit=MOST)
        own = worklist.own_lines(page.referrals, actor)
        found += [lines.line(each, actor, own.get(each.pk), at=now) for each in page.referrals]
        more = more or page.next is not None
    rows = sorted({each.reference: each for each in found}.values(), key=lambda each: each.due_at)
    record(
        Verb.REFERRALS_LISTED,
        subject="box:handover",
        at=now,
        data={"shown": [each.reference for each in rows]},
    )
    context = {"sections": _sections(rows, now=now), "more": more, "updated_at": now}
    return render(request, "referrals/handover.html", context)


def _sections(rows: list[Line], *, now: dt.datetime) -> list[dict[str, Any]]:
    """Return the parts of the page; a line may stand in more than one, as a reader looks for it."""
    clocked = [each for each in rows if each.has_clock]
    parts = (
        (_("Past its time"), [r for r in clocked if r.due_at < now]),
        (_("Due in the next 12 hours"), [r for r in clocked if now <= r.due_at < now + NEXT]),
        (
            _("Contact promised, not yet confirmed"),
            [r for r in rows if r.status == Status.ACCEPTED and not r.contact_confirmed],
        ),
        (
            _("Waiting on us"),
            [r for r in rows if r.waiting_on == "us" or r.needs_attention],
        ),
        (_("Waiting on them"), [r for r in rows if r.waiting_on == "them"]),
    )
    return [{"title": title, "rows": found} for title, found in parts]
