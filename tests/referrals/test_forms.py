"""What may be left out is called so, and only that; and what is wrong is said all at once."""

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from coordination import vocabularies
from referrals.case_forms import CloseForm
from referrals.forms import AnswerForm, AskForm, CompleteForm, DeclineForm
from referrals.views.notes import NoteForm


@pytest.mark.parametrize(("language", "said"), [("en", "(optional)"), ("fr", "(facultatif)")])
def test_words_are_called_optional_where_no_answer_asks_for_them(language, said):
    with translation.override(language):
        assert said in render_to_string("relay/_words.html", {"form": AskForm()})
        for form in (
            NoteForm(),
            DeclineForm(desks=[]),
            AnswerForm(questions=vocabularies.codes("question")),
            CompleteForm(services=["emergency_shelter"]),
            CloseForm(needs=["emergency_shelter"]),
        ):
            assert said not in render_to_string("relay/_words.html", {"form": form})


def test_a_desk_that_may_be_suggested_is_optional():
    form = DeclineForm(desks=[])
    page = render_to_string("relay/_field.html", {"field": form["suggested_desk"]})
    assert "Suggest another desk (optional)" in page


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"words": "Call 416-555-0199"}, {"reason", "words"}),
        ({"words": "Nobody is free."}, {"reason"}),
        ({"reason": "other", "suggested_desk": "nowhere"}, {"suggested_desk", "words"}),
        ({"reason": "other", "words": "Call 416-555-0199"}, set()),
    ],
)
def test_what_the_action_would_refuse_is_said_with_what_the_form_refuses(world, typed, wrong):
    form = DeclineForm({"version": 1, **typed}, desks=[])
    assert set(form.errors) == wrong, "the action asks the gate where nothing else is wrong"
    assert bool(form.marked) == ("words" in wrong and "words" in typed)
