"""A new referral that is kept between its steps: what was typed so far, and what it became."""

from collections.abc import Mapping
from typing import Any

from django.forms import Form
from django.http import Http404
from django.urls import reverse
from django.utils.dateparse import parse_date, parse_time
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t

from coordination import idempotency, references
from coordination.http import ActorRequest, visible_or_404
from referrals.addressees import Addressees
from referrals.models import UnsentForm
from referrals.new_forms import NeedForm, PersonForm, SharingForm

STEPS: Mapping[str, tuple[type[Form], Promise]] = {
    "need": (NeedForm, _t("Need and urgency")),
    "person": (PersonForm, _t("Person and safety")),
    "sharing": (SharingForm, _t("Consent and desk")),
}
CHECK = "check"
ORDER = (*STEPS, CHECK)
ROUTE = "page:wizard"


def load(request: ActorRequest, reference: str) -> UnsentForm:
    return visible_or_404(UnsentForm.objects.visible_to(request.actor), reference)


def sent_before(request: ActorRequest, reference: str) -> str:
    """Return the reference that this form became: of a double click, or of going back."""
    try:
        key = references.parse(reference)
    except references.BadReference:
        raise Http404 from None
    kept = idempotency.answered(request.actor, route=ROUTE, key=key)
    return references.display(kept.body["reference"]) if kept else ""


def bound(step: str, answers: Mapping[str, Any], offered: Addressees) -> Form:
    """Return a step's form over what is kept: the network may have changed since."""
    kind, _label = STEPS[step]
    return SharingForm(answers, offered=offered) if kind is SharingForm else kind(answers)


def typed_in(answers: Mapping[str, Any], offered: Addressees) -> dict[str, Any]:
    """Return the cleaned values of all steps."""
    typed: dict[str, Any] = {}
    for each in STEPS:
        form = bound(each, answers, offered)
        form.is_valid()
        typed |= form.cleaned_data
    return typed


def frame(step: str, unsent: UnsentForm | None, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return what each step shows around its form: where we are, and what was said so far."""
    place = ORDER.index(step)
    labels = [*(label for _kind, label in STEPS.values()), _("Check and send")]
    shown = references.display(unsent.reference) if unsent else ""
    return {
        "unsent": unsent,
        "step": step,
        "step_label": labels[place],
        "steps": [
            {"label": label, "done": index < place, "now": index == place}
            for index, label in enumerate(labels)
        ],
        "previous": reverse("referrals:step", args=[shown, ORDER[place - 1]])
        if place and unsent
        else None,
        "so_far": {
            **answers,
            "until": parse_date(answers.get("until") or ""),
            "agreed_at": parse_time(answers.get("agreed_at") or ""),
        }
        if unsent
        else {},
    }
