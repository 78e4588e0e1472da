"""What the pages of the registers take in: codes and days first, one screened note."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination import vocabularies
from coordination.words import WordsForm, optional


def one(vocabulary: str, label: Any, **options: Any) -> forms.ChoiceField:
    """Return a field for one code; where it is not required, "" means not said."""
    return forms.ChoiceField(
        label=label,
        choices=lambda: vocabularies.choices(vocabulary),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose an answer.")},
        **options,
    )


def several(vocabulary: str, label: Any, **options: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        choices=lambda: vocabularies.choices(vocabulary),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one.")},
        **options,
    )


def day(label: Any, **options: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Give a day."), "invalid": _("Give a day as 2026-12-31.")},
        **options,
    )


class ProcessForm(WordsForm):
    instrument = one("legal_instrument", _("What was received?"))
    asked_by = one("asking_body", _("Who asks?"))
    received_on = day(_("Received on"))
    asked = several("asked_for", _("What was asked for?"))
    case = forms.CharField(
        label=optional(_("Code of a case to keep for it: sets a legal hold")),
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"class": "text", "autocomplete": "off"}),
    )


class AnswerForm(forms.Form):
    outcome = one("process_outcome", _("How was it answered?"))
    given = several("asked_for", _("What was given?"), required=False)
    answered_on = day(_("Answered on"))


class BreachForm(WordsForm):
    kind = one("breach_kind", _("What happened?"))
    received_on = day(_("Discovered on"))


class AssessForm(forms.Form):
    sensitivity = one(
        "breach_level", optional(_("How sensitive is what it concerns?")), required=False
    )
    misuse = one("breach_level", optional(_("How probable is misuse?")), required=False)
    steps = several("breach_step", optional(_("What was done?")), required=False)
    risk = one("breach_risk", _("Is there a real risk of significant harm?"))
    persons = forms.IntegerField(
        label=_("Persons affected, if known"),
        required=False,
        min_value=0,
        max_value=9999,
        widget=forms.NumberInput(attrs={"class": "text", "inputmode": "numeric"}),
    )
    reported_on = day(optional(_("Reported to the Commissioner on")), required=False)
    notified_on = day(optional(_("Persons affected notified on")), required=False)
    closed_on = day(optional(_("Closed on")), required=False)
