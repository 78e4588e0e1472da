"""How long things are kept: for everybody to read, for the privacy officer to set."""

from django import forms
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t
from django.views.decorators.http import require_http_methods

from coordination import vocabularies
from coordination.http import (
    ActorRequest,
    carried_out,
    done,
    form_page,
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
    now = timezone.now()
    if request.method == "POST":
        require_permission(request, SET_PERIOD)
    form = PeriodForm(request.POST or None)

    def written() -> HttpResponse:
        set_period(actor=request.actor, at=now, **form.cleaned_data)
        return done(request, _("Set. It counts in a week from now."), _PAGE)

    if answer := carried_out(request, form, written, _PAGE):
        return answer
    context = {
        "rules": rules(at=now),
        "coming": coming(at=now),
        "form": form if request.actor.may(SET_PERIOD) else None,
    }
    return form_page(request, "coordination/retention.html", context)
