"""What two agencies agreed on: for everybody of the network to read, for the Office to write."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t
from django.views.decorators.http import require_http_methods, require_POST

from coordination import vocabularies
from coordination.agreements import SET, end_agreement, in_force, parties, set_agreement
from coordination.errors import Invalid, Refused
from coordination.http import (
    UNPROCESSABLE,
    ActorRequest,
    add_refusal,
    refuse,
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
    writes, status = request.actor.may(SET), 200
    if request.method == "POST":
        require_permission(request, SET)
        status = UNPROCESSABLE
    form = AgreementForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            set_agreement(
                actor=request.actor,
                agencies=(given["first"], given["second"]),
                urgency=given["urgency"],
                target=given["target"],
                at=timezone.now(),
            )
        except Invalid as refusal:
            add_refusal(form, refusal)
        except Refused as refusal:
            return refuse(request, refusal, _LIST)
        else:
            messages.success(request, _("Written down. It holds for what is sent from now on."))
            return redirect(_LIST)
    context = {"agreements": in_force(), "form": form if writes else None}
    return render(request, "coordination/agreements.html", context, status=status)


@require_POST
def end(request: ActorRequest, first: str, second: str, urgency: str) -> HttpResponse:
    require_permission(request, SET)
    agreement = get_object_or_404(
        Agreement, first__slug=first, second__slug=second, urgency=urgency, ended_at=None
    )
    try:
        end_agreement(actor=request.actor, agreement=agreement, at=timezone.now())
    except Refused as refusal:
        return refuse(request, refusal, _LIST)
    messages.success(request, _("Ended."))
    return redirect(_LIST)
