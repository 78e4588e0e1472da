"""The worklists of a desk."""

import datetime as dt
from typing import Any

from django.core import signing
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from audit.record import record
from audit.verbs import Verb
from coordination.http import ActorRequest, require_permission
from referrals import labels, lines, positions, wording, worklist
from referrals.lines import SOON, Line
from referrals.models import UnsentForm
from referrals.states import Box

TABS = (Box.INBOX, Box.WAITING, Box.ACTIVE, Box.SENT, Box.NEEDS_ACTION, Box.DRAFTS, Box.CLOSED)
DRAFTS = 50
CLOCKED = frozenset({Box.INBOX, Box.WAITING, Box.ACTIVE, Box.SENT})
"""Boxes whose lines are grouped by when an answer is due."""


@require_safe
def inbox(request: ActorRequest, box: str = Box.INBOX) -> HttpResponse:
    require_permission(request, "referrals.view_referral")
    if box not in TABS:
        raise Http404
    now = timezone.now()
    current = Box(box)
    page = worklist.page_of(request.actor, current, after=_after(request))
    own = worklist.own_lines(page.referrals, request.actor)
    rows = [lines.line(each, request.actor, own.get(each.pk)) for each in page.referrals]
    record(
        Verb.REFERRALS_LISTED,
        subject=f"box:{current}",
        at=now,
        data={"shown": [each.reference for each in rows]},
    )
    template = "referrals/_worklist.html" if request.htmx else "referrals/inbox.html"
    return render(
        request,
        template,
        {
            "box": current,
            "box_label": wording.BOXES[current],
            "tabs": _tabs(request, current),
            "groups": _groups(rows, clocked=current in CLOCKED, now=now),
            "first_url": _url(current),
            "next_url": f"{_url(current)}?after={positions.write(page.next)}"
            if page.next
            else None,
            "unsent": UnsentForm.objects.visible_to(request.actor).order_by("-saved_at")[:DRAFTS]
            if current == Box.DRAFTS
            else [],
            "review_next": rows[0].url if rows and current == Box.INBOX else None,
            "updated_at": now,
        },
    )


@require_safe
def review_next(request: ActorRequest) -> HttpResponse:
    """Lead to what is due first; with nothing left, back to the inbox, which says so."""
    require_permission(request, "referrals.view_referral")
    page = worklist.page_of(request.actor, Box.INBOX, limit=1)
    if page.referrals:
        return redirect(labels.url_of(page.referrals[0]))
    return redirect("referrals:inbox")


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


def _groups(found: list[Line], *, clocked: bool, now: dt.datetime) -> list[dict[str, Any]]:
    if not clocked:
        return [{"code": "plain", "label": "", "rows": found}] if found else []
    grouped: dict[str, list[Line]] = {"late": [], "soon": [], "later": []}
    for each in found:
        if not each.has_clock:
            grouped["later"].append(each)
        elif each.due_at < now:
            grouped["late"].append(each)
        else:
            grouped["soon" if each.due_at < now + SOON else "later"].append(each)
    titles = {
        "late": _("Past response time"),
        "soon": _("Due in the next 4 hours"),
        "later": _("Later"),
    }
    return [
        {"code": code, "label": titles[code], "rows": rows}
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
