"""What the pages of referrals take in. Forms check shapes; they do not know the actor."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination import vocabularies
from coordination.models import Desk, User
from referrals.actions.answering import NEEDS_WORDS
from referrals.addressees import Addressees, Choices, area_choices, desk_choices

_REQUIRED = {"required": _("Choose an answer.")}


def _one(vocabulary: str, label: Any, **options: Any) -> forms.ChoiceField:
    options.setdefault("widget", forms.RadioSelect)
    return forms.ChoiceField(
        label=label,
        choices=lambda: vocabularies.choices(vocabulary),
        error_messages={**_REQUIRED, "invalid_choice": _("Choose an answer from the list.")},
        **options,
    )


def _several(vocabulary: str, label: Any, **options: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        choices=lambda: vocabularies.choices(vocabulary),
        widget=forms.CheckboxSelectMultiple,
        required=options.pop("required", False),
        error_messages={"required": _("Choose at least one."), **_INVALID_LIST},
        **options,
    )


def _day(label: Any, **options: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": _("Give a day."),
            "invalid": _("Give a day as 2026-12-31."),
        },
        **options,
    )


def end_of_day(day: dt.date) -> dt.datetime:
    """Return the last moment of a day in the acting desk's time zone."""
    return dt.datetime.combine(day, dt.time.max, timezone.get_current_timezone())


_INVALID_LIST = {"invalid_choice": _("Choose answers from the list.")}


class VersionForm(forms.Form):
    """The version that the person read, so that nobody answers what they have not seen."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class ReferForm(forms.Form):
    """What is asked, of whom, on which basis."""

    services = _several("service_need", _("What is needed"), required=True)
    urgency = _one("urgency", _("How urgent is it?"))
    basis = _one("consent_basis", _("Why may this be shared?"))
    provision = forms.ChoiceField(
        label=_("Legal provision"),
        required=False,
        choices=lambda: [("", _("None")), *vocabularies.choices("legal_provision")],
        help_text=_("Only for a duty or authority by law."),
    )
    audience = _several(
        "organisation_kind",
        _("With whom may it be shared?"),
        required=True,
        help_text=_("Without a police kind, no desk that works with police can see it."),
    )
    until = _day(_("Until when?"))
    to = forms.ChoiceField(
        label=_("Send to"),
        error_messages={
            "required": _("Choose a desk or a team."),
            "invalid_choice": _("Choose a desk or a team from the list."),
        },
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=100)

    def __init__(self, *args: Any, offered: Addressees, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: Choices | list[Any] = [("", _("Choose")), *offered.choices]
        self.fields["to"].choices = choices  # type: ignore[attr-defined]


class NewReferralForm(ReferForm):
    """The one-page new referral: the person's coded facts, then what `ReferForm` asks."""

    age_band = _one("age_band", _("Age group"))
    gender_identity = _one("gender_identity", _("Gender"), help_text=_("As the person says it."))
    situation = _one("situation", _("Situation"))
    service_language = _one("service_language", _("Language of service"), widget=forms.Select)
    indigenous_led = _one(
        "indigenous_led",
        _("Indigenous-led services"),
        initial="not_asked",
        help_text=_("Ask the person. Do not guess."),
    )
    safety_flags = _several("safety_flag", _("Safety"))
    contact_rules = _several("contact_rule", _("How to make contact"))
    areas_to_avoid = forms.MultipleChoiceField(
        label=_("Areas to avoid"),
        choices=area_choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        error_messages=_INVALID_LIST,
    )
    access_needs = _several("access_need", _("Access needs"))
    dependants = forms.TypedChoiceField(
        label=_("Travelling with"),
        choices=[(n, n) for n in range(10)],
        coerce=int,
        initial=0,
        help_text=_("How many children or others come along."),
    )


class AskForm(VersionForm):
    questions = _several("question", _("What do you need to know?"), required=True)


class AnswerForm(VersionForm):
    """One field a question, named by the question's code."""

    def __init__(self, *args: Any, questions: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for question in questions:
            self.fields[question] = _one("answer", vocabularies.label("question", question))

    def answers(self) -> dict[str, str]:
        return {k: v for k, v in self.cleaned_data.items() if k != "version"}


class DeclineForm(VersionForm):
    reason = forms.ChoiceField(
        label=_("Why can your desk not accept?"),
        choices=lambda: [
            choice
            for choice in vocabularies.choices("decline_reason")
            if choice[0] not in NEEDS_WORDS
        ],
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose a reason."),
            "invalid_choice": _("Choose a reason from the list."),
        },
    )
    suggested_desk = forms.ChoiceField(
        label=_("Suggest another desk"), required=False, help_text=_("Optional.")
    )

    def __init__(self, *args: Any, desks: list[Desk], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.desks = {desk.slug: desk for desk in desks}
        field = self.fields["suggested_desk"]
        field.choices = [("", _("None")), *desk_choices(desks)]  # type: ignore[attr-defined]

    def arguments(self) -> dict[str, Any]:
        suggested = self.desks.get(self.cleaned_data["suggested_desk"])
        return {**self.cleaned_data, "suggested_desk": suggested}


class WithdrawForm(VersionForm):
    reason = _one("withdraw_reason", _("Why do you withdraw it?"))


class RequestWithdrawalForm(VersionForm):
    reason = _one("withdraw_reason", _("Why should the receiver close it?"))


class ConfirmContactForm(VersionForm):
    method = _one("contact_method", _("How did you speak?"))


class WaitlistForm(VersionForm):
    review_at = _day(_("When will you look at it again?"), help_text=_("Within 90 days."))

    def clean_review_at(self) -> dt.datetime:
        return end_of_day(self.cleaned_data["review_at"])


class CompleteForm(VersionForm):
    """One field a service, named by the service's code."""

    def __init__(self, *args: Any, services: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for service in services:
            self.fields[service] = _one("outcome", vocabularies.label("service_need", service))

    def outcomes(self) -> dict[str, str]:
        return {k: v for k, v in self.cleaned_data.items() if k != "version"}


class ReopenForm(VersionForm):
    reason = _one("reopen_reason", _("Why do you open it again?"))


class GiveBackForm(VersionForm):
    reason = _one("give_back_reason", _("Why do you give it back?"))


class ResolveForm(VersionForm):
    reason = _one("resolve_reason", _("Why is nothing left to do?"))


class RerouteForm(VersionForm):
    to = forms.ChoiceField(
        label=_("Send to"),
        error_messages={
            "required": _("Choose a desk or a team."),
            "invalid_choice": _("Choose a desk or a team from the list."),
        },
    )

    def __init__(self, *args: Any, offered: Addressees, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = offered
        choices: list[Any] = [("", _("Choose")), *offered.choices]
        self.fields["to"].choices = choices  # type: ignore[attr-defined]

    def arguments(self) -> dict[str, Any]:
        return {**self.cleaned_data, "to": self.offered.get(self.cleaned_data["to"])}


class AssignForm(forms.Form):
    to = forms.ChoiceField(label=_("Who works on it?"), required=False)

    def __init__(self, *args: Any, people: Sequence[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(person.pk): person for person in people}
        self.fields["to"].choices = [  # type: ignore[attr-defined]
            ("", _("Nobody")),
            *((key, person.get_full_name()) for key, person in self.people.items()),
        ]

    def person(self) -> User | None:
        return self.people.get(self.cleaned_data["to"])
