"""What the pages of hand-offs take in. Forms check shapes; they do not know the actor."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from referrals import audience
from referrals.addressees import Addressees
from referrals.fields import one
from referrals.forms import SayingForm, VersionForm
from referrals.handoff_checks import Checked, Proposal
from referrals.new_forms import SharingForm, moment_of_call
from referrals.saying import SaysForm
from referrals.targets import Target


class ProposeForm(SaysForm, SharingForm):
    """To whom, why, on which fresh basis, and what was checked first."""

    basis = one("consent_basis", _("Consent or legal basis"), codes=audience.bases_that_move())
    type = one("handoff_type", _("How is it handed off?"))
    reason = one("handoff_reason", _("Why is it handed off?"))
    consent_confirmed = forms.BooleanField(
        label=_("I checked today that the person, or the law, allows this."), required=False
    )
    safety_plan_reviewed = forms.BooleanField(
        label=_("I went through the safety plan with the person."), required=False
    )
    despite_areas = forms.BooleanField(
        label=_("If the team covers an area to avoid: the person says that it is so."),
        required=False,
    )

    field_order = ("type", "reason")

    def __init__(self, *args: Any, offered: Addressees, **kwargs: Any) -> None:
        super().__init__(*args, offered=offered, **kwargs)
        self.offered = offered

    @property
    def checks(self) -> list[forms.BoundField]:
        return [
            self[name] for name in ("consent_confirmed", "safety_plan_reviewed", "despite_areas")
        ]

    def target(self) -> Target:
        return self.offered.get(self.cleaned_data["to"])

    def proposal(self, *, now: dt.datetime) -> Proposal:
        typed = self.cleaned_data
        return Proposal(
            type=typed["type"],
            reason=typed["reason"],
            basis=self.basis_given(typed),
            checked=Checked(
                consent_confirmed=typed["consent_confirmed"],
                safety_plan_reviewed=typed["safety_plan_reviewed"],
                despite_areas=typed["despite_areas"],
            ),
            agreed_by_phone_at=moment_of_call(typed["agreed_at"], now=now),
        )


class DeclineHandoffForm(SayingForm):
    reason = one("decline_reason", _("Why can your desk not accept?"))


class WithdrawHandoffForm(SayingForm):
    reason = one("withdraw_reason", _("Why do you withdraw it?"))


class AcceptHandoffForm(VersionForm):
    """Only the version that was read."""
