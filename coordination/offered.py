"""What a field of a form offers, where that depends on who asks."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db import models


def offer(form: forms.Form, name: str, choices: Iterable[tuple[Any, Any]]) -> None:
    """Give a field of a form its choices: value and label, or a title and those below it."""
    field = form.fields[name]
    if not isinstance(field, forms.ChoiceField):
        raise TypeError(f"{name} offers no choices")
    field.choices = list(choices)


def offer_rows(form: forms.Form, name: str, rows: "models.QuerySet[Any]") -> None:
    """Give a field of a form the rows of which one is chosen."""
    field = form.fields[name]
    if not isinstance(field, forms.ModelChoiceField):
        raise TypeError(f"{name} offers no rows")
    field.queryset = rows
