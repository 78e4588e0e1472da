"""What the pages of a case's verbs take in. Forms check shapes; they do not know the actor."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.models import Case
from cases.states import OWN_VERB
from coordination import references, vocabularies
from coordination.calendar import end_of_day
from coordination.offered import offer
from coordination.words import optional
from referrals.fields import day, one, several
from referrals.forms import SayingForm, VersionForm
from referrals.new_forms import PersonForm


def perhaps(vocabulary: str, label: Any) -> forms.ChoiceField:
    """Return a field that may be taken back: a radio button that was chosen cannot be."""
    return forms.ChoiceField(
        label=label,
        required=False,
        choices=lambda: [("", _("Not provided")), *vocabularies.choices(vocabulary)],
    )


class ChangeForm(VersionForm, PersonForm):
    """All facts of a case, as they are recorded now."""

    needs = several("service_need", _("Needs"))
    trafficking_status = perhaps("trafficking_status", _("Trafficking status"))
    exploitation_types = several("exploitation_type", optional(_("Types of exploitation")))
    means_of_control = several("means_of_control", optional(_("Means of control")))
    recruiter_relation = perhaps("recruiter_relation", _("Recruiter"))
    justice_stage = perhaps("justice_stage", _("Justice stage"))

    def arguments(self) -> dict[str, Any]:
        typed = dict(self.cleaned_data)
        return {"version": typed.pop("version"), "facts": typed}


class FollowUpForm(SayingForm):
    review_at = day(_("When will you look at it again?"), help_text=_("Within 180 days."))

    def clean_review_at(self) -> dt.datetime:
        return end_of_day(self.cleaned_data["review_at"])


class CloseForm(SayingForm):
    """The reason, and one field a need, named by the need's code."""

    reason = one(
        "closure_reason",
        _("Why do you close it?"),
        codes=[each for each in vocabularies.codes("closure_reason") if each not in OWN_VERB],
    )

    def __init__(self, *args: Any, needs: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.needs = needs
        for need in needs:
            self.fields[need] = one("outcome", vocabularies.label("service_need", need))
        self.order_fields(["reason", *needs, "words"])

    def arguments(self) -> dict[str, Any]:
        typed = super().arguments()
        outcomes = {each: typed.pop(each) for each in self.needs}
        return {**typed, "outcomes": outcomes}


class MistakeForm(SayingForm):
    reason = one("case_error", _("What went wrong?"))


class ReportForm(VersionForm):
    def __init__(self, *args: Any, answers: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        label = _("Reported to a children’s aid society?")
        self.fields["child_report"] = one("child_report", label, codes=answers)


class OtherCaseForm(forms.Form):
    code = forms.CharField(
        label=_("Code of the other case"),
        max_length=20,
        error_messages={"required": _("Give a code.")},
    )


class LinkForm(SayingForm):
    """Which of both cases stays, and the needs that it has then."""

    other_version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    stays = forms.ChoiceField(
        label=_("Which one stays?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the case that stays.")},
    )
    needs = several("service_need", _("Needs from now on"))

    def __init__(self, *args: Any, both: Sequence[Case], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        codes = [each.reference for each in both]
        offer(self, "stays", [(code, references.display(code)) for code in codes])
        needs = dict.fromkeys(need for each in both for need in each.needs)
        offer(self, "needs", [(need, vocabularies.label("service_need", need)) for need in needs])

    def chosen(self, this: Case, other: Case) -> dict[str, Any]:
        """Return what the action takes: the case that is closed, and the one that stays."""
        typed = self.cleaned_data
        versions = {this.pk: typed["version"], other.pk: typed["other_version"]}
        closed, kept = (other, this) if typed["stays"] == this.reference else (this, other)
        return {
            "case": closed,
            "same_as": kept,
            "version": versions[closed.pk],
            "kept_version": versions[kept.pk],
            "needs": typed["needs"],
            "words": self.said(),
        }


class ReopenForm(SayingForm):
    """Only words, if any."""
