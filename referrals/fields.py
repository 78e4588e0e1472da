"""The kinds of field that the forms of referrals are made of: codes, days, and no free text."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination import vocabularies

INVALID_LIST = {"invalid_choice": _("Choose answers from the list.")}
_REQUIRED = {"required": _("Choose an answer.")}


def one(
    vocabulary: str, label: Any, *, codes: Sequence[str] | None = None, **options: Any
) -> forms.ChoiceField:
    """Return a field for one code of a vocabulary, or for one of these `codes` of it."""
    options.setdefault("widget", forms.RadioSelect)
    return forms.ChoiceField(
        label=label,
        choices=lambda: [
            choice
            for choice in vocabularies.choices(vocabulary)
            if codes is None or choice[0] in codes
        ],
        error_messages={**_REQUIRED, "invalid_choice": _("Choose an answer from the list.")},
        **options,
    )


def several(vocabulary: str, label: Any, **options: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        choices=lambda: vocabularies.choices(vocabulary),
        widget=forms.CheckboxSelectMultiple,
        required=options.pop("required", False),
        error_messages={"required": _("Choose at least one."), **INVALID_LIST},
        **options,
    )


def day(label: Any, **options: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": _("Give a day."),
            "invalid": _("Give a day as 2026-12-31."),
        },
        **options,
    )
