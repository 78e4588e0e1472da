"""A person's own notices."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from coordination import references
from coordination.http import ActorRequest, require_permission
from notifications import actions
from notifications.models import Notice
from notifications.rules import words_of

PAGE = 25


@require_safe
def notice_list(request: ActorRequest) -> HttpResponse:
    require_permission(request, "notifications.view_notice")
    tab = "all" if request.GET.get("tab") == "all" else "unread"
    notices = Notice.objects.visible_to(request.actor).order_by("-id")
    if tab == "unread":
        notices = notices.unread()
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:  # noqa: PLR2004  the digits of a bigint
        notices = notices.filter(pk__lt=int(before))
    page = list(notices[: PAGE + 1])
    url = reverse("notifications:list")
    return render(
        request,
        "notifications/list.html",
        {
            "tab": tab,
            "notices": [
                {
                    "id": notice.pk,
                    "text": words_of(notice.verb),
                    "reference": notice.reference,
                    "at": notice.occurred_at,
                    "url": _url(notice),
                    "done": notice.done_at is not None,
                }
                for notice in page[:PAGE]
            ],
            "next_url": f"{url}?tab={tab}&before={page[PAGE - 1].pk}" if len(page) > PAGE else None,
        },
    )


def _url(notice: Notice) -> str:
    page = "handoffs:detail" if notice.verb.startswith("handoff.") else "referrals:detail"
    return reverse(page, args=[references.display(notice.reference)])


@require_POST
def mark_done(request: ActorRequest, pk: int) -> HttpResponse:
    require_permission(request, "notifications.view_notice")
    notice = get_object_or_404(Notice.objects.visible_to(request.actor), pk=pk)
    actions.mark_done(notice=notice, actor=request.actor, at=timezone.now())
    return redirect("notifications:list")


@require_POST
def mark_all_done(request: ActorRequest) -> HttpResponse:
    require_permission(request, "notifications.view_notice")
    actions.mark_all_done(actor=request.actor, at=timezone.now())
    return redirect("notifications:list")
