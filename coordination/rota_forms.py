"""What a duty lead fills in to add one line to the rota."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination import access, vocabularies
from coordination.models import Desk, User
from coordination.models.rota import COVER, PERSON
from coordination.offered import offer, offer_rows
from coordination.rota import NOT_HERE, ExceptionGiven, ShiftGiven

_TIME = {"type": "time", "class": "text"}
_MOMENT = {"type": "datetime-local", "class": "text"}
_WRONG_TIME = {"required": _("Fill this in."), "invalid": _("Give a time as 08:30.")}
_WRONG_MOMENT = {
    "required": _("Fill this in."),
    "invalid": _("Give a day and a time as 2026-12-31 08:30."),
}


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic only in the stubs
    def label_from_instance(self, person: User) -> str:
        return person.get_full_name()


def _person(**kwargs: Any) -> PersonField:
    return PersonField(
        queryset=User.objects.none(),
        to_field_name="username",
        label=_("Who"),
        empty_label=_("Choose"),
        error_messages={"required": _("Choose an answer."), "invalid_choice": NOT_HERE},
        **kwargs,
    )


class _OfDesk(forms.Form):
    def __init__(self, *args: Any, desk: Desk, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keys = [person.pk for person in access.people_at(desk)]
        people = User.objects.filter(pk__in=keys).order_by("first_name", "last_name")
        offer_rows(self, "person", people)


class ShiftForm(_OfDesk):
    days = forms.MultipleChoiceField(
        label=_("Days"),
        choices=lambda: vocabularies.choices("weekday"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one day.")},
    )
    starts_at = forms.TimeField(
        label=_("From"),
        widget=forms.TimeInput(attrs=_TIME, format="%H:%M"),
        error_messages=_WRONG_TIME,
        help_text=_("By the clock of your desk."),
    )
    ends_at = forms.TimeField(
        label=_("Until"),
        widget=forms.TimeInput(attrs=_TIME, format="%H:%M"),
        error_messages=_WRONG_TIME,
        help_text=_("If it is not later, it is of the next day."),
    )
    person = _person()

    def given(self) -> ShiftGiven:
        said = self.cleaned_data
        return ShiftGiven(tuple(said["days"]), said["starts_at"], said["ends_at"], said["person"])


class ExceptionForm(_OfDesk):
    since = forms.DateTimeField(
        label=_("From"),
        widget=forms.DateTimeInput(attrs=_MOMENT, format="%Y-%m-%dT%H:%M"),
        error_messages=_WRONG_MOMENT,
    )
    until = forms.DateTimeField(
        label=_("Until"),
        widget=forms.DateTimeInput(attrs=_MOMENT, format="%Y-%m-%dT%H:%M"),
        error_messages=_WRONG_MOMENT,
    )
    who = forms.ChoiceField(
        label=_("Who is on duty then?"),
        choices=lambda: vocabularies.choices("duty_exception"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose an answer.")},
        initial=PERSON,
    )
    person = _person(required=False)

    def __init__(self, *args: Any, desk: Desk, **kwargs: Any) -> None:
        super().__init__(*args, desk=desk, **kwargs)
        said = vocabularies.choices("duty_exception")
        offered = [each for each in said if desk.cover_desk_id or each[0] != COVER]
        offer(self, "who", offered)

    def given(self) -> ExceptionGiven:
        said = self.cleaned_data
        person = said["person"] if said["who"] == PERSON else None
        return ExceptionGiven(said["since"], said["until"], said["who"], person)
