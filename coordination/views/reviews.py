"""The access review of an agency, seat by seat, and what of it the Office sees and confirms."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t
from django.views.decorators.http import require_POST, require_safe

from coordination import people, reviews, vocabularies
from coordination.http import (
    ActorRequest,
    pressed,
    require_permission,
    visible_or_404,
)
from coordination.models import Agency

_PAGE = "coordination:review"


class RhythmForm(forms.Form):
    every = forms.ChoiceField(
        label=_t("How often?"),
        choices=lambda: vocabularies.choices("review_interval"),
        widget=forms.RadioSelect,
    )


@require_safe
def review(request: ActorRequest) -> HttpResponse:
    """Show the open review of one's own agency, and the last ones that were signed."""
    require_permission(request, reviews.REVIEW)
    agency = request.actor.user.agency
    own = reviews.reviews_of(request.actor).filter(agency=agency)
    current = own.filter(signed_at=None).first()
    lines = []
    if current:
        rows = current.lines.select_related("seat__user", "seat__desk__agency", "seat__desk__team")
        undecided = reviews.undecided_of([current])
        for line in rows:
            line.review = current
            lines.append(
                {
                    "line": line,
                    "is_open": line.pk in undecided,
                    "may_keep": line.pk in undecided and reviews.may_keep(line, request.actor),
                    "is_self": line.seat.user_id == request.actor.user.pk,
                }
            )
    context = {
        "agency": agency,
        "review": current,
        "lines": lines,
        "is_ready": not any(each["is_open"] for each in lines),
        "signed": own.exclude(signed_at=None).order_by("-signed_at")[:5],
        "form": RhythmForm(initial={"every": agency.review_every}),
        "is_late": current is not None and current.due_at < timezone.now(),
    }
    return render(request, "coordination/review.html", context)


@require_POST
def keep(request: ActorRequest, reference: str, number: int) -> HttpResponse:
    require_permission(request, reviews.REVIEW)
    found = visible_or_404(reviews.reviews_of(request.actor), reference)
    line = get_object_or_404(
        found.lines.select_related("review__agency", "seat__user", "seat__desk"), number=number
    )
    back = _PAGE if found.agency == request.actor.user.agency else "coordination:reviews"
    return pressed(
        request,
        lambda: reviews.keep_seat(actor=request.actor, line=line, at=timezone.now()),
        _("Confirmed."),
        back,
    )


@require_POST
def sign(request: ActorRequest, reference: str) -> HttpResponse:
    require_permission(request, reviews.REVIEW)
    found = visible_or_404(reviews.reviews_of(request.actor), reference)
    return pressed(
        request,
        lambda: reviews.sign_review(actor=request.actor, review=found, at=timezone.now()),
        _("Signed."),
        _PAGE,
    )


@require_POST
def rhythm(request: ActorRequest) -> HttpResponse:
    require_permission(request, reviews.REVIEW)
    agency = Agency.objects.get(pk=request.actor.user.agency_id)
    form = RhythmForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose an answer."))
        return redirect(_PAGE)
    return pressed(
        request,
        lambda: reviews.set_rhythm(
            actor=request.actor, agency=agency, every=form.cleaned_data["every"], at=timezone.now()
        ),
        _("Saved."),
        _PAGE,
    )


@require_safe
def overdue(request: ActorRequest) -> HttpResponse:
    """Show the Office which reviews are due or late, and which seats it has to confirm."""
    require_permission(request, people.STAND_IN)
    now = timezone.now()
    unsigned = list(reviews.reviews_of(request.actor).filter(signed_at=None).order_by("due_at"))
    open_seats = reviews.undecided_by_review(unsigned)
    shown = [(each, open_seats[each.pk]) for each in unsigned]
    lines = list(reviews.lines_for_the_office(request.actor).order_by("review__due_at", "number"))
    context = {
        "late": [line for line in shown if line[0].due_at <= now],
        "due": [line for line in shown if line[0].due_at > now],
        "lines": [line for line in lines if reviews.may_keep(line, request.actor)],
    }
    return render(request, "coordination/reviews.html", context)
