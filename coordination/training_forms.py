"""What the pages of training take in. Forms check shapes; they do not know the actor."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.models import Course
from coordination.offered import offer
from coordination.people_forms import text
from coordination.register_forms import day, several
from coordination.training.courses import CourseGiven
from coordination.words import optional

_CHOOSE = {"required": _("Choose an answer."), "invalid_choice": _("Choose an answer.")}


class CompletionForm(forms.Form):
    """A course, out of those for the person's sector, and the day."""

    course = forms.ChoiceField(label=_("Course"), error_messages=_CHOOSE)
    completed_on = day(_("Completed on"))

    def __init__(self, *args: Any, courses: Sequence[Course], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_code = {each.code: each for each in courses}
        offer(self, "course", [("", ""), *((each.code, each.name) for each in courses)])

    @property
    def chosen(self) -> Course:
        return self.by_code[self.cleaned_data["course"]]


class CorrectionForm(forms.Form):
    completed_on = day(_("Completed on"))


class RequirementForm(forms.Form):
    courses = forms.MultipleChoiceField(
        label=_("One of these courses is needed to accept here"),
        help_text=_("None ticked: nothing is needed."),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    begins_on = day(_("From this day on"))

    def __init__(
        self,
        *args: Any,
        courses: Sequence[Course],
        holders: tuple[int, Mapping[str, int]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        people, held = holders
        # Said beforehand: what nobody has keeps the desk's lead busy with being told.
        said = _("%(course)s (held by %(n)s of %(people)s at this desk)")
        counted = {each.code: held.get(each.code, 0) for each in courses}
        labels = [
            (each.code, said % {"course": each.name, "n": counted[each.code], "people": people})
            for each in courses
        ]
        offer(self, "courses", labels)


class CourseForm(forms.Form):
    name_en = text(_("Name in English"), longest=80)
    name_fr = text(_("Name in French"), longest=80)
    provider = text(optional(_("Who gives it")), longest=80, required=False)
    months = forms.IntegerField(
        label=_("Valid for how many months?"),
        help_text=_("Leave empty if it is valid for good."),
        required=False,
        min_value=1,
        max_value=120,
        widget=forms.NumberInput(attrs={"class": "text", "inputmode": "numeric"}),
        error_messages={"invalid": _("Give a number.")},
    )
    address = text(
        optional(_("Web address")),
        longest=200,
        required=False,
        help_text=_("As https://example.org/course."),
    )
    sectors = several(
        "organisation_kind",
        _("Whom it is for"),
        required=False,
        help_text=_("None ticked: everybody."),
    )

    def given(self) -> CourseGiven:
        return CourseGiven(**self.cleaned_data)
