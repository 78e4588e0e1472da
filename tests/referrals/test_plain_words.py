"""What a page says is true, said once, and the same thing everywhere."""

import psycopg
from django.db import transaction
from django.utils import timezone, translation

from cases.actions.notes import Words
from coordination import vocabularies
from coordination.models import Desk
from referrals import wording
from referrals.actions.answering import accept_referral, decline_referral
from referrals.actions.sending import send_referral, withdraw_referral
from referrals.actions.serving import complete_referral
from referrals.guard_rails import Said
from tests import database
from tests.cases.test_entered_in_error import mark
from tests.referrals.test_afterwards import page
from tests.referrals.test_api import Api
from tests.referrals.test_handoffs import answer, propose
from tests.referrals.test_leading import shown
from tests.referrals.test_life_cycle import act

PEEL, OTTAWA = "peel-cas", "ottawa-cas"


def test_the_bar_of_a_phone_shows_two_actions_and_the_rest_in_whole_words(world):
    referral = act(world, OTTAWA, accept_referral, world.referral())
    told = page(world, OTTAWA, f"referrals/{shown(referral.reference)}/", "fr")
    bar, more = told.split('<div class="actbar">')[1].split("<summary")
    assert bar.count("ontario-button--") == 2
    assert "Annuler l’acceptation" in bar
    for words in ("Le service a commencé", "Mettre sur la liste d’attente", "Rendre l’aiguillage"):
        assert words in more
    with translation.override("fr"):
        assert str(wording.SHORT["start"]) == "Service commencé", "not where one starts"


def test_whoever_is_sent_a_child_is_told_of_the_duty_that_is_its_own(world):
    case = world.case(PEEL, age_band="12_15")
    referral = world.referral("ottawa-community", case=case, basis="substitute", sent=False)
    with world.acting(PEEL) as actor:
        send_referral(referral=referral, actor=actor, at=timezone.now(), said=Said("not_yet"))
    path = f"referrals/{shown(referral.reference)}/"
    received = page(world, "ottawa-community", path)
    assert "it is your own duty to report" in received
    assert "Phone now: Agency ottawa-cas" in " ".join(received.split())
    assert "it stays on my list" not in received, "what the sender said of it is not told"
    assert "it is your own duty to report" not in page(world, PEEL, path)
    grown = world.referral("ottawa-community")
    path = f"referrals/{shown(grown.reference)}/"
    assert "duty to report" not in page(world, "ottawa-community", path)


def test_what_is_completed_is_nobody_s_responsibility_any_more(world):
    referral = act(world, OTTAWA, accept_referral, world.referral())
    path = f"referrals/{shown(referral.reference)}/"
    assert "Responsible now" in page(world, OTTAWA, path)
    outcomes = {"emergency_shelter": "connected"}
    act(world, OTTAWA, complete_referral, referral, outcomes=outcomes)
    with database.as_superuser() as admin:
        admin.execute("update referrals_basis set until = now() - interval '1 hour'")
    for desk in (OTTAWA, PEEL):
        for each in (path, f"{path}print/"):
            over = page(world, desk, each)
            assert "Responsible now" not in over
            assert "stays responsible" not in over


def test_what_was_written_stands_at_the_top_beside_its_reason_and_on_paper(world):
    referral = world.referral(sent=False)
    act(world, PEEL, send_referral, referral, words=Words("Interpreter is arranged."))
    path = f"referrals/{shown(referral.reference)}/"
    top = page(world, OTTAWA, path).partition("h-need")[0]
    assert "The sender wrote:</strong> “Interpreter is arranged.”" in top
    words = Words("Intake is closed for renovation.")
    act(world, OTTAWA, decline_referral, referral, reason="other", words=words)
    top = page(world, PEEL, path).partition("h-need")[0]
    assert "Other (explain in the note). “Intake is closed for renovation.”" in top
    paper = page(world, PEEL, f"{path}print/", "fr")
    for text in ("Interpreter is arranged.", "Intake is closed for renovation."):
        assert f"«\xa0{text}\xa0»" in paper
        assert f"«\xa0{text}\xa0»" in page(world, PEEL, path, "fr")
    assert "“" not in paper


def test_what_was_agreed_by_phone_says_how_soon_it_is_confirmed(world):
    referral = world.referral(sent=False)
    now = timezone.now()
    with world.acting(PEEL) as actor:
        send_referral(referral=referral, actor=actor, at=now, agreed_by_phone_at=now)
    path = f"referrals/{shown(referral.reference)}/"
    assert "to be confirmed here within 1 hour" in page(world, PEEL, f"{path}sent/")
    for desk in (PEEL, OTTAWA):
        assert "Agreed by phone, to be confirmed by: " in page(world, desk, path)


