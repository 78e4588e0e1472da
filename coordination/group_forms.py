"""What the pages of working groups take in: codes and days first, one screened text each."""

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from coordination import group_actions, groups, vocabularies
from coordination.action_states import Transition
from coordination.errors import Refused
from coordination.models import Agency, Desk, Meeting, WorkingGroup
from coordination.models.group import NAME
from coordination.offered import offer
from coordination.register_forms import day, one
from coordination.words import WordsForm, optional


class TextForm(WordsForm):
    """A form whose words are one text of a group, under that text's own name in its action."""

    text = "words"

    def refuse(self, refusal: Refused) -> None:
        if refusal.field == self.text:
            refusal.field = "words"
        super().refuse(refusal)
        if refusal.field != "words":
            self.marked = ()

    def _named(self, label: Any, *, required: bool = False) -> None:
        self.fields["words"].label = label
        self.fields["words"].required = required
        self.fields["words"].error_messages["required"] = _("Fill this in.")


def _name(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=NAME,
        widget=forms.TextInput(attrs={"class": "text", "autocomplete": "off"}),
        error_messages={"required": _("Fill this in.")},
    )


class GroupForm(TextForm):
    name_en = _name(_("Name in English"))
    name_fr = _name(_("Name in French"))
    agencies = forms.MultipleChoiceField(
        label=_("Agencies in the group"),
        help_text=_("Their people read the group: what it is for, its meetings and its actions."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one agency.")},
    )

    text = "purpose"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._named(_("What is it for?"), required=True)
        self.known = {agency.slug: agency for agency in groups.may_join()}
        offer(self, "agencies", _by_region(self.known))
        self.order_fields(["name_en", "name_fr", "words", "agencies"])

    def given(self) -> groups.GroupGiven:
        said = self.cleaned_data
        return groups.GroupGiven(
            name_en=said["name_en"],
            name_fr=said["name_fr"],
            purpose=self.typed(),
            agencies=[self.known[slug] for slug in said["agencies"]],
            keep=self.kept(),
        )


class MeetingForm(TextForm):
    on = day(_("Day"))
    time = forms.TimeField(
        label=pgettext_lazy("of the day", "Time"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"required": _("Give a time."), "invalid": _("Give a time as 14:30.")},
    )
    place = one("meeting_place", _("How do you meet?"))

    text = "agenda"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._named(_("Agenda"))

    def starts_at(self) -> dt.datetime:
        said = self.cleaned_data
        return timezone.make_aware(dt.datetime.combine(said["on"], said["time"]))

    def refuse(self, refusal: Refused) -> None:
        if refusal.field == "starts_at":
            refusal.field = "on"
        super().refuse(refusal)


class MoveMeetingForm(MeetingForm):
    """When a group meets instead, and how; the agenda stays."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["words"]


class CancelForm(forms.Form):
    reason = one("meeting_cancel_reason", _("Why is it cancelled?"))


class WriteUpForm(TextForm):
    attending = forms.MultipleChoiceField(
        label=optional(_("Which agencies came?")),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    text = "decisions"

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._named(_("What was decided?"))
        self.known = {agency.slug: agency for agency in groups.members_of(meeting.group)}
        offer(self, "attending", _labelled(self.known))

    def came(self) -> list[Agency]:
        return [self.known[slug] for slug in self.cleaned_data["attending"]]


class ActionForm(TextForm):
    owner = forms.ChoiceField(
        label=_("Which desk does it?"), error_messages={"required": _("Choose a desk.")}
    )
    due_on = day(_("By which day?"))

    text = "what"

    def __init__(self, *args: Any, group: WorkingGroup, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._named(_("What is to be done?"), required=True)
        self.known = {desk.slug: desk for desk in group_actions.owners(group)}
        named = [(slug, _label(desk)) for slug, desk in self.known.items()]
        offer(self, "owner", [("", ""), *named])
        self.order_fields(["words", "owner", "due_on"])

    def owner_desk(self) -> Desk:
        return self.known[self.cleaned_data["owner"]]


class MoveForm(TextForm):
    """The word with which an action moves; with a reason or a new day, where its verb needs one."""

    reason = one("action_drop_reason", _("Why is it dropped?"))
    due_on = day(_("By which day now?"))

    def __init__(self, *args: Any, step: Transition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._named(_("In a word"))
        if not step.with_reason:
            del self.fields["reason"]
        if step.verb != "reopen":
            del self.fields["due_on"]


class CauseForm(forms.Form):
    """What an action is for, as a link from there says it: of codes and names of desks alone."""

    group = forms.ChoiceField(
        label=_("Which group does it?"), required=False, widget=forms.RadioSelect
    )
    service = one("service_need", "", required=False)
    region = one("region", "", required=False)
    table = forms.CharField(required=False, max_length=40)
    period = forms.CharField(required=False, max_length=7)
    place = forms.CharField(required=False, max_length=120)
    desk = forms.ModelChoiceField(queryset=Desk.objects.all(), to_field_name="slug", required=False)

    def __init__(self, data: Any, *, known: dict[str, str]) -> None:
        super().__init__(data)
        offer(self, "group", known.items())

    def cause(self) -> group_actions.Cause:
        said = self.cleaned_data
        pairs = (each.partition("=") for each in said["place"].split(",") if each)
        return group_actions.Cause(
            service=said["service"],
            region=said["region"],
            table=said["table"],
            period=said["period"],
            place={name: code for name, _equals, code in pairs},
            desk=said["desk"],
        )


def _labelled(agencies: dict[str, Agency]) -> list[tuple[str, str]]:
    return [
        (slug, f"{agency.name} ({vocabularies.label('region', agency.region)})")
        for slug, agency in agencies.items()
    ]


def _by_region(agencies: dict[str, Agency]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return them below their regions: there are more than a hundred."""
    found: dict[str, list[tuple[str, str]]] = {}
    for slug, agency in agencies.items():
        found.setdefault(agency.region, []).append((slug, agency.name))
    return [(vocabularies.label("region", code), below) for code, below in found.items()]


def _label(desk: Desk) -> str:
    return f"{desk.name} · {desk.team.name}" if desk.team else desk.name
