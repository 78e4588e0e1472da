"""What the desk can take: said by its duty lead."""

import datetime as dt
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t
from django.views.decorators.http import require_http_methods

from coordination import offering, vocabularies
from coordination.actions import MOST_BEDS, set_capacity
from coordination.calendar import end_of_day
from coordination.http import (
    ActorRequest,
    carried_out,
    done,
    form_page,
    require_permission,
)
from coordination.models import Desk
from coordination.words import WordsForm, optional


class CapacityForm(WordsForm):
    level = forms.ChoiceField(
        label=_t("What can your desk take?"),
        choices=lambda: vocabularies.choices("capacity"),
        widget=forms.RadioSelect,
        error_messages={"required": _t("Choose an answer.")},
    )
    until = forms.DateField(
        label=_t("Limited or full until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_t("Within 14 days; then the desk counts as open again."),
        error_messages={"invalid": _t("Give a day as 2026-12-31.")},
    )
    beds = forms.IntegerField(
        label=optional(_t("Beds free tonight")),
        required=False,
        help_text=_t("Shown for 12 hours. Leave it empty if your desk has no beds."),
        error_messages={"invalid": _t("Give a number from 0 to 99.")},
        widget=forms.NumberInput(attrs={"min": 0, "max": MOST_BEDS, "class": "text"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["words"].label = _("Note for those who refer")


@require_http_methods(["GET", "HEAD", "POST"])
def capacity(request: ActorRequest) -> HttpResponse:
    require_permission(request, "coordination.set_capacity")
    acting = request.actor.desk
    if acting is None:
        return redirect("coordination:choose_desk")
    desk = offering.with_offer(Desk.objects.select_related("agency", "team")).get(pk=acting.pk)
    now = timezone.now()
    until = offering.until_of(desk, at=now)
    form = CapacityForm(
        request.POST or None,
        initial={
            "level": offering.level_of(desk, at=now),
            "until": timezone.localdate(until) if until else None,
            "beds": offering.beds_of(desk, at=now),
            "words": offering.note_of(desk, at=now),
        },
    )

    def saved() -> HttpResponse:
        set_capacity(
            actor=request.actor,
            level=form.cleaned_data["level"],
            until=_end_of(form.cleaned_data["until"]),
            beds=form.cleaned_data["beds"],
            note=form.typed(),
            keep=form.kept(),
            at=now,
        )
        return done(
            request, _("Saved. The directory shows it now."), "coordination:desk_card", acting.slug
        )

    if answer := carried_out(request, form, saved, "coordination:directory"):
        return answer
    return form_page(request, "coordination/capacity.html", {"form": form})


def _end_of(day: dt.date | None) -> dt.datetime | None:
    return end_of_day(day) if day else None
