"""The directory: what desks offer now, what they say of themselves, and what nobody offers."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from audit import followers
from audit.models import Entry
from coordination import pace
from coordination.actions import report_gap, set_capacity
from coordination.errors import Invalid, NotAllowed
from coordination.models import Agency, Capacity, Desk, Pace, ServiceGap
from coordination.roles import Role
from referrals.actions import answering
from tests import database
from tests.referrals.test_api import Api
from tests.referrals.test_life_cycle import act

OTTAWA = "ottawa-cas"


@pytest.fixture
def peel(world):
    client = Client()
    client.force_login(world.user("peel-cas"))
    return client


def say(world, level, *, days=1, beds=None, **note):
    with world.acting(OTTAWA, Role.LEAD) as actor:
        now = timezone.now()
        until = now + dt.timedelta(days=days) if days else None
        return set_capacity(actor=actor, level=level, until=until, beds=beds, at=now, **note)


def shown(client, query=""):
    return [card.desk.slug for card in client.get(f"/en/directory/?{query}").context["cards"]]


def test_a_full_desk_is_left_out_until_it_is_open_again(world, peel):
    say(world, "full", beds=3)
    assert OTTAWA in shown(peel)
    assert OTTAWA not in shown(peel, "accepting=true")
    card = peel.get(f"/en/directory/{OTTAWA}/").context["card"]
    assert (card.level, card.beds) == ("full", 3)
    with database.as_role("worker"):
        past = timezone.now() - dt.timedelta(minutes=1)
        Capacity.objects.update(until=past, beds_until=past)
    assert OTTAWA in shown(peel, "accepting=true")
    card = peel.get(f"/en/directory/{OTTAWA}/").context["card"]
    assert (card.level, card.beds, card.until) == ("open", None, None)
    with database.as_role("worker"):
        assert Entry.objects.get(verb="desk.capacity_set").body.data["after"] == "full"


@pytest.mark.parametrize(("level", "days"), [("full", 0), ("limited", 15), ("full", -1)])
def test_limited_and_full_end_within_14_days(world, level, days):
    with pytest.raises(Invalid, match="14 days"):
        say(world, level, days=days)


def test_only_the_duty_lead_says_what_the_desk_can_take(world):
    with world.acting(OTTAWA) as actor, pytest.raises(NotAllowed):
        set_capacity(actor=actor, level="open", until=None, beds=None, at=timezone.now())


def test_row_level_security_keeps_another_desks_capacity(world):
    say(world, "full")
    with world.acting("peel-cas", Role.LEAD):
        assert Capacity.objects.filter(desk=world.desks[OTTAWA]).update(level="open") == 0


def test_the_capacity_page_keeps_what_was_typed(world):
    lead = Client()
    lead.force_login(world.user(OTTAWA, Role.LEAD))
    answer = lead.post("/en/desk/capacity/", {"level": "full", "until": "2099-01-01", "beds": "4"})
    assert answer.status_code == 422
    assert 'value="2099-01-01"' in answer.content.decode()
    day = (timezone.localdate() + dt.timedelta(days=3)).isoformat()
    answer = lead.post("/en/desk/capacity/", {"level": "limited", "until": day, "beds": ""})
    assert answer.status_code == 302


def test_the_api_says_and_shows_capacity(world):
    api = Api(world.token(OTTAWA, Role.LEAD))
    until = (timezone.now() + dt.timedelta(days=2)).isoformat()
    answer = api.post("capacity", {"level": "limited", "until": until, "beds": 2})
    assert (answer.status_code, answer.json()["capacity"]) == (200, "limited")
    found = api.get("desks?region=east&accepting=true").json()["results"]
    (desk,) = [each for each in found if each["slug"] == OTTAWA]
    assert (desk["beds_tonight"], desk["usual_time"]) == (2, "not_enough")
    assert api.post("capacity", {"level": "limited"}).status_code == 400


def test_a_search_narrows_and_shows_who_is_not_on_relay(world, peel):
    with database.as_role("worker"):
        Desk.objects.filter(slug=OTTAWA).update(age_bands=["12_15"], languages=["fr"])
        Agency.objects.create(
            slug="aid",
            kind="legal",
            region="east",
            name_en="Aid of Ottawa",
            name_fr="Aide",
            privacy_regime="none",
            source="directory",
        )
    assert shown(peel, "language=fr") == [OTTAWA]
    assert OTTAWA not in shown(peel, "age_band=18_20")
    assert OTTAWA in shown(peel, "age_band=12_15")
    page = peel.get("/en/directory/?name=ottawa")
    assert [each.slug for each in page.context["agencies"]] == ["aid"]
    assert len(page.context["cards"]) == 3
    assert shown(peel, "service=nonsense") == shown(peel)


def test_what_nobody_offers_is_said_and_told_to_the_office_once_a_day(world, peel):
    with database.as_role("worker"):
        Desk.objects.filter(slug="ottawa-cas").update(services=["dental"])
    page = peel.get("/en/directory/?service=dental&region=north")
    assert page.context["gap"]["nearest"] == "east"
    for _ in range(2):
        answer = peel.post("/en/directory/gap/", {"service": "dental", "region": "north"})
        assert answer.status_code == 302
    with database.as_role("worker"):
        assert ServiceGap.objects.count() == 1
        assert Entry.objects.filter(verb="gap.reported").count() == 1
    with world.acting("ottawa-cas"):
        assert not ServiceGap.objects.exists()
    with world.acting("peel-cas", Role.AGENCY_ADMIN) as actor, pytest.raises(NotAllowed):
        report_gap(actor=actor, service="dental", region="north", at=timezone.now())


def test_the_usual_time_is_learnt_from_the_record_and_coarse(world):
    for _ in range(pace.ENOUGH):
        act(world, OTTAWA, answering.accept_referral, world.referral())
        with database.as_role("worker"):
            band = pace.band_of(Pace.objects.filter(desk__slug=OTTAWA).first())
            assert band == "not_enough"
    with database.as_role("worker"):
        followers.drain("pace")
        followers.drain("pace")
        learnt = Pace.objects.get(desk__slug=OTTAWA)
    assert len(learnt.minutes) == pace.ENOUGH
    assert pace.band_of(learnt) == "within_1_h"


def test_the_last_fifty_are_kept():
    slow = Pace(minutes=[10_000] * pace.ENOUGH)
    assert pace.band_of(slow) == "longer"


def test_phones_and_cards_print_every_desk(world, peel):
    page = peel.get("/en/directory/phones/").content.decode()
    assert page.count("555-0100") == 9
    assert "Agency peel-police" in peel.get("/en/directory/teams/peel/").content.decode()


def test_a_reload_after_the_session_ended_leads_back_to_the_directory(peel):
    assert peel.get("/en/directory/gap/").url == "/en/directory/"


NOTE = "Intake by phone only after 20:00."


def test_a_note_tells_those_who_refer_what_no_code_says(world, peel):
    lead = Client()
    lead.force_login(world.user(OTTAWA, Role.LEAD))
    assert lead.post("/en/desk/capacity/", {"level": "open", "words": NOTE}).status_code == 302
    assert NOTE in lead.get("/en/desk/capacity/").content.decode()
    for page in ("", f"{OTTAWA}/", "teams/ottawa/"):
        assert NOTE in peel.get(f"/fr/directory/{page}").content.decode(), page
    api = Api(world.token("peel-cas"))
    (desk,) = [d for d in api.get("desks").json()["results"] if d["slug"] == OTTAWA]
    assert desk["capacity_note"] == NOTE
    with database.as_role("worker"):
        data = Entry.objects.get(verb="desk.capacity_set").body.data
        assert data["noted"] is True
        assert NOTE not in str(data)
        Capacity.objects.update(note_until=timezone.now())
    assert NOTE not in peel.get(f"/en/directory/{OTTAWA}/").content.decode()


def test_the_note_passes_the_gate_by_page_and_api(world):
    lead = Client()
    lead.force_login(world.user(OTTAWA, Role.LEAD))
    typed = {"level": "open", "words": "Ask for the girl of 17 years old."}
    asked = lead.post("/en/desk/capacity/", typed)
    assert (asked.status_code, "keep-exact_age" in asked.content.decode()) == (422, True)
    assert typed["words"] in asked.content.decode()
    api = Api(world.token(OTTAWA, Role.LEAD))
    answer = api.post("capacity", {"level": "open", "words": "Call 416-555-0199"})
    assert (answer.status_code, answer.json()["findings"][0]["kind"]) == (400, "phone")
    with database.as_role("worker"):
        assert not Capacity.objects.exists()
    kept = api.post("capacity", {**typed, "keep": {"exact_age": "safety"}})
    assert (kept.status_code, kept.json()["capacity_note"]) == (200, typed["words"])
    with database.as_role("worker"):
        data = Entry.objects.get(verb="desk.capacity_set").body.data
        assert data["kept"] == {"exact_age": "safety"}
