"""How a person says when they want mail."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination import vocabularies
from coordination.models import User
from notifications.kinds import DEFAULTS, Kind
from notifications.models import Mailbox, MailPreference


class MailForm(forms.Form):
    quiet_from = forms.TimeField(
        label=_("No mail from"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time", "class": "text"}, format="%H:%M"),
        help_text=_("By the clock of your desk. Something immediate comes while you are on duty."),
    )
    quiet_until = forms.TimeField(
        label=_("Until"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time", "class": "text"}, format="%H:%M"),
    )
    again = forms.BooleanField(label=_("My address is right: try it again"), required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.mailbox = Mailbox.objects.filter(user=user).first() or Mailbox(user=user)
        self.address = user.email
        chosen = dict(MailPreference.objects.filter(user=user).values_list("kind", "moment"))
        kwargs["initial"] = {
            "quiet_from": self.mailbox.quiet_from,
            "quiet_until": self.mailbox.quiet_until,
            **{kind: chosen.get(kind, DEFAULTS[kind]) for kind in Kind},
        }
        super().__init__(*args, **kwargs)
        for kind in Kind:
            self.fields[kind] = forms.ChoiceField(
                label=vocabularies.label("notice_kind", kind),
                choices=vocabularies.choices("mail_moment"),
                widget=forms.RadioSelect,
            )
        if self.mailbox.off_since is None:
            del self.fields["again"]

    def kinds(self) -> list[forms.BoundField]:
        return [self[kind] for kind in Kind]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        start, end = given.get("quiet_from"), given.get("quiet_until")
        if (start is None) != (end is None) and not self.errors:
            self.add_error("quiet_until", _("Give both times, or none."))
        return given

    def choices(self) -> dict[str, Any]:
        """Return what was chosen, as `actions.set_mail` takes it."""
        given = self.cleaned_data
        start: dt.time | None = given["quiet_from"]
        return {
            "moments": {str(kind): given[kind] for kind in Kind},
            "quiet": (start, given["quiet_until"]) if start is not None else None,
            "again": bool(given.get("again")),
        }
