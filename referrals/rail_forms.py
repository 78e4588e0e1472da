"""What a sender answers to the guard rails: the report, and a reason for each that warns."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from coordination.errors import Refused
from coordination.words import KEEP
from referrals.fields import one
from referrals.guard_rails import ASK, SAY, WARN, Rail, Said
from referrals.moves import NEEDS_WORDS
from referrals.saying import SaysForm

RAIL = "rail-"
"""Fields of the reasons: this, and the rail's code."""

REPORT, MARK, CHANGE = "child_report", "rails", "change"
_LONGEST = 40
_OWN = frozenset({REPORT, MARK, CHANGE, "csrfmiddlewaretoken"})


class RailsForm(SaysForm):
    """Bound to what was typed so far, of which it asks no more than the rails that apply."""

    def __init__(self, data: QueryDict, *, rails: Sequence[Rail], reports: Sequence[str]) -> None:
        super().__init__(data)
        self.rails = rails
        for rail in rails:
            if rail.effect == ASK:
                self.fields[REPORT] = one("child_report", rail.label, codes=reports, required=False)
            if rail.effect == WARN:
                self.fields[RAIL + rail.code] = one(
                    "override_reason", rail.label, codes=rail.reasons, required=False
                )
        self.fields["words"].help_text = _("Needed for “other”. At most 280 characters.")

    @property
    def has_words(self) -> bool:
        """Tell whether a reason can be given in words."""
        return any(not NEEDS_WORDS.isdisjoint(rail.reasons) for rail in self.rails)

    @property
    def parts(self) -> list[tuple[Rail, forms.BoundField | None]]:
        """Return each rail with its field: what has to be answered first, what is said last."""
        names = {
            rail.code: REPORT if rail.effect == ASK else RAIL + rail.code for rail in self.rails
        }
        return [
            (rail, self[names[rail.code]] if names[rail.code] in self.fields else None)
            for rail in sorted(self.rails, key=lambda rail: (ASK, WARN, SAY).index(rail.effect))
        ]

    @property
    def carried_along(self) -> list[tuple[str, str]]:
        """Return what was typed before, as hidden fields: no table holds it in between."""
        words = ("words", KEEP) if self.has_words else ()
        return [
            (name, value)
            for name, values in self.data.lists()  # type: ignore[attr-defined]  # a QueryDict
            for value in values
            if name not in _OWN and not name.startswith((RAIL, *words))
        ]

    def refuse(self, refusal: Refused) -> None:
        """Show what is missing at each field that has no answer yet."""
        if refusal.field != "overrides":
            super().refuse(refusal)
            return
        for name in [name for name in self.fields if name.startswith(RAIL)]:
            if not self.cleaned_data.get(name):
                self.add_error(name, _("Choose a reason."))


def said(data: Mapping[str, Any]) -> Said:
    """Return what was answered; what is no answer counts as none, and is asked again."""
    overrides = {
        name.removeprefix(RAIL): str(data[name])[:_LONGEST]
        for name in data
        if name.startswith(RAIL) and data[name]
    }
    return Said(str(data.get(REPORT, ""))[:_LONGEST], overrides)


def arguments(data: QueryDict) -> dict[str, Any]:
    """Return what sending takes from these fields, of a page without a form of its own."""
    form = SaysForm(data)
    form.full_clean()
    return {"said": said(data), "words": form.said()}
