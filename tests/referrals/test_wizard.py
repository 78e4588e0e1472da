"""The four steps: what is kept, what is asked once before sending, and that it is sent once."""

import datetime as dt
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import Case
from coordination.models import Capacity, Desk
from coordination.templatetags.relay import day
from referrals import proposals
from referrals.actions.unsent import forget_unsent
from referrals.models import Referral, UnsentForm
from tests import database

NEED = {"urgency": "urgent", "services": ["emergency_shelter"]}
PERSON = {
    "age_band": "18_20",
    "gender_identity": "woman_girl",
    "situation": "left_recently",
    "service_language": "en",
    "indigenous_led": "not_asked",
    "dependants": "0",
}


def sharing():
    return {
        "basis": "express_informed",
        "consent_form": "spoken",
        "audience": ["cas", "community_org"],
        "until": (timezone.localdate() + dt.timedelta(days=30)).isoformat(),
        "proposed": "desk:ottawa-cas",
        "to": "",
    }


@pytest.fixture
def peel(world):
    client = Client()
    client.force_login(world.user("peel-cas"))
    return client


def walk(client, **changes):
    """Fill in the three steps; return the address of the last one."""
    answer = client.post("/en/referrals/new/", {**NEED, **changes})
    assert answer.status_code == 302, answer.context["form"].errors
    answer = client.post(answer.url, {**PERSON, **changes})
    page = client.get(answer.url)
    offered = {p.value for p in page.context["form"].proposals}
    given = {**sharing(), **changes}
    if given["proposed"] not in offered:
        given |= {"to": given["proposed"], "proposed": ""}
    answer = client.post(answer.url, given)
    assert answer.status_code == 302, answer.context["form"].errors
    return answer.url


def counted():
    with database.as_role("worker"):
        return Case.objects.count(), Referral.objects.count(), UnsentForm.objects.count()


def test_nothing_is_opened_or_sent_before_the_last_step(peel):
    check = walk(peel)
    assert counted() == (0, 0, 1)
    assert peel.get(check).status_code == 200
    assert counted() == (0, 0, 1)
    answer = peel.post(check)
    assert answer.url.endswith("/sent/")
    assert counted() == (1, 1, 0)
    assert peel.get(answer.url).status_code == 200


def test_sending_twice_sends_once_and_shows_the_same_code(peel):
    check = walk(peel)
    first, second = peel.post(check), peel.post(check)
    assert first.url == second.url
    for step in ("check", "need", "sharing"):
        assert peel.get(check.replace("/check/", f"/{step}/")).url == first.url
    assert counted() == (1, 1, 0)


def test_it_is_the_writers_alone(world, peel):
    check = walk(peel)
    colleague = Client()
    colleague.force_login(world.user("peel-cas", "lead"))
    assert colleague.get(check).status_code == 404
    with world.acting("ottawa-cas"):
        assert not UnsentForm.objects.exists()


def test_what_was_refused_is_not_kept(peel):
    answer = peel.post("/en/referrals/new/", {"urgency": "very", "services": ["a bed"]})
    assert answer.status_code == 422
    assert counted() == (0, 0, 0)


def test_a_change_leads_back_to_the_check(peel):
    check = walk(peel)
    step = check.replace("/check/", "/need/") + "?back=check"
    assert peel.get(step).context["form"].initial["urgency"] == "urgent"
    answer = peel.post(step, {**NEED, "urgency": "planned"})
    assert answer.url == check


def test_it_is_saved_for_later_and_thrown_away(peel):
    answer = peel.post("/en/referrals/new/", {**NEED, "later": "1"})
    drafts = peel.get(answer.url)
    (unsent,) = drafts.context["unsent"]
    peel.post(reverse("referrals:discard", args=[unsent.reference]))
    assert counted() == (0, 0, 0)


def test_it_is_forgotten_after_seven_days(peel):
    peel.post("/en/referrals/new/", NEED)
    with database.as_role("worker"):
        assert forget_unsent(at=timezone.now() + dt.timedelta(days=6)) == 0
        assert forget_unsent(at=timezone.now() + dt.timedelta(days=7, minutes=1)) == 1


def test_immediate_asks_once_whether_they_were_phoned(peel):
    check = walk(peel, urgency="immediate")
    asked = peel.post(check)
    assert (asked.status_code, asked.context["asked"]) == (200, "phoned")
    assert counted()[1] == 0
    assert peel.post(check, {"confirmed": "phoned"}).status_code == 302
    assert counted()[1] == 1


def test_what_looks_alike_asks_once(peel):
    peel.post(walk(peel))
    check = walk(peel)
    asked = peel.post(check)
    assert (asked.status_code, asked.context["asked"]) == (200, "another_person")
    assert peel.post(check, {"confirmed": "another_person"}).status_code == 302


def test_what_cannot_be_sent_is_refused_once_more_with_words_before_sending(peel):
    first = peel.post("/en/referrals/new/", NEED)
    page = peel.post(first.url, PERSON).url
    police = {**sharing(), "proposed": "", "to": "desk:ottawa-police"}
    peel.post(page, {**police, "later": "1"})
    check = page.replace("/sharing/", "/check/")
    assert peel.get(check).status_code == 200
    answer = peel.post(check)
    assert answer.status_code == 422
    assert "does not allow sharing" in answer.content.decode()
    assert counted() == (0, 0, 1), "and what was filled in is still there"


