"""The verbs through their pages: what is answered, kept, refused and recorded."""

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from audit.verbs import Verb
from cases.models import Case
from coordination import references
from referrals.models import Referral
from tests import database


class Person:
    def __init__(self, world, desk):
        self.client = Client()
        self.client.force_login(world.user(desk))

    def url(self, verb, referral):
        return reverse(f"referrals:{verb}", args=[references.display(referral.reference)])

    def post(self, verb, referral, **typed):
        return self.client.post(self.url(verb, referral), typed, follow=True)

    def get(self, verb, referral):
        return self.client.get(self.url(verb, referral), follow=True)


@pytest.fixture
def peel(world):
    return Person(world, "peel-cas")


@pytest.fixture
def ottawa(world):
    return Person(world, "ottawa-cas")


def status_of(referral):
    with database.as_role("worker"):
        return Referral.objects.get(pk=referral.pk).status


def test_asking_and_answering(world, peel, ottawa):
    referral = world.referral()
    ottawa.post("ask", referral, version=2, questions=["language", "transport"])
    assert status_of(referral) == "questioned"
    page = peel.get("answer", referral).content.decode()
    assert 'name="language"' in page
    assert 'name="transport"' in page
    assert 'value="tomorrow"' not in page, "which answers neither of the two"
    incomplete = peel.post("answer", referral, version=3, language="yes")
    assert incomplete.status_code == 422
    assert status_of(referral) == "questioned"
    peel.post("answer", referral, version=3, language="yes", transport="no")
    assert status_of(referral) == "sent"


def test_declining_needs_a_reason_and_keeps_what_was_typed(world, ottawa):
    referral = world.referral()
    wrong = ottawa.post("decline", referral, version=2, suggested_desk="north-cas")
    assert wrong.status_code == 422
    page = wrong.content.decode()
    assert "Choose a reason." in page
    assert '<option value="north-cas" selected>' in page
    assert page.index("<title>Error:") > 0
    ottawa.post("decline", referral, version=2, reason="no_capacity", suggested_desk="north-cas")
    assert status_of(referral) == "declined"


def test_withdrawing_and_the_page_of_the_other_side(world, peel, ottawa):
    referral = world.referral()
    assert ottawa.get("withdraw", referral).status_code == 403
    peel.post("withdraw", referral, version=2, reason="found_elsewhere")
    assert status_of(referral) == "withdrawn"


def test_who_comes_too_late_is_told_and_the_refusal_is_recorded(world, ottawa):
    referral = world.referral("ottawa")
    other = Person(world, "ottawa-community")
    other.get("detail", referral)
    ottawa.post("accept", referral, version=2)
    late = other.client.post(other.url("accept", referral), {"version": 2})
    assert late.status_code == 404, "its access ended with the other's acceptance"
    again = ottawa.post("accept", referral, version=3)
    assert "Not possible now" in again.content.decode()
    with database.as_role("worker"):
        statuses = [
            entry.body.data["status"]
            for entry in Entry.objects.select_related("body").filter(verb=Verb.ACCESS_REFUSED)
        ]
    assert statuses == [404, 409]


def test_what_changed_while_reading_is_not_answered_blindly(world, peel, ottawa):
    referral = world.referral()
    ottawa.post("ask", referral, version=2, questions=["language"])
    stale = ottawa.post("accept", referral, version=2)
    assert "Somebody changed this referral" in stale.content.decode()
    assert status_of(referral) == "questioned"


def test_a_bad_new_referral_stores_nothing(world, peel):
    answer = peel.client.post(reverse("referrals:new"), {"key": "k", "services": ["x" * 300]})
    assert answer.status_code == 422
    with database.as_role("worker"):
        assert not Case.objects.exists()


@pytest.mark.parametrize("code", ["nonsense", "7KQ4-M2X", "", "é\x00"])
def test_a_code_that_is_none_is_explained(world, peel, code):
    page = peel.client.get(reverse("referrals:find"), {"code": code}, follow=True)
    assert "not a code" in page.content.decode()


def test_a_code_opens_what_it_names_and_hides_what_is_not_ones_own(world, peel):
    referral = world.referral()
    stranger = Person(world, "north-cas")
    for reference in (referral.reference, referral.case.reference):
        typed = {"code": references.display(reference).lower()}
        assert peel.client.get(reverse("referrals:find"), typed, follow=True).status_code == 200
        assert stranger.client.get(reverse("referrals:find"), typed, follow=True).status_code == 404


def test_a_harmful_flag_reaches_only_the_services_that_need_it(world):
    case = world.case(safety_flags=["no_status", "no_housing"])
    shelter = world.referral(case=case)
    page = Person(world, "ottawa-cas").get("detail", shelter).content.decode()
    assert "No safe place tonight" in page
    assert "Precarious immigration status" not in page
    assert (
        "Precarious immigration status"
        in Person(world, "peel-cas").get("detail", shelter).content.decode()
    )


def test_another_agencys_worker_is_not_named(world, ottawa, peel):
    referral = world.referral()
    page = ottawa.get("detail", referral).content.decode()
    assert "duty worker, Agency peel-cas" in page
    assert "Alex ottawa-cas" in page
    assert "Alex peel-cas" not in page


def test_who_works_on_it_is_a_desks_own_business(world, ottawa, peel):
    referral = world.referral()
    answer = ottawa.client.post(
        reverse("referrals:assign", args=[references.display(referral.reference)]), {"to": "me"}
    )
    assert answer.status_code == 302
    assert "Assigned within the desk" in ottawa.get("detail", referral).content.decode()
    seen_by_sender = peel.get("detail", referral).content.decode()
    assert "Assigned within the desk" not in seen_by_sender
    assert "Seen" in seen_by_sender


def test_signing_in_names_the_field_as_its_label_does(world):
    page = Client().post("/en/sign-in/", {"login": "nobody", "password": "wrong"})
    assert "The user name or the password is not right." in page.content.decode()
    page = Client().post("/en/sign-in/", {"login": "", "password": "wrong"}).content.decode()
    assert "User name: This field is required." in page
