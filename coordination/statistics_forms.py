"""What somebody takes of a release, and what for."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination import vocabularies
from coordination.offered import offer
from coordination.releasing.reading import Edition
from coordination.releasing.taking import CSV, PRINT, WORKBOOK, Wanted


class TakeForm(forms.Form):
    purpose = forms.ChoiceField(
        label=_("What do you download it for?"),
        choices=lambda: vocabularies.choices("statistics_purpose"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose an answer.")},
    )
    what = forms.ChoiceField(label=_("What do you need?"))

    def __init__(self, *args: Any, edition: Edition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        whole = [
            (WORKBOOK, _("All tables, one workbook (XLSX)")),
            (PRINT, _("The report, to print")),
        ]
        tables = [(each.name, f"{each.title} (CSV)") for each in edition.tables]
        offer(self, "what", [*whole, *tables])

    def wanted(self) -> Wanted:
        what, purpose = self.cleaned_data["what"], self.cleaned_data["purpose"]
        if what in {WORKBOOK, PRINT}:
            return Wanted(what, purpose)
        return Wanted(CSV, purpose, table=what)
