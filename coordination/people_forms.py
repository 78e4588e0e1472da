"""What the administrator's pages take in. Forms check shapes; they do not know the actor."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination import vocabularies
from coordination.models import Desk
from coordination.models.network import PHONE
from coordination.offered import offer
from coordination.roles import Role
from coordination.words import optional

LANGUAGES = [("en", "English"), ("fr", "Français")]
_CHOOSE = {"required": _("Choose an answer."), "invalid_choice": _("Choose an answer.")}
_NAME = r"^[a-z0-9][a-z0-9._-]{2,79}$"


def text(label: Any, *, longest: int, **more: Any) -> forms.CharField:
    attrs = {"class": "text", "autocomplete": more.pop("autocomplete", "off")}
    return forms.CharField(
        label=label,
        max_length=longest,
        widget=forms.TextInput(attrs=attrs),
        error_messages={"required": _("Fill this in.")},
        **more,
    )


class SeatForm(forms.Form):
    """A desk and a role there, out of those that the administrator may give."""

    desk = forms.ChoiceField(label=_("Desk"), error_messages=_CHOOSE)
    role = forms.ChoiceField(label=_("Role"), widget=forms.RadioSelect, error_messages=_CHOOSE)

    def __init__(
        self, *args: Any, desks: Sequence[Desk], roles: Sequence[Role], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.by_slug = {each.slug: each for each in desks}
        offer(self, "desk", [(each.slug, _named(each)) for each in desks])
        offer(self, "role", [(str(role), vocabularies.label("role", role)) for role in roles])

    @property
    def chosen(self) -> Desk:
        return self.by_slug[self.cleaned_data["desk"]]


class InviteForm(SeatForm):
    email = forms.EmailField(
        label=_("Work e-mail"),
        widget=forms.EmailInput(attrs={"class": "text", "autocomplete": "off"}),
        error_messages={"required": _("Fill this in."), "invalid": _("Give an e-mail address.")},
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=LANGUAGES, widget=forms.RadioSelect, error_messages=_CHOOSE
    )

    field_order = ("email", "desk", "role", "language")


class JoinForm(forms.Form):
    first_name = text(_("First name"), longest=60, autocomplete="given-name")
    last_name = text(_("Last name"), longest=60, autocomplete="family-name")
    username = forms.RegexField(
        label=_("User name"),
        regex=_NAME,
        help_text=_("3 to 80 small letters, digits, dots, dashes. You sign in with it."),
        widget=forms.TextInput(
            attrs={"class": "text", "autocomplete": "username", "autocapitalize": "none"}
        ),
        error_messages={
            "required": _("Fill this in."),
            "invalid": _("3 to 80 small letters, digits, dots, dashes. You sign in with it."),
        },
    )
    password = forms.CharField(
        label=_("Password"),
        help_text=_("At least 8 characters, and not a common one."),
        widget=forms.PasswordInput(attrs={"class": "text", "autocomplete": "new-password"}),
        error_messages={"required": _("Fill this in.")},
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=LANGUAGES, widget=forms.RadioSelect, error_messages=_CHOOSE
    )


class DeskForm(forms.Form):
    """What a desk offers, how it is reached, and who covers it."""

    services = forms.MultipleChoiceField(
        label=optional(_("Services")),
        choices=lambda: vocabularies.choices("service_need"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    age_bands = forms.MultipleChoiceField(
        label=_("Ages"),
        help_text=_("None ticked: everybody."),
        choices=lambda: vocabularies.choices("age_band"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    genders = forms.MultipleChoiceField(
        label=_("Genders"),
        help_text=_("None ticked: everybody."),
        choices=lambda: vocabularies.choices("gender_identity"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    languages = forms.MultipleChoiceField(
        label=optional(_("Languages of service")),
        choices=lambda: vocabularies.choices("service_language"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    duty_phone = forms.RegexField(
        label=optional(_("Duty phone")),
        regex=PHONE,
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"class": "text", "autocomplete": "off", "inputmode": "tel"}),
        error_messages={"invalid": _("Give a phone number, as 416-555-0100.")},
    )
    opens_at = forms.TimeField(
        label=_("Opens at"),
        help_text=_("Leave both empty for around the clock."),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": _("Give a time as 08:30.")},
    )
    closes_at = forms.TimeField(
        label=_("Closes at"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": _("Give a time as 08:30.")},
    )
    cover_desk = forms.ChoiceField(
        label=optional(_("Cover desk")),
        help_text=_("Takes over what is pending here when nobody works here any more."),
        required=False,
        error_messages=_CHOOSE,
    )

    def __init__(self, *args: Any, covers: Sequence[Desk], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_slug = {each.slug: each for each in covers}
        nobody = ("", _("The team’s duty desk"))
        offer(self, "cover_desk", [nobody, *((each.slug, _named(each)) for each in covers)])

    def facts(self) -> dict[str, Any]:
        cover = self.cleaned_data["cover_desk"]
        return {**self.cleaned_data, "cover_desk": self.by_slug[cover] if cover else None}


def _named(desk: Desk) -> str:
    return f"{desk.name} ({desk.team.name})" if desk.team else desk.name
