"""Legal holds: the privacy officer lists, sets and lifts them."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t
from django.views.decorators.http import require_http_methods, require_POST

from coordination import holds, vocabularies
from coordination.calendar import end_of_day
from coordination.errors import Invalid
from coordination.http import (
    ActorRequest,
    carried_out,
    done,
    form_page,
    pressed,
    require_permission,
    visible_or_404,
)
from coordination.models import Agency, Desk
from coordination.offered import offer_rows
from coordination.words import WordsForm

_LIST = "coordination:holds"


class NamedField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic only in the stubs
    def label_from_instance(self, named: Any) -> str:
        team = getattr(named, "team", None)
        return f"{named.name}, {team.name}" if team else str(named.name)


class HoldForm(WordsForm):
    needing_words = frozenset({holds.OTHER})

    case = forms.CharField(
        label=_t("Code of the case"),
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"class": "text", "autocomplete": "off"}),
    )
    desk = NamedField(
        queryset=Desk.objects.none(),
        to_field_name="slug",
        required=False,
        label=_t("or a desk: all that it had a part in"),
        empty_label="",
    )
    agency = NamedField(
        queryset=Agency.objects.none(),
        to_field_name="slug",
        required=False,
        label=_t("or an agency: all that its desks had a part in"),
        empty_label="",
    )
    reason = forms.ChoiceField(
        label=_t("Why is it kept longer?"),
        choices=lambda: vocabularies.choices("hold_reason"),
        widget=forms.RadioSelect,
        error_messages={"required": _t("Choose an answer.")},
    )
    until = forms.DateField(
        label=_t("Until when, if that is known"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _t("Give a day as 2026-12-31.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        desks = Desk.objects.select_related("agency", "team").order_by("slug")
        offer_rows(self, "desk", desks)
        with_desks = Agency.objects.filter(desks__isnull=False).distinct().order_by("slug")
        offer_rows(self, "agency", with_desks)

    def arguments(self) -> dict[str, Any]:
        """
        Return what the action takes.

        :raises Invalid: unless exactly one thing is named.
        """
        given = self.codes()
        named = [each for each in (given["case"], given["desk"], given["agency"]) if each]
        if len(named) != 1:
            raise Invalid(_("Name one thing: a case, a desk or an agency."), field="case")
        return {
            "of": named[0],
            "reason": given["reason"],
            "until": given["until"] and _end(given["until"]),
            "words": self.typed(),
            "keep": self.kept(),
        }


def _end(day: dt.date) -> dt.datetime:
    return end_of_day(day)


class LiftForm(forms.Form):
    reason = forms.ChoiceField(choices=lambda: vocabularies.choices("hold_lift_reason"))


@require_http_methods(["GET", "HEAD", "POST"])
def holds_page(request: ActorRequest) -> HttpResponse:
    require_permission(request, holds.SET_HOLD)
    form = HoldForm(request.POST or None)

    def held() -> HttpResponse:
        holds.set_hold(actor=request.actor, at=timezone.now(), **form.arguments())
        return done(request, _("Set. What it names is kept until the hold ends."), _LIST)

    if answer := carried_out(request, form, held, _LIST):
        return answer
    found = list(holds.holds_of(request.actor))
    context = {
        "in_force": [each for each in found if each.is_in_force(at=timezone.now())],
        "over": [each for each in found if not each.is_in_force(at=timezone.now())],
        "lift_reasons": vocabularies.choices("hold_lift_reason"),
        "form": form,
    }
    return form_page(request, "coordination/holds.html", context)


@require_POST
def lift(request: ActorRequest, reference: str) -> HttpResponse:
    require_permission(request, holds.SET_HOLD)
    hold = visible_or_404(holds.holds_of(request.actor), reference)
    form = LiftForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say why the hold ends."))
        return redirect(_LIST)
    return pressed(
        request,
        lambda: holds.lift_hold(
            actor=request.actor, hold=hold, reason=form.cleaned_data["reason"], at=timezone.now()
        ),
        _("Lifted."),
        _LIST,
    )
