"""What may be left out is called so, and only that; and what is wrong is said all at once."""

import re

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.utils import translation

from coordination import references, vocabularies
from coordination.people_forms import JoinForm
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


def test_what_is_wrong_is_listed_in_the_order_of_the_page(world):
    case = references.display(world.case().reference)
    client = Client()
    client.force_login(world.user("peel-cas"))
    for path in ("referrals/new/one-page", f"cases/{case}/refer", f"cases/{case}/hand-off"):
        page = client.post(f"/en/{path}/", {"key": "1"}).content.decode()
        listed = re.findall(r'href="#(field-\w+)"', page)
        assert len(listed) > 2
        assert listed == [each for each in re.findall(r'id="(field-\w+)"', page) if each in listed]
    assert list(JoinForm.base_fields)[:3] == ["first_name", "last_name", "username"]