def test_an_offer_shows_what_comes_with_it_and_not_which(world):
    case = world.case(needs=["dental"])
    moves = world.referral("north-cas", case=case), world.referral("peel-community", case=case)
    act(world, "peel-community", accept_referral, moves[1])
    offer = propose(world, case)
    path = f"handoffs/{shown(offer.reference)}/"
    for desk in (OTTAWA, PEEL):
        told = " ".join(page(world, desk, path).split())
        assert 'Open referrals that move too</dt><dd>2<ul class="plist">' in told
        assert told.count("Answer by: ") == 1
        assert vocabularies.label("service_need", "dental") in told
        whole = Api(world.token(desk)).get(f"handoffs/{shown(offer.reference)}").json()
        assert (whole["needs"], len(whole["moves"])) == (["dental"], 2)
        assert set(whole["moves"][0]) == {"status", "urgency", "due_at"}
        assert [each["status"] for each in whole["moves"]] == ["sent", "accepted"]
        assert whole["moves"][1]["due_at"] is None
    offered = page(world, OTTAWA, path)
    for hidden in moves:
        assert shown(hidden.reference) not in offered
    assert "north-cas" not in offered
    with database.as_role("owner"), transaction.atomic():
        Desk.objects.filter(slug=PEEL).update(time_zone="America/Winnipeg")
    assert "at the other desk)" in page(world, OTTAWA, path)
    with psycopg.connect(database.url("app")) as app:
        asks = "select count(*) from moves_with_handoff(%s)"
        for desk, count in ((OTTAWA, 2), ("ottawa-police", 0)):
            app.execute("select set_config('relay.actor', %s, true)", [str(world.user(desk).pk)])
            assert app.execute(asks, [offer.pk]).fetchone() == (count,)
        app.execute("select set_config('relay.actor', %s, true)", [str(world.user(OTTAWA).pk)])
        asks = "select urgency, extract(minute from due_at) * 60 + extract(second from due_at)"
        told = app.execute(f"{asks} from moves_with_handoff(%s)", [offer.pk]).fetchall()
        assert [past for _urgency, past in told] == [0, None], "to the hour: it picks none out"
    answer(world, "decline", offer, reason="no_capacity")
    assert "Open referrals that move too" not in page(world, PEEL, path)
    told = Api(world.token(PEEL)).get(f"handoffs/{shown(offer.reference)}").json()
    assert (told["needs"], told["moves"]) == (["dental"], [])


def test_which_of_two_cases_stays_is_asked_and_not_proposed(world):
    one, other = world.case(), world.case()
    both = page(world, PEEL, f"cases/{shown(one.reference)}/link/?code={other.reference}")
    stays = both.split('id="field-stays"')[1].split("</fieldset>")[0]
    assert stays.count('type="radio"') == 2
    assert "checked" not in stays


def test_a_list_of_cases_says_of_one_s_own_whom_they_are_about(world):
    case = world.case(needs=["dental"])
    act(world, OTTAWA, accept_referral, world.referral(case=case))
    age, need = (
        vocabularies.label("age_band", "18_20"),
        vocabularies.label("service_need", "dental"),
    )
    own = page(world, PEEL, "cases/")
    assert age in own
    assert need in own
    other = page(world, OTTAWA, "cases/")
    assert shown(case.reference) in other
    assert age not in other


def test_a_case_is_closed_once_nothing_of_it_is_open(world):
    referral = world.referral()
    path = f"cases/{shown(referral.case.reference)}/close/"
    told = page(world, PEEL, path)
    assert "These referrals are still open." in told
    assert '<form method="post" novalidate>' not in told
    act(world, PEEL, withdraw_referral, referral, reason="no_longer_needed")
    assert '<form method="post" novalidate>' in page(world, PEEL, path)


def test_what_was_entered_in_error_asks_for_no_report(world):
    case = world.case(age_band="12_15")
    path = f"cases/{shown(case.reference)}/"
    assert "Reported to a children’s aid society?" in page(world, PEEL, path)
    mark(world, case)
    told = page(world, PEEL, path)
    assert "Reported to a children’s aid society?" not in told
    assert ".m.." not in told


def test_who_could_see_it_tells_an_offer_from_a_referral(world):
    case = world.case()
    propose(world, case)
    told = page(world, PEEL, f"cases/{shown(case.reference)}/access/")
    assert "Offered the case" in told
    assert "Was offered the case" in told
    assert "Sent the referral" not in told
