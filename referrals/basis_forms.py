"""On which basis something is shared: a consent that the case has already, or what is said now."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.actions.consents import NOT_SO_FAR
from cases.models import Consent
from cases.models.consent import KINDS
from coordination import vocabularies
from coordination.calendar import end_of_day
from coordination.offered import offer
from referrals.actions.drafting import BasisGiven
from referrals.consents import choice_label
from referrals.fields import day, one, several

NEW = "new"


class BasisForm(forms.Form):
    """
    On which basis, with whom, until when. Nothing is ticked beforehand: it is the person's word.

    `consents` are those that the case has: one of them goes first, and whoever records what goes
    further than they do is asked. `asks` are the needs, where they are known beforehand: none of
    them stands for all that the person needs.
    """

    consent = forms.ChoiceField(
        label=_("What the person agreed to already"), widget=forms.RadioSelect, required=False
    )
    basis = one("consent_basis", _("Consent or legal basis"))
    consent_form = one("consent_form", _("How did the person agree?"), required=False)
    provision = forms.ChoiceField(
        label=_("Legal provision"),
        required=False,
        choices=lambda: [("", _("None")), *vocabularies.choices("legal_provision")],
        help_text=_("Only for a duty or authority by law."),
    )
    audience = several(
        "organisation_kind",
        _("With whom may it be shared?"),
        required=True,
        help_text=_("Without a police kind, no desk that works with police can see it."),
    )
    until = day(_("Until when?"))
    wider = forms.BooleanField(
        label=_("The person agreed to this now: it goes further than what is recorded."),
        required=False,
    )

    def __init__(
        self,
        *args: Any,
        consents: Sequence[Consent] = (),
        asks: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.consents = {str(each.number): each for each in consents}
        self.asks = asks
        if not consents:
            del self.fields["consent"], self.fields["wider"]
            return
        known = [(number, choice_label(each)) for number, each in self.consents.items()]
        offer(self, "consent", [*known, (NEW, _("Something else: say it here below"))])
        if self.data.get("consent") in self.consents:
            for name in ("basis", "audience", "until"):
                self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or self.cleaned_data
        chosen = self.consents.get(typed.get("consent", ""))
        if chosen:
            self._rest_on(chosen, typed)
        elif typed.get("basis") in KINDS:
            if not typed.get("consent_form"):
                self.add_error("consent_form", _("Say how the person agreed."))
            if self.consents and not typed["wider"] and not self._is_covered(typed):
                self.add_error(
                    "wider",
                    _("No consent of this case allows it. Ask the person, then tick this."),
                )
        return typed

    def _rest_on(self, consent: Consent, typed: dict[str, Any]) -> None:
        if "services" not in self.errors and not consent.covers(
            consent.kind,
            services=self._services(typed),
            audience=consent.audience,
            until=consent.until,
        ):
            self.add_error("consent", NOT_SO_FAR)
        typed |= {
            "basis": consent.kind,
            "audience": list(consent.audience),
            "until": timezone.localdate(consent.until),
            "ends_at": consent.until,
            "rests_on": consent.number,
            "consent_form": consent.form,
            "provision": "",
        }

    def _services(self, typed: Mapping[str, Any]) -> Sequence[str]:
        return typed.get("services") or [] if "services" in self.fields else self.asks

    def _is_covered(self, typed: Mapping[str, Any]) -> bool:
        """Tell whether a consent of the case allows what was typed; what is missing is an error."""
        if not typed.get("until"):
            return True
        return any(
            consent.covers(
                typed["basis"],
                services=self._services(typed),
                audience=typed.get("audience") or [],
                until=end_of_day(typed["until"]),
            )
            for consent in self.consents.values()
        )

    @property
    def provisions(self) -> Sequence[vocabularies.Entry]:
        """Return the provisions of the law, for the page to say what each of them allows."""
        return vocabularies.entries("legal_provision")

    @staticmethod
    def basis_given(typed: Mapping[str, Any]) -> BasisGiven:
        return BasisGiven(
            typed["basis"],
            typed["audience"],
            typed.get("ends_at") or end_of_day(typed["until"]),
            typed["provision"],
            typed.get("consent_form") or "",
            typed.get("rests_on"),
        )