@pytest.mark.parametrize(
    ("field", "words", "changes"),
    [
        ("basis", "Choose an answer from the list.", {"basis": "withdrawn"}),
        ("basis", "Nothing can be sent on this basis", {"basis": "not_yet"}),
        ("to", "does not allow sharing", {"proposed": "", "to": "desk:ottawa-police"}),
        ("until", "The basis has ended", {"until": "2020-01-31"}),
        ("until", "before the year 2200", {"until": "2200-01-31"}),
        ("provision", "only for a legal duty", {"basis": "legal_duty"}),
        ("provision", "not open to your kind", {"basis": "legal_duty", "provision": "cspa_s80"}),
        (
            "to",
            "Choose one: a desk that fits, or another one.",
            {"to": "desk:north-cas"},
        ),
    ],
)
def test_what_sending_would_refuse_is_refused_at_the_step_and_nothing_is_lost(
    peel, field, words, changes
):
    first = peel.post("/en/referrals/new/", NEED)
    page = peel.post(first.url, PERSON).url
    fits = peel.get(page).context["form"].proposals[0].value

    given = {**sharing(), "proposed": fits, **changes}
    answer = peel.post(page, given)

    assert answer.status_code == 422
    form = answer.context["form"]
    assert words in str(form.errors[field])
    assert {name: form[name].value() for name in given} == given
    assert counted() == (0, 0, 1)


def test_what_cannot_be_sent_yet_is_kept_for_later(peel):
    first = peel.post("/en/referrals/new/", NEED)
    page = peel.post(first.url, PERSON).url
    answer = peel.post(
        page, {**sharing(), "proposed": "", "to": "team:ottawa", "basis": "not_yet", "later": "1"}
    )
    assert answer.url.endswith("/drafts/")


def test_agreed_by_phone_is_the_last_such_moment(peel):
    called = timezone.localtime() - dt.timedelta(minutes=3)
    peel.post(walk(peel, urgency="immediate", agreed_at=called.strftime("%H:%M")))
    with database.as_role("worker"):
        agreed = Referral.objects.get().agreed_by_phone_at
    assert dt.timedelta(0) <= timezone.now() - agreed < dt.timedelta(minutes=5)


def test_on_one_page_the_day_of_the_call_is_said_before_anything_is_sent(peel):
    now = timezone.localtime()
    page = "/en/referrals/new/one-page/"
    assert f"is yesterday’s, {day(now - dt.timedelta(days=1))}." in peel.get(page).text
    for called, words in ((now, "today at"), (now + dt.timedelta(minutes=2), "yesterday at")):
        if called.date() == now.date():
            refused = peel.post(page, {"agreed_at": called.strftime("%H:%M")})
            assert f"You gave: {words}" in refused.text
            assert refused.status_code == 422


def answers(**changes):
    return {**NEED, **PERSON, "areas_to_avoid": [], **changes}


def proposed(world, **changes):
    with world.acting("peel-cas") as actor:
        found = proposals.propose(
            answers(**changes),
            sender=actor.desk,
            kinds=["cas", "community_org"],
            at=timezone.now(),
        )
    return [each.desk.slug for each in found]


def test_three_desks_fit_best_and_none_is_outside_the_audience(world):
    found = proposed(world)
    assert len(found) == 3
    assert found[0] == "peel-community", "of the same region first"
    assert not {"peel-cas", "peel-police", "ottawa-police"} & set(found)


def test_a_team_of_an_area_to_avoid_is_not_proposed(world):
    assert not [d for d in proposed(world, areas_to_avoid=["peel-area"]) if d.startswith("peel")]


@pytest.mark.parametrize(
    ("columns", "changes"),
    [
        ({"age_bands": ["12_15"]}, {}),
        ({"genders": ["man_boy"]}, {}),
        ({"services": ["dental"]}, {}),
    ],
)
def test_a_desk_that_does_not_take_the_person_is_not_proposed(world, columns, changes):
    with database.as_role("worker"):
        Desk.objects.filter(slug="peel-community").update(**columns)
    assert "peel-community" not in proposed(world, **changes)


def test_a_full_desk_comes_last(world):
    with database.as_role("worker"):
        Capacity.objects.create(
            desk=Desk.objects.get(slug="peel-community"),
            level="full",
            until=timezone.now() + dt.timedelta(hours=1),
        )
    assert proposed(world)[0] != "peel-community"


@pytest.mark.parametrize("to", ["desk:ottawa-cas", "Jane Doe, 416 555 0199", "desk:peel-cas"])
def test_only_whom_one_can_send_to_is_kept_from_an_address(world, peel, to):
    """No text of an address gets into a table."""
    answer = peel.post(f"/en/referrals/new/?{urlencode({'to': to})}", NEED)
    assert answer.status_code == 302
    with database.as_role("worker"):
        kept = UnsentForm.objects.get().answers
    assert kept.get("to") == (to if to == "desk:ottawa-cas" else None)


def test_what_a_desk_does_not_say_that_it_offers_is_said_and_does_not_stop(world, peel):
    with database.as_role("worker"):
        Desk.objects.filter(slug="ottawa-cas").update(services=["emergency_shelter"])
    warned = "does not say that it offers: Dental care."
    check = walk(peel, services=["emergency_shelter", "dental"], proposed="desk:ottawa-cas")
    sharing_step = peel.get(check.replace("/check/", "/sharing/")).content.decode()
    assert "does not say that it offers Dental care" in sharing_step
    assert warned in peel.get(check).content.decode()
    assert warned in peel.post(check, follow=True).content.decode()
