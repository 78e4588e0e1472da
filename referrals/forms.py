"""What the pages of the verbs take in. Forms check shapes; they do not know the actor."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination import vocabularies
from coordination.models import Desk, User
from referrals.actions.answering import NEEDS_WORDS
from referrals.addressees import Addressees, desk_choices
from referrals.fields import day, end_of_day, one, several


class VersionForm(forms.Form):
    """The version that the person read, so that nobody answers what they have not seen."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)


class AskForm(VersionForm):
    questions = several("question", _("What do you need to know?"), required=True)


class AnswerForm(VersionForm):
    """One field a question, named by the question's code."""

    def __init__(self, *args: Any, questions: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for question in questions:
            self.fields[question] = one("answer", vocabularies.label("question", question))

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
    reason = one("withdraw_reason", _("Why do you withdraw it?"))


class RequestWithdrawalForm(VersionForm):
    reason = one("withdraw_reason", _("Why should the receiver close it?"))


class ConfirmContactForm(VersionForm):
    method = one("contact_method", _("How did you speak?"))


class WaitlistForm(VersionForm):
    review_at = day(_("When will you look at it again?"), help_text=_("Within 90 days."))

    def clean_review_at(self) -> dt.datetime:
        return end_of_day(self.cleaned_data["review_at"])


class CompleteForm(VersionForm):
    """One field a service, named by the service's code."""

    def __init__(self, *args: Any, services: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for service in services:
            self.fields[service] = one("outcome", vocabularies.label("service_need", service))

    def outcomes(self) -> dict[str, str]:
        return {k: v for k, v in self.cleaned_data.items() if k != "version"}


class ReopenForm(VersionForm):
    reason = one("reopen_reason", _("Why do you open it again?"))


class GiveBackForm(VersionForm):
    reason = one("give_back_reason", _("Why do you give it back?"))


class ResolveForm(VersionForm):
    reason = one("resolve_reason", _("Why is nothing left to do?"))


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
