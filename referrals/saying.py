"""A form in which something can be said in words that belong to a change."""

from cases.actions.notes import Words
from coordination.errors import Invalid
from coordination.words import WordsForm
from referrals import moves
from referrals.questions import IN_WORDS


class SaysForm(WordsForm):
    """What is said is stored by the action, with its entry; without words there is nothing."""

    needing_words = moves.NEEDS_WORDS | {IN_WORDS}

    def said(self) -> Words | None:
        return Words(self.typed(), self.kept()) if self.typed() else None

    def full_clean(self) -> None:
        """Tell that a reason needs words together with what else is wrong."""
        super().full_clean()
        if not self.is_bound or self.is_valid() or self.has_error("words"):
            return
        for chosen in [each for each in self.codes().values() if isinstance(each, str)]:
            try:
                moves.require_words(chosen, self.said())
            except Invalid as refusal:
                self.refuse(refusal)
                return
