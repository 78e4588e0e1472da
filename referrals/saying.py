"""A form in which something can be said in words that belong to a change."""

from cases.actions.notes import Words
from coordination.words import WordsForm


class SaysForm(WordsForm):
    """What is said is stored by the action, with its entry; without words there is nothing."""

    def said(self) -> Words | None:
        return Words(self.typed(), self.kept()) if self.typed() else None
