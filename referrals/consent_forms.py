"""What the pages of consents take in. Forms check shapes; they do not know the actor."""

import datetime as dt

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.actions.consents import ConsentGiven
from cases.models.consent import KINDS
from coordination.calendar import end_of_day
from referrals.fields import day, one, several
from referrals.forms import VersionForm


class ConsentForm(forms.Form):
    """What the person agreed to, as they said it."""

    kind = one("consent_basis", _("Who agreed, and to what?"), codes=KINDS)
    services = several(
        "service_need",
        _("For which needs?"),
        help_text=_("None chosen: for everything that the person needs."),
    )
    audience = several(
        "organisation_kind",
        _("With whom may it be shared?"),
        required=True,
        help_text=_("Without a police kind, no desk that works with police can see it."),
    )
    given_on = day(_("When did the person agree?"), initial=timezone.localdate)
    until = day(_("Until when?"))
    consent_form = one("consent_form", _("How was it given?"))

    def given(self) -> ConsentGiven:
        typed = self.cleaned_data
        until: dt.datetime = end_of_day(typed["until"])
        return ConsentGiven(
            kind=typed["kind"],
            services=typed["services"],
            audience=typed["audience"],
            given_on=typed["given_on"],
            until=until,
            form=typed["consent_form"],
        )


class WithdrawConsentForm(VersionForm):
    """Only the version that was read."""
