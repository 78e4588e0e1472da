"""Who sees which fact, and what is asked before sending: drawn from the tables that decide it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cases.facts import HARMFUL_FLAGS, LEAD_FACTS, TASK_FACTS
from cases.models.identity import holding_kinds
from coordination import vocabularies
from coordination.http import ActorRequest
from referrals.case_forms import ChangeForm
from referrals.guard_rails import ASK, SAY, STOP, WARN, rails


@dataclass(frozen=True)
class Row:
    """What it is about, and who sees it or what holds."""

    name: Any
    words: Sequence[Any]


@require_safe
def rules(request: ActorRequest) -> HttpResponse:
    """Show the tables to whoever is signed in: they hold no record."""
    effects = {
        SAY: _("It is said"),
        ASK: _("It has to be answered"),
        WARN: _("It warns, and can be gone past with a reason"),
        STOP: _("It stops"),
    }
    context = {
        "task_facts": [Row(_label(name), [_seen(name)]) for name in TASK_FACTS],
        "flags": [
            Row(
                vocabularies.label("safety_flag", flag),
                sorted(vocabularies.label("service_need", each) for each in services),
            )
            for flag, services in HARMFUL_FLAGS.items()
        ],
        "lead_facts": [_label(name) for name in LEAD_FACTS],
        "identity_kinds": [
            vocabularies.label("organisation_kind", kind) for kind in holding_kinds()
        ],
        "rails": [(rail, effects[rail.effect]) for rail in rails()],
        "provisions": [
            Row(
                each.label,
                [vocabularies.label("organisation_kind", kind) for kind in each.extra["kinds"]],
            )
            for each in vocabularies.entries("legal_provision")
        ],
    }
    return render(request, "referrals/rules.html", context)


def _label(name: str) -> Any:
    return ChangeForm.base_fields[name].label


def _seen(name: str) -> str:
    """Return who sees a task fact: as `cases.facts.facts_for_services` gives it."""
    if name == "needs":
        return _("The lead desk; a receiver only what it was asked for")
    if name == "safety_flags":
        return _("The lead desk; a receiver all but those below")
    return _("The lead desk, and whoever was sent a referral")
