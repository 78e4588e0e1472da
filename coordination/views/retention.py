"""How long things are kept: for everybody to read, for the privacy officer to set."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t
from django.views.decorators.http import require_http_methods

from coordination import vocabularies
from coordination.errors import Invalid, Refused
from coordination.http import (
    UNPROCESSABLE,
    ActorRequest,
    add_refusal,
    refuse,
    require_permission,
)
from coordination.retention import SET_PERIOD, coming, rules, set_period

_PAGE = "coordination:retention"


class PeriodForm(forms.Form):
    record_class = forms.ChoiceField(
        label=_t("Which class?"), choices=lambda: vocabularies.choices("retention_class")
    )
    length = forms.IntegerField(
        label=_t("How long?"),
        help_text=_t("In days or months, as the class is counted."),
        min_value=1,
        max_value=9999,
        widget=forms.NumberInput(attrs={"class": "text", "inputmode": "numeric"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def periods(request: ActorRequest) -> HttpResponse:
    require_permission(request, "coordination.view_network")
    status, now = 200, timezone.now()
    if request.method == "POST":
        require_permission(request, SET_PERIOD)
        status = UNPROCESSABLE
    form = PeriodForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            set_period(actor=request.actor, at=now, **form.cleaned_data)
        except Invalid as refusal:
            add_refusal(form, refusal)
        except Refused as refusal:
            return refuse(request, refusal, _PAGE)
        else:
            messages.success(request, _("Set. It counts in a week from now."))
            return redirect(_PAGE)
    context = {
        "rules": rules(at=now),
        "coming": coming(at=now),
        "form": form if request.actor.may(SET_PERIOD) else None,
    }
    return render(request, "coordination/retention.html", context, status=status)
