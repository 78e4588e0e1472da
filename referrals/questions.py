"""Which answers fit a question: `answers` of each code of the vocabulary `question`."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from cases.actions.notes import Words
from coordination import vocabularies
from coordination.errors import Invalid

IN_WORDS = "see_note"
"""Of the vocabulary `answer`: it says nothing without words."""


def answers_to(question: str) -> Sequence[str]:
    found: Sequence[str] = vocabularies.entry("question", question).extra["answers"]
    return found


def in_order(questions: Sequence[str]) -> list[str]:
    """Return them as the vocabulary orders them: a stored object does not keep an order."""
    return [code for code in vocabularies.codes("question") if code in questions]


def require_fitting(answers: Mapping[str, str], words: Words | None) -> None:
    """:raises Invalid: if an answer does not fit its question, or needs words and has none."""
    for question, answer in answers.items():
        if answer not in answers_to(question):
            raise Invalid(
                _("“%(answer)s” does not answer “%(question)s”")
                % {
                    "answer": vocabularies.label("answer", answer),
                    "question": vocabularies.label("question", question),
                },
                field="answers",
            )
    if IN_WORDS in answers.values() and words is None:
        raise Invalid(
            _("Write the answer in words, or choose another one than “%(answer)s”.")
            % {"answer": vocabularies.label("answer", IN_WORDS)},
            field="words",
        )


def described() -> str:
    """Return the table in words, for the reference of the API."""
    lines = (f"{code}: {', '.join(answers_to(code))}" for code in vocabularies.codes("question"))
    return f"Question code -> answer code. {'; '.join(lines)}. {IN_WORDS} needs `words`."
