"""Meetings of working groups: planning, moving and cancelling one, and what was decided."""

from collections.abc import Callable

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t
from django.views.decorators.http import require_http_methods, require_safe

from coordination import meetings, references
from coordination.group_forms import CancelForm, MeetingForm, MoveMeetingForm, WriteUpForm
from coordination.groups import RUN
from coordination.http import (
    ActorRequest,
    carried_out,
    done,
    form_page,
    require_permission,
    visible_or_404,
)
from coordination.models import Meeting, WorkingGroup
from coordination.models.group import READ

_PAGE = "coordination:group"


@require_safe
def meeting_page(request: ActorRequest, reference: str) -> HttpResponse:
    """Lead to where the page of its group shows it."""
    require_permission(request, READ)
    meeting = _meeting(request, reference)
    page = reverse(_PAGE, args=[references.display(meeting.group.reference)])
    return redirect(f"{page}#m-{references.display(meeting.reference)}")


@require_http_methods(["GET", "HEAD", "POST"])
def plan_meeting(request: ActorRequest, reference: str) -> HttpResponse:
    require_permission(request, RUN)
    group = visible_or_404(WorkingGroup.objects.visible_to(request.actor), reference)
    form = MeetingForm(request.POST or None)

    def planned() -> None:
        meetings.plan_meeting(
            actor=request.actor,
            group=group,
            starts_at=form.starts_at(),
            place=form.cleaned_data["place"],
            agenda=form.typed(),
            keep=form.kept(),
            at=timezone.now(),
        )

    return _answer(request, form, planned, title=_t("New meeting"), group=group)


@require_http_methods(["GET", "HEAD", "POST"])
def move_meeting(request: ActorRequest, reference: str) -> HttpResponse:
    require_permission(request, RUN)
    meeting = _meeting(request, reference)
    before = timezone.localtime(meeting.starts_at)
    initial = {"on": before.date(), "time": before.time(), "place": meeting.place}
    form = MoveMeetingForm(request.POST or None, initial=initial)

    def moved() -> None:
        meetings.move_meeting(
            actor=request.actor,
            meeting=meeting,
            starts_at=form.starts_at(),
            place=form.cleaned_data["place"],
            at=timezone.now(),
        )

    return _answer(request, form, moved, title=_t("Move the meeting"), group=meeting.group)


@require_http_methods(["GET", "HEAD", "POST"])
def cancel_meeting(request: ActorRequest, reference: str) -> HttpResponse:
    require_permission(request, RUN)
    meeting = _meeting(request, reference)
    form = CancelForm(request.POST or None)

    def cancelled() -> None:
        meetings.cancel_meeting(
            actor=request.actor, meeting=meeting, at=timezone.now(), **form.cleaned_data
        )

    return _answer(
        request,
        form,
        cancelled,
        title=_t("Cancel the meeting"),
        group=meeting.group,
        meeting=meeting,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def write_up_meeting(request: ActorRequest, reference: str) -> HttpResponse:
    require_permission(request, RUN)
    meeting = _meeting(request, reference)
    before = {
        "words": meeting.decisions,
        "attending": [agency.slug for agency in meeting.attending.all()],
    }
    form = WriteUpForm(request.POST or None, initial=before, meeting=meeting)

    def written() -> None:
        meetings.write_up_meeting(
            actor=request.actor,
            meeting=meeting,
            attending=form.came(),
            decisions=form.typed(),
            keep=form.kept(),
            at=timezone.now(),
        )

    return _answer(request, form, written, title=_t("What was decided"), group=meeting.group)


def _meeting(request: ActorRequest, reference: str) -> Meeting:
    rows = Meeting.objects.visible_to(request.actor).select_related("group")
    return visible_or_404(rows, reference)


def _answer(
    request: ActorRequest,
    form: forms.Form,
    act: Callable[[], None],
    *,
    title: str | Promise,
    group: WorkingGroup,
    meeting: Meeting | None = None,
) -> HttpResponse:
    back = references.display(group.reference)

    def written() -> HttpResponse:
        act()
        return done(request, _("Written down."), _PAGE, back)

    context = {"form": form, "title": title, "group": group, "meeting": meeting}
    return carried_out(request, form, written, _PAGE, back) or form_page(
        request, "coordination/group_form.html", context
    )
