"""Which days somebody asks about: no more than the code, the days and the purpose."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination import references
from referrals.fields import day, one

LONGEST_YEARS = 10
_NO_CODE = _("This is not a code. Check its eight characters, one by one.")


def first_moment(begins: dt.date) -> dt.datetime:
    return dt.datetime.combine(begins, dt.time.min, timezone.get_current_timezone())


class DaysForm(forms.Form):
    """From a day to a day, both included, in the reader's time zone."""

    begins = day(_("From"))
    ends = day(_("Until and including"))

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        begins, ends = typed.get("begins"), typed.get("ends")
        if begins and ends and not begins <= ends:
            self.add_error("ends", _("The second day is before the first."))
        if begins and ends and (ends - begins).days > LONGEST_YEARS * 366:
            self.add_error("ends", _("Ask about ten years at most."))
        return typed

    def span(self) -> tuple[dt.datetime, dt.datetime]:
        """Return the first moment, and the first one after."""
        ends = self.cleaned_data["ends"] + dt.timedelta(days=1)
        return first_moment(self.cleaned_data["begins"]), first_moment(ends)


class AskedForm(DaysForm):
    """Which case, and which days."""

    code = forms.CharField(
        label=_("Code of the case"), max_length=20, error_messages={"required": _("Give a code.")}
    )

    field_order: Sequence[str] = ("code", "begins", "ends")

    def clean_code(self) -> str:
        try:
            return references.parse(self.cleaned_data["code"])
        except references.BadReference:
            raise forms.ValidationError(_NO_CODE) from None


class TraceForm(AskedForm):
    purpose = one("trace_purpose", _("Why do you ask?"))

    field_order = ("code", "begins", "ends", "purpose")
