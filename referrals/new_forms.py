"""
What a new referral asks, in three parts: the need, the person, the sharing.

The wizard shows them one after the other, the one-page form all together, and a case that is
already open needs the first and the last.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.offered import offer
from coordination.templatetags.relay import day, hour, moment
from coordination.words import optional
from referrals import audience
from referrals.addressees import Addressees, area_choices
from referrals.basis_forms import BasisForm
from referrals.fields import INVALID_LIST, one, several
from referrals.saying import SaysForm
from referrals.targets import Target

UNKNOWN = _("Nothing ticked: nothing is known.")
"""Of what is never called optional: a life may hang on it."""

NOT_YET = "not_yet"
"""Of the vocabulary `consent_basis`: of what is finished later, when the person was asked."""


class NeedForm(forms.Form):
    urgency = one("urgency", _("Urgency"))
    services = several("service_need", _("Services needed"), required=True)


class PersonForm(forms.Form):
    age_band = one("age_band", _("Age group"))
    gender_identity = one("gender_identity", _("Gender"), help_text=_("As the person says it."))
    situation = one("situation", _("Situation"))
    service_language = one("service_language", _("Language of service"), widget=forms.Select)
    indigenous_led = one(
        "indigenous_led",
        _("Indigenous-led services"),
        initial="not_asked",
        help_text=_("Ask the person. Do not guess."),
    )
    contact_rules = several("contact_rule", _("How to make contact"), help_text=UNKNOWN)
    safety_flags = several("safety_flag", _("Safety"), help_text=UNKNOWN)
    dependants = forms.TypedChoiceField(
        label=_("Travelling with"),
        choices=[(n, n) for n in range(10)],
        coerce=int,
        initial=0,
        help_text=_("How many children or others come along."),
    )
    access_needs = several("access_need", optional(_("Access needs")))
    areas_to_avoid = forms.MultipleChoiceField(
        label=optional(_("Areas to avoid")),
        choices=area_choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        error_messages=INVALID_LIST,
    )


class SharingForm(BasisForm):
    """
    The basis, and to whom. Who ticks nobody shares with the kind of agency that it is sent to.

    `proposed` are the values of `offered` to show first; the list has everybody.
    """

    basis = one(
        "consent_basis",
        _("Consent or legal basis"),
        codes=[*audience.bases_that_send(), NOT_YET],
        help_text=_("Not obtained yet: save it and finish later. Nothing is sent on it."),
    )
    proposed = forms.ChoiceField(
        label=_("Desks that fit"), required=False, widget=forms.RadioSelect
    )
    to = forms.ChoiceField(
        label=_("Send to"),
        required=False,
        error_messages={"invalid_choice": _("Choose a desk or a team from the list.")},
    )

    agreed_at = forms.TimeField(
        label=optional(_("Agreed by phone at")),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": _("Give a time as 14:30.")},
    )

    def __init__(
        self, *args: Any, offered: Addressees, proposed: Sequence[str] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.offered = offered
        self.fields["audience"].required = False
        self.fields["audience"].help_text = _(
            "Nothing ticked: only the kind of agency that you send it to. Without a police kind, "
            "no desk that works with police can see it."
        )
        self.fields["agreed_at"].help_text = self._day_of_the_call()
        offer(self, "to", [("", _("Choose")), *offered.choices])
        if proposed:
            self.fields["to"].label = _("Or another desk or team")
            names = [(value, str(offered.by_value[value].name)) for value in proposed]
            offer(self, "proposed", names)
        else:
            del self.fields["proposed"]

    def clean(self) -> dict[str, Any]:
        """Take the desk from the proposals or from the list; which one is meant is not guessed."""
        typed = super().clean() or self.cleaned_data
        proposed = typed.get("proposed", "")
        if "to" in typed:
            if proposed and typed["to"] and proposed != typed["to"]:
                self.add_error("to", _("Choose one: a desk that fits, or another one."))
                return typed
            typed["to"] = typed["to"] or proposed
            if not typed["to"]:
                self.add_error("to", _("Choose a desk or a team."))
            elif "audience" in typed and not typed["audience"]:
                self._share_with(self.offered.by_value[typed["to"]], typed)
        return typed

    def _day_of_the_call(self) -> str:
        """Return what the field says of the day, which nobody types, before anything is sent."""
        now = timezone.localtime()
        said = _(
            "Only if the receiver said yes on the phone: it confirms here with one tap, within 1 "
            "hour. A time after %(now)s is yesterday’s, %(yesterday)s."
        ) % {"now": hour(now.time()), "yesterday": day(now - dt.timedelta(days=1))}
        try:
            typed = self.fields["agreed_at"].clean(self.data.get(self.add_prefix("agreed_at")))
        except forms.ValidationError:
            typed = None
        if typed is None:
            return said
        called = moment(moment_of_call(typed, now=now))
        return f"{said} {_('You gave: %(called)s.') % {'called': called}}"

    def _share_with(self, target: Target, typed: dict[str, Any]) -> None:
        """Narrow what nobody ticked to the kind of the receiver; the police are always ticked."""
        kind = audience.kind_alone(target)
        if kind:
            typed["audience"] = [kind]
        else:
            self.add_error("audience", _("Choose with whom this may be shared."))


def moment_of_call(time: dt.time | None, *, now: dt.datetime) -> dt.datetime | None:
    """Return the last moment that a clock in the acting desk's zone showed this time."""
    if time is None:
        return None
    local = timezone.localtime(now)
    called = local.replace(hour=time.hour, minute=time.minute, second=0, microsecond=0)
    return called if called <= local else called - dt.timedelta(days=1)


class ReferForm(SaysForm, NeedForm, SharingForm):
    """A referral of a case that is open: its need and its sharing, on one page."""

    basis = one("consent_basis", _("Consent or legal basis"), codes=audience.bases_that_send())
    key = forms.CharField(widget=forms.HiddenInput, max_length=100)

    field_order = tuple(NeedForm.base_fields)


class NewReferralForm(SaysForm, NeedForm, PersonForm, SharingForm):
    """Everything on one page, for those who do it often."""

    basis = one("consent_basis", _("Consent or legal basis"), codes=audience.bases_that_send())
    key = forms.CharField(widget=forms.HiddenInput, max_length=100)

    field_order = (*NeedForm.base_fields, *PersonForm.base_fields)
