"""What two agencies agreed on: for everybody of the network to read, for the Office to write."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t
from django.views.decorators.http import require_http_methods, require_POST

from coordination import vocabularies
from coordination.agreements import SET, end_agreement, in_force, parties, set_agreement
from coordination.http import (
    ActorRequest,
    carried_out,
    done,
    form_page,
    pressed,
    require_permission,
)
from coordination.models import Agency, Agreement
from coordination.offered import offer_rows

_LIST = "coordination:agreements"


class AgencyField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic only in the stubs
    def label_from_instance(self, agency: Agency) -> str:
        return agency.name


class AgreementForm(forms.Form):
    first = AgencyField(
        queryset=Agency.objects.none(), to_field_name="slug", label=_t("One agency"), empty_label=""
    )
    second = AgencyField(
        queryset=Agency.objects.none(),
        to_field_name="slug",
        label=_t("The other agency"),
        empty_label="",
    )
    urgency = forms.ChoiceField(
        label=_t("For which urgency?"),
        choices=lambda: vocabularies.choices("urgency_short"),
        widget=forms.RadioSelect,
    )
    target = forms.ChoiceField(
        label=_t("How soon does each answer the other?"),
        choices=lambda: vocabularies.choices("answer_target"),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        for name in ("first", "second"):
            offer_rows(self, name, parties())


@require_http_methods(["GET", "HEAD", "POST"])
def agreements(request: ActorRequest) -> HttpResponse:
    require_permission(request, "coordination.view_network")
    if request.method == "POST":
        require_permission(request, SET)
    form = AgreementForm(request.POST or None)

    def written() -> HttpResponse:
        given = form.cleaned_data
        set_agreement(
            actor=request.actor,
            agencies=(given["first"], given["second"]),
            urgency=given["urgency"],
            target=given["target"],
            at=timezone.now(),
        )
        return done(request, _("Written down. It holds for what is sent from now on."), _LIST)

    if answer := carried_out(request, form, written, _LIST):
        return answer
    context = {"agreements": in_force(), "form": form if request.actor.may(SET) else None}
    return form_page(request, "coordination/agreements.html", context)


@require_POST
def end(request: ActorRequest, first: str, second: str, urgency: str) -> HttpResponse:
    require_permission(request, SET)
    agreement = get_object_or_404(
        Agreement, first__slug=first, second__slug=second, urgency=urgency, ended_at=None
    )
    return pressed(
        request,
        lambda: end_agreement(actor=request.actor, agreement=agreement, at=timezone.now()),
        _("Ended."),
        _LIST,
    )
