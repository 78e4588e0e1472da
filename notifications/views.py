"""A person's own notices, and how mail tells of them."""

from collections.abc import Mapping
from itertools import groupby

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.verbs import Verb
from coordination import references
from coordination.errors import Invalid
from coordination.http import UNPROCESSABLE, ActorRequest, add_refusal, require_permission
from notifications import actions, queries
from notifications.forms import MailForm
from notifications.models import Notice
from notifications.rules import words_of

PAGE = 25
TABS = ("unread", "done", "all")
_NEWEST = ("-occurred_at", "-pk")
"""By when it happened: followers make notices in any order."""


@require_safe
def notice_list(request: ActorRequest) -> HttpResponse:
    require_permission(request, "notifications.view_notice")
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else TABS[0]
    notices = Notice.objects.visible_to(request.actor).order_by(*_NEWEST)
    notices = notices.select_related("for_desk__agency")
    if tab != "all":
        notices = notices.filter(done_at__isnull=tab == "unread")
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:  # noqa: PLR2004  the digits of a bigint
        last = get_object_or_404(Notice.objects.visible_to(request.actor), pk=int(before))
        same = Q(occurred_at=last.occurred_at, pk__lt=last.pk)
        notices = notices.filter(Q(occurred_at__lt=last.occurred_at) | same)
    page = list(notices[: PAGE + 1])
    url = reverse("notifications:list")
    return render(
        request,
        "notifications/list.html",
        {
            "tab": tab,
            "groups": _grouped(page[:PAGE], queries.waits(page[:PAGE], request.actor)),
            "next_url": f"{url}?tab={tab}&before={page[PAGE - 1].pk}" if len(page) > PAGE else None,
        },
    )


def _grouped(notices: list[Notice], waits: Mapping[int, queries.Waits]) -> list[dict[str, object]]:
    """Return the notices, newest first; what speaks of one thing stands together."""
    first = {_about(notice): place for place, notice in reversed(list(enumerate(notices)))}
    ordered = sorted(notices, key=lambda notice: first[_about(notice)])
    return [
        {
            "reference": reference,
            "notices": [
                {
                    "id": notice.pk,
                    "text": words_of(notice.verb, notice.reference, for_desk=notice.for_desk),
                    "at": notice.occurred_at,
                    "url": _url(notice),
                    "page": _OWN_PAGES.get(notice.verb, ("", ""))[1],
                    "done": notice.done_at is not None,
                    "waits": waits.get(notice.pk),
                }
                for notice in group
            ],
        }
        for (reference, _desk), group in groupby(ordered, key=_about)
    ]


def _about(notice: Notice) -> tuple[str, int]:
    """Return what notices are grouped by: what they speak of, else for whom one stands in."""
    return notice.reference, notice.for_desk_id or 0


_OWN_PAGES: Mapping[str, tuple[str, str | Promise]] = {
    Verb.CAPACITY_ENDED: ("coordination:capacity", _t("Our capacity")),
    Verb.RELEASE_REFUSED: ("coordination:statistics", _t("Statistics")),
    Verb.THRESHOLDS_PROPOSED: ("coordination:thresholds", _t("Thresholds")),
    Verb.THRESHOLDS_CONFIRMED: ("coordination:thresholds", _t("Thresholds")),
    Verb.THRESHOLDS_SET_ASIDE: ("coordination:thresholds", _t("Thresholds")),
    Verb.STEWARDSHIP_OPENED: ("coordination:stewardship", _t("Tables")),
    Verb.MEMBER_ENDED: ("coordination:rota", _t("Rota")),
    Verb.REFERRAL_PROMISE_PASSED: ("leaving:overdue", _t("What is overdue")),
    Verb.HANDOFF_PROMISE_PASSED: ("leaving:overdue", _t("What is overdue")),
    Verb.DESK_REMINDED: ("referrals:inbox", _t("Inbox")),
    Verb.COMPLETION_EXPIRING: ("coordination:training", _t("My training")),
    Verb.COMPLETION_EXPIRED: ("coordination:training", _t("My training")),
    Verb.COMPLETION_CORRECTED: ("coordination:training", _t("My training")),
    Verb.COMPLETION_REMOVED: ("coordination:training", _t("My training")),
    Verb.REQUIREMENT_SET: ("coordination:training", _t("My training")),
}
"""Where one looks after what has no code, and what the link says."""

_PAGES = {
    "action": "coordination:action",
    "case": "cases:detail",
    "consent": "cases:detail",
    "handoff": "handoffs:detail",
    "meeting": "coordination:meeting",
    "referral": "referrals:detail",
}


def _url(notice: Notice) -> str | None:
    if notice.verb in _OWN_PAGES:
        return reverse(_OWN_PAGES[notice.verb][0])
    page = _PAGES.get(notice.verb.partition(".")[0])
    if page is None or not notice.reference:
        return None
    return reverse(page, args=[references.display(notice.reference)])


@require_POST
def mark_done(request: ActorRequest) -> HttpResponse:
    """Mark the ticked notices as done, or the one whose button was pressed."""
    require_permission(request, "notifications.view_notice")
    keys = _ticked(request)
    count = actions.mark_done(notices=keys, actor=request.actor, at=timezone.now())
    if count:
        text = ngettext("%(count)d notice is done.", "%(count)d notices are done.", count)
        messages.success(request, text % {"count": count})
        request.session["notices_done"] = keys
    return redirect("notifications:list")


@require_POST
def undo_done(request: ActorRequest) -> HttpResponse:
    """Take back what was marked last, or the one whose button was pressed."""
    require_permission(request, "notifications.view_notice")
    keys = _ticked(request) or request.session.pop("notices_done", [])
    actions.undo_done(notices=keys, actor=request.actor)
    return redirect("notifications:list")


@require_POST
def mark_all_done(request: ActorRequest) -> HttpResponse:
    require_permission(request, "notifications.view_notice")
    actions.mark_all_done(actor=request.actor, at=timezone.now())
    return redirect("notifications:list")


def _ticked(request: ActorRequest) -> list[int]:
    named = request.POST.getlist("one") or request.POST.getlist("notice")
    return [int(each) for each in named if each.isdecimal() and len(each) < 19]  # noqa: PLR2004


@require_http_methods(["GET", "HEAD", "POST"])
def mail(request: ActorRequest) -> HttpResponse:
    """When the person wants mail: by kind of notice, and in which hours none."""
    require_permission(request, "notifications.view_notice")
    form = MailForm(request.POST or None, user=request.actor.user)
    status = 200
    if request.method == "POST":
        status = UNPROCESSABLE
        if form.is_valid():
            try:
                actions.set_mail(actor=request.actor, **form.choices())
            except Invalid as refusal:
                add_refusal(form, refusal)
            else:
                messages.success(request, _("Saved."))
                return redirect("notifications:mail")
    return render(request, "notifications/mail_choices.html", {"form": form}, status=status)
