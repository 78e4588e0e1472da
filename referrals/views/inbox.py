"""The worklists of a desk."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from audit.record import record
from audit.verbs import Verb
from cases.models import Consent
from coordination.access import people_at
from coordination.cursors import BadCursor
from coordination.http import ActorRequest, require_permission
from referrals import (
    child_reports,
    consents,
    filters,
    labels,
    lines,
    positions,
    wording,
    worklist,
)
from referrals.filters import SORTS, Filters, Sort, UnknownFilter
from referrals.forms import AssignForm
from referrals.labels import box_url
from referrals.lines import SOON, Line
from referrals.models import SavedView, UnsentForm
from referrals.states import Box

TABS = (Box.INBOX, Box.WAITING, Box.ACTIVE, Box.SENT, Box.NEEDS_ACTION, Box.DRAFTS, Box.CLOSED)
DRAFTS = 50
CLOCKED = frozenset({Box.INBOX, Box.WAITING, Box.ACTIVE, Box.SENT})
"""Boxes whose lines are grouped by when something is due."""

_REMINDS = frozenset({Box.INBOX, Box.NEEDS_ACTION})
"""Boxes above which stands what the law asks and nobody has done yet."""

_GROUPS: Mapping[str, Promise] = {
    "late": _("Past response time"),
    "soon": _("Due in the next 4 hours"),
    "later": _("Later"),
}


@require_safe
def inbox(request: ActorRequest, box: str = Box.INBOX) -> HttpResponse:
    """Show a page of a box; `?view=all` shows it unfiltered where one has a default view."""
    require_permission(request, "referrals.view_referral")
    if box not in TABS:
        raise Http404
    actor, now, current = request.actor, timezone.now(), Box(box)
    views = list(SavedView.objects.visible_to(actor))
    default = next((v for v in views if v.is_default and v.owner_id == actor.user.pk), None)
    if default and default.box == current and not request.GET:
        return redirect(f"{box_url(current)}?{default.query}")
    wanted = _filters(request)
    page = worklist.page_of(actor, current, after=_after(request, wanted.sort), filters=wanted)
    own = worklist.own_lines(page.referrals, actor)
    rows = [lines.line(each, actor, own.get(each.pk), at=now) for each in page.referrals]
    record(
        Verb.REFERRALS_LISTED,
        subject=f"box:{current}",
        at=now,
        data={"shown": [each.reference for each in rows], "filter": wanted.query},
    )
    context = {
        "box": current,
        "box_label": wording.BOXES[current],
        "tabs": _tabs(request, current),
        "groups": _groups(rows, clocked=current in CLOCKED and wanted.sort == Sort.DUE, now=now),
        "is_later_page": "after" in request.GET,
        "first_url": _address(current, wanted.query),
        "next_url": _next_url(current, wanted, page.next),
        "plain_url": f"{box_url(current)}?view=all",
        "filters": wanted,
        "panel": filters.panel(wanted),
        "sorts": [(sort, label, sort == wanted.sort) for sort, label in SORTS.items()],
        "views": [shown for each in views if (shown := _view(each, actor.user.pk))],
        "assign": AssignForm(people=people_at(actor.desk)) if actor.desk else None,
        "unsent": UnsentForm.objects.visible_to(actor).order_by("-saved_at")[:DRAFTS]
        if current == Box.DRAFTS
        else [],
        "ending": _ending(request, now) if current == Box.NEEDS_ACTION else [],
        "review_next": rows[0].url if rows and current == Box.INBOX else None,
        "updated_at": now,
        "reports": child_reports.waiting(actor) if current in _REMINDS else [],
        "societies": child_reports.societies(actor.desk) if actor.desk else None,
    }
    template = "referrals/_worklist.html" if request.htmx else "referrals/inbox.html"
    return render(request, template, context)


def _ending(request: ActorRequest, now: dt.datetime) -> list[Consent]:
    """Return the consents that end soon, for somebody to ask; what is shown is recorded."""
    found = consents.ending(request.actor, at=now)
    if found:
        record(
            Verb.CASES_LISTED,
            subject="box:cases",
            at=now,
            data={"shown": [each.case.reference for each in found]},
        )
    return found


@require_safe
def review_next(request: ActorRequest) -> HttpResponse:
    """Lead to what is due first; with nothing left, back to the inbox, which says so."""
    require_permission(request, "referrals.view_referral")
    page = worklist.page_of(request.actor, Box.INBOX, limit=1)
    if page.referrals:
        return redirect(labels.url_of(page.referrals[0]))
    return redirect("referrals:inbox")


@require_safe
def arrivals(request: ActorRequest) -> HttpResponse:
    """Say how many came in since the page was loaded, for polling; a count is not recorded."""
    require_permission(request, "referrals.view_referral")
    try:
        since = parse_datetime(request.GET.get("since", ""))
    except ValueError:
        since = None
    if since is None or timezone.is_naive(since):
        raise Http404
    count = worklist.arrived_since(request.actor, Box.INBOX, since=since)
    return render(request, "referrals/_arrivals.html", {"count": count})


def _address(box: Box, query: str) -> str:
    return f"{box_url(box)}?{query}" if query else box_url(box)


def _next_url(box: Box, wanted: Filters, following: worklist.Position | None) -> str | None:
    if following is None:
        return None
    query = QueryDict(wanted.query, mutable=True)
    query["after"] = positions.write(following, wanted.sort)
    return f"{box_url(box)}?{query.urlencode()}"


def _view(view: SavedView, reader: int) -> dict[str, Any] | None:
    """Return a view as it is shown; None for one whose codes have been retired."""
    try:
        of, box = filters.read(QueryDict(view.query)), Box(view.box)
    except (UnknownFilter, ValueError):
        return None
    return {
        "pk": view.pk,
        "url": _address(box, view.query),
        "label": f"{wording.BOXES[box]}: {of.title()}",
        "is_own": view.owner_id == reader,
        "is_default": view.is_default,
    }


def _tabs(request: ActorRequest, current: Box) -> list[dict[str, Any]]:
    tabs = []
    for box in TABS:
        count = worklist.count_of(request.actor, box)
        if box == Box.DRAFTS:  # what stands on the page: written ones, and forms in progress
            count += UnsentForm.objects.visible_to(request.actor)[: DRAFTS + 1].count()
        tabs.append(
            {
                "code": box,
                "label": wording.BOXES[box],
                "url": box_url(box),
                "count": f"{worklist.CAP}+" if count > worklist.CAP else count,
                "current": box == current,
            }
        )
    return tabs


def _groups(found: list[Line], *, clocked: bool, now: dt.datetime) -> list[dict[str, Any]]:
    if not clocked:
        return [{"code": "plain", "label": "", "rows": found}] if found else []
    grouped: dict[str, list[Line]] = {code: [] for code in _GROUPS}
    for each in found:
        if not each.has_clock:
            grouped["later"].append(each)
        elif each.due_at < now:
            grouped["late"].append(each)
        else:
            grouped["soon" if each.due_at < now + SOON else "later"].append(each)
    return [
        {"code": code, "label": _GROUPS[code], "rows": rows}
        for code, rows in grouped.items()
        if rows
    ]


def _filters(request: ActorRequest) -> Filters:
    try:
        return filters.read(request.GET)
    except UnknownFilter:
        raise Http404 from None


def _after(request: ActorRequest, sort: Sort) -> worklist.Position | None:
    try:
        return positions.read(request.GET.get("after", ""), sort)
    except BadCursor:
        raise Http404 from None
