"""Each question has its own answers, told in the questions' order."""

import re

import pytest
from django.utils import timezone

from audit.verbs import Verb
from cases.actions.notes import Words
from coordination import vocabularies
from coordination.errors import Invalid
from referrals import event_words, questions
from referrals.actions import answering, sending


def act(world, desk, action, referral, **arguments):
    with world.acting(desk) as actor:
        return action(referral=referral, actor=actor, at=timezone.now(), **arguments)


@pytest.mark.parametrize("question", vocabularies.codes("question"))
def test_each_question_has_its_own_answers(world, question):
    fitting = questions.answers_to(question)
    assert len(set(fitting)) == len(fitting) > 1
    assert set(fitting) < set(vocabularies.codes("answer"))
    wrong = next(code for code in vocabularies.codes("answer") if code not in fitting)
    referral = world.referral()
    act(world, "ottawa-cas", answering.ask_referral, referral, questions=[question])

    with pytest.raises(Invalid, match=re.escape(vocabularies.label("question", question))) as no:
        act(world, "peel-cas", sending.answer_referral, referral, answers={question: wrong})

    assert no.value.field == "answers"
    act(world, "peel-cas", sending.answer_referral, referral, answers={question: fitting[0]})


def test_an_answer_that_points_to_words_needs_them(world):
    referral = world.referral()
    act(world, "ottawa-cas", answering.ask_referral, referral, questions=["language"])
    answer = {"answers": {"language": "see_note"}}

    with pytest.raises(Invalid) as no:
        act(world, "peel-cas", sending.answer_referral, referral, **answer)

    assert no.value.field == "words"
    words = Words("Speaks it a little.")
    act(world, "peel-cas", sending.answer_referral, referral, **answer, words=words)


def test_answers_are_told_in_the_order_of_the_questions():
    asked = ["transport", "arrival_window"]  # as a stored object gives them
    told = event_words.detail_of(
        Verb.REFERRAL_ANSWERED, {"answers": {"transport": "yes", "arrival_window": "today"}}
    )
    assert told == "When can the person arrive? Today. Is transport arranged? Yes."
    assert event_words.detail_of(Verb.REFERRAL_ASKED, {"questions": asked}).startswith("When")
