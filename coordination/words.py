"""Words in a form: a text behind the identifier gate, and why what may identify can stay."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from coordination import vocabularies
from coordination.errors import Invalid, Refused
from coordination.gate import patterns
from coordination.gate.texts import NOTE, Identifying, clear, marked

KEEP = "keep-"
"""Fields of the reasons to keep: this, and the kind of identifier."""


def optional(label: Any) -> Any:
    """Return the label of what may be left out, whatever else is answered."""
    return format_lazy("{} {}", label, _("(optional)"))


class WordsForm(forms.Form):
    """
    A form with a text. What was refused is shown to its writer again, and is nowhere else.

    Where the gate only warns, the form asks for each kind whether it stays, and why.
    """

    words = forms.CharField(
        label=_("In words"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "class": "words", "autocomplete": "off"}),
        help_text=_("At most 280 characters. No name, no place, no number that identifies."),
    )

    needing_words: frozenset[str] = frozenset()
    """Codes that say nothing by themselves: whoever chooses one is asked for words."""

    marked: Sequence[tuple[str, bool]] = ()
    """The text in pieces, when it was refused: what was found is True."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields([*(name for name in self.fields if name != "words"), "words"])
        for name in [name for name in self.data if name.startswith(KEEP)]:
            self._ask_why(name.removeprefix(KEEP))

    def full_clean(self) -> None:
        """Tell what the gate finds together with what else is wrong; else the action asks it."""
        super().full_clean()
        if not self.is_bound or self.is_valid() or self.has_error("words"):
            return
        try:
            clear(self.typed(), keep=self.kept(), field="words")
        except Invalid as refusal:
            self.refuse(refusal)

    @property
    def may_be_silent(self) -> bool:
        """Tell whether it can go without words, whatever is chosen in it."""
        fields = self.fields.values()
        radios = [each for each in fields if isinstance(each, forms.ChoiceField)]
        return not self.fields["words"].required and self.needing_words.isdisjoint(
            code
            for each in radios
            if not isinstance(each, forms.MultipleChoiceField)
            for code, _label in cast(Sequence[tuple[str, Any]], each.choices)
        )

    @property
    def keeping(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith(KEEP)]

    def typed(self) -> str:
        return str(self.cleaned_data.get("words") or "").strip()

    def kept(self) -> dict[str, str]:
        """Return kind -> reason, for what the writer keeps."""
        return {
            name.removeprefix(KEEP): value
            for name, value in self.cleaned_data.items()
            if name.startswith(KEEP) and value
        }

    @property
    def carried(self) -> list[forms.BoundField]:
        """Return the fields that a page between carries along, hidden: no table does."""
        return [self["words"], *self.keeping]

    def codes(self) -> dict[str, Any]:
        """Return the other fields' values."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name != "words" and not name.startswith(KEEP)
        }

    def refuse(self, refusal: Refused) -> None:
        """Show a refusal at its field; where something may stay, ask why."""
        if isinstance(refusal, Identifying):
            self.marked = marked(self.typed(), refusal.findings)
            for kind in refusal.to_confirm:
                self._ask_why(kind)
        self.add_error(refusal.field if refusal.field in self.fields else None, str(refusal))

    def _ask_why(self, kind: str) -> None:
        name = f"{KEEP}{kind}"[: len(KEEP) + NOTE]
        if name in self.fields or not patterns.is_known(kind):
            return
        self.fields[name] = forms.ChoiceField(
            label=_("Keep the %(kind)s? Say why.") % {"kind": patterns.label(kind)},
            required=False,
            choices=[("", _("No: I remove it")), *vocabularies.choices("keep_reason")],
        )
