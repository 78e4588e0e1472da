"""What the pages of the verbs take in. Forms check shapes; they do not know the actor."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination import vocabularies
from coordination.calendar import end_of_day
from coordination.models import Desk, User
from coordination.offered import offer
from coordination.words import optional
from referrals import audience
from referrals.addressees import Addressees, desk_choices
from referrals.basis_forms import BasisForm
from referrals.fields import day, one, several
from referrals.questions import answers_to, in_order
from referrals.rail_forms import said
from referrals.saying import SaysForm


class VersionForm(forms.Form):
    """The version that the person read, so that nobody answers what they have not seen."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def arguments(self) -> dict[str, Any]:
        """Return what the action of the verb takes."""
        return dict(self.cleaned_data)


class SayingForm(SaysForm, VersionForm):
    """A verb with which something may be said in words."""

    def arguments(self) -> dict[str, Any]:
        return {**self.codes(), "words": self.said()}


class AskForm(SayingForm):
    questions = several("question", _("What do you need to know?"), required=True)


class AnswerForm(SayingForm):
    """One field a question, named by the question's code."""

    def __init__(self, *args: Any, questions: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = in_order(questions)
        for question in self.questions:
            label = vocabularies.label("question", question)
            self.fields[question] = one("answer", label, codes=answers_to(question))
        self.order_fields([*self.questions, "words"])

    def arguments(self) -> dict[str, Any]:
        typed = super().arguments()
        answers = {each: typed.pop(each) for each in self.questions}
        return {**typed, "answers": answers}


class DeclineForm(SayingForm):
    reason = forms.ChoiceField(
        label=_("Why can your desk not accept?"),
        choices=lambda: vocabularies.choices("decline_reason"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose a reason."),
            "invalid_choice": _("Choose a reason from the list."),
        },
    )
    suggested_desk = forms.ChoiceField(label=optional(_("Suggest another desk")), required=False)

    def __init__(self, *args: Any, desks: list[Desk], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.desks = {desk.slug: desk for desk in desks}
        offer(self, "suggested_desk", [("", _("No desk")), *desk_choices(desks)])

    def arguments(self) -> dict[str, Any]:
        suggested = self.desks.get(self.cleaned_data["suggested_desk"])
        return {**super().arguments(), "suggested_desk": suggested}


class WithdrawForm(SayingForm):
    reason = one("withdraw_reason", _("Why do you withdraw it?"))


class RequestWithdrawalForm(SayingForm):
    reason = one("withdraw_reason", _("Why should the receiver close it?"))


class ConfirmContactForm(VersionForm):
    method = one("contact_method", _("How did you speak?"))


class WaitlistForm(VersionForm):
    review_at = day(_("When will you look at it again?"), help_text=_("Within 90 days."))

    def clean_review_at(self) -> dt.datetime:
        return end_of_day(self.cleaned_data["review_at"])


class CompleteForm(SayingForm):
    """One field a service, named by the service's code."""

    def __init__(self, *args: Any, services: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.services = services
        for service in services:
            self.fields[service] = one("outcome", vocabularies.label("service_need", service))
        self.order_fields([*services, "words"])

    def arguments(self) -> dict[str, Any]:
        typed = super().arguments()
        outcomes = {each: typed.pop(each) for each in self.services}
        return {**typed, "outcomes": outcomes}


class ReopenForm(SayingForm):
    reason = one("reopen_reason", _("Why do you open it again?"))


class GiveBackForm(SayingForm):
    reason = one("give_back_reason", _("Why do you give it back?"))


class ResolveForm(SayingForm):
    reason = one("resolve_reason", _("Why is nothing left to do?"))


class RerouteForm(SayingForm, BasisForm):
    """To whom; and on which basis, where the one before has ended."""

    basis = one("consent_basis", _("Consent or legal basis"), codes=audience.bases_that_send())

    to = forms.ChoiceField(
        label=_("Send to"),
        error_messages={
            "required": _("Choose a desk or a team."),
            "invalid_choice": _("Choose a desk or a team from the list."),
        },
    )

    def __init__(
        self, *args: Any, offered: Addressees, carries_on: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.offered, self.carries_on = offered, carries_on
        if carries_on:
            for name in BasisForm.base_fields:
                self.fields.pop(name, None)
        offer(self, "to", [("", _("Choose")), *offered.choices])

    def clean(self) -> dict[str, Any]:
        return self.cleaned_data if self.carries_on else super().clean()

    def arguments(self) -> dict[str, Any]:
        typed = self.codes()
        return {
            "version": typed["version"],
            "to": self.offered.get(typed["to"]),
            "basis": None if self.carries_on else self.basis_given(typed),
            "words": self.said(),
            "said": said(self.data),
        }


class AssignForm(forms.Form):
    to = forms.ChoiceField(label=_("Who works on it?"), required=False)

    def __init__(self, *args: Any, people: Sequence[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(person.pk): person for person in people}
        names = [(key, person.get_full_name()) for key, person in self.people.items()]
        offer(self, "to", [("", _("Nobody")), *names])

    def person(self) -> User | None:
        return self.people.get(self.cleaned_data["to"])
