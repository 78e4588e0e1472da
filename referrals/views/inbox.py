"""The worklists of a desk."""

import datetime as dt
from typing import Any

from django.core import signing
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from audit.record import record
from audit.verbs import Verb
from coordination.http import ActorRequest, require_permission
from referrals import positions, presenting, wording, worklist
from referrals.presenting import SOON, Line
from referrals.states import Box

TABS = (Box.INBOX, Box.WAITING, Box.ACTIVE, Box.SENT, Box.NEEDS_ACTION, Box.DRAFTS, Box.CLOSED)
CLOCKED = frozenset({Box.INBOX, Box.WAITING, Box.SENT})
"""Boxes whose lines are grouped by when an answer is due."""


@require_safe
def inbox(request: ActorRequest, box: str = Box.INBOX) -> HttpResponse:
    require_permission(request, "referrals.view_referral")
    if box not in TABS:
        raise Http404
    now = timezone.now()
    current = Box(box)
    page = worklist.page_of(request.actor, current, after=_after(request))
    lines = [presenting.line(referral, request.actor) for referral in page.referrals]
    record(
        Verb.REFERRALS_LISTED,
        subject=f"box:{current}",
        at=now,
        data={"shown": [each.reference for each in lines]},
    )
    template = "referrals/_worklist.html" if request.htmx else "referrals/inbox.html"
    return render(
        request,
        template,
        {
            "box": current,
            "box_label": wording.BOXES[current],
            "tabs": _tabs(request, current),
            "groups": _groups(lines, clocked=current in CLOCKED, now=now),
            "first_url": _url(current),
            "next_url": f"{_url(current)}?after={positions.write(page.next)}"
            if page.next
            else None,
            "review_next": lines[0].url if lines and current == Box.INBOX else None,
            "updated_at": now,
        },
    )


def _tabs(request: ActorRequest, current: Box) -> list[dict[str, Any]]:
    tabs = []
    for box in TABS:
        count = worklist.count_of(request.actor, box) if box != Box.DRAFTS else None
        tabs.append(
            {
                "code": box,
                "label": wording.BOXES[box],
                "url": _url(box),
                "count": f"{worklist.CAP}+" if count and count > worklist.CAP else count,
                "current": box == current,
            }
        )
    return tabs


def _groups(lines: list[Line], *, clocked: bool, now: dt.datetime) -> list[dict[str, Any]]:
    if not clocked:
        return [{"code": "plain", "label": "", "rows": lines}] if lines else []
    grouped: dict[str, list[Line]] = {"late": [], "soon": [], "later": []}
    for each in lines:
        if not each.is_awaiting:
            grouped["later"].append(each)
        elif each.due_at < now:
            grouped["late"].append(each)
        else:
            grouped["soon" if each.due_at < now + SOON else "later"].append(each)
    labels = {
        "late": _("Past response time"),
        "soon": _("Due in the next 4 hours"),
        "later": _("Later"),
    }
    return [
        {"code": code, "label": labels[code], "rows": rows}
        for code, rows in grouped.items()
        if rows
    ]


def _url(box: Box) -> str:
    return reverse("referrals:inbox") if box == Box.INBOX else reverse("referrals:box", args=[box])


def _after(request: ActorRequest) -> worklist.Position | None:
    try:
        return positions.read(request.GET.get("after", ""))
    except signing.BadSignature:
        raise Http404 from None
