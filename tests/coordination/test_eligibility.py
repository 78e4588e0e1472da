"""Whom a desk takes with a service: its own row first, then itself, then what its sector takes."""

import json

import pytest
from django.test import Client
from django.utils import timezone

from coordination import eligibility, vocabularies
from coordination.models import Agency, Desk, Eligibility
from referrals import guard_rails, proposals
from referrals.actions.sending import send_referral
from referrals.guard_rails import BeforeSending, Said
from tests import database
from tests.referrals.test_api import Api
from tests.referrals.test_guard_rails import drafted
from tests.referrals.test_life_cycle import act

OTTAWA, PEEL = "ottawa-cas", "peel-cas"
YOUNG = ["12_15", "16_17"]


def says(desk=OTTAWA, service="emergency_shelter", **columns):
    with database.as_role("worker"):
        Eligibility.objects.create(desk=Desk.objects.get(slug=desk), service=service, **columns)


def terms(service="emergency_shelter", desk=OTTAWA):
    return eligibility.terms_of(Desk.objects.get(slug=desk), service)


def unfit(found, age_band="18_20", gender="woman_girl"):
    return found.unfit(age_band=age_band, gender=gender)


def test_a_desk_that_says_nothing_takes_everybody(world):
    assert unfit(terms()) == frozenset()


def test_what_a_service_says_comes_before_what_the_desk_says(world):
    says(age_bands=YOUNG, genders=["man_boy"])
    with database.as_role("worker"):
        Desk.objects.filter(slug=OTTAWA).update(age_bands=["18_20"])
    assert unfit(terms()) == {"age", "gender"}
    assert unfit(terms("peer_support")) == frozenset()
    assert unfit(terms("peer_support"), age_band="12_15") == {"age"}


@pytest.mark.parametrize(
    ("age", "gender"), [("unknown", "not_disclosed"), ("unknown_minor", "man_boy")]
)
def test_what_is_not_known_speaks_against_nobody(world, age, gender):
    says(age_bands=["18_20"], genders=["man_boy"])
    assert unfit(terms(), age, gender) == frozenset()


@pytest.mark.parametrize(
    ("kind", "service", "fits", "not_taken"),
    [
        ("care_unit", "police_liaison", "12_15", "18_20"),
        ("community_org", "youth_residence", "16_17", "18_20"),
    ],
)
def test_a_sector_takes_the_same_everywhere(kind, service, fits, not_taken):
    found = eligibility.sector_terms(kind, service)
    assert unfit(found, fits) == frozenset()
    assert unfit(found, not_taken) == {"age"}
    assert found.source


def test_vwap_says_its_condition():
    assert eligibility.sector_terms("vwap", "court_support").condition == "charges_laid"


def test_the_sectors_rules_name_codes_and_sources():
    content = json.loads((vocabularies._DATA / "eligibility.json").read_text(encoding="utf-8"))
    for each in content["sector"]:
        assert each["source"]
        assert each.get("kind", "cas") in vocabularies.codes("organisation_kind")
        assert each.get("service", "dental") in vocabularies.codes("service_need")
        assert set(each.get("age_bands", [])) <= set(vocabularies.codes("age_band"))
        assert set(each.get("genders", [])) <= set(vocabularies.codes("gender_identity"))
        if condition := each.get("condition"):
            vocabularies.entry("eligibility_condition", condition)


def test_a_hopeless_referral_is_warned_about_before_and_sent_for_a_reason(world):
    says(age_bands=YOUNG)
    draft = drafted(world, world.case())
    with pytest.raises(BeforeSending) as asked:
        act(world, PEEL, send_referral, draft)
    assert [rail.code for rail in asked.value.rails] == ["age_not_taken"]
    said = Said(overrides={"age_not_taken": "receiver_agreed"})
    assert act(world, PEEL, send_referral, draft, said=said).status == "sent"


def test_a_team_is_warned_about_only_where_none_of_its_desks_takes_the_person(world):
    def found(desks):
        return eligibility.unfit_at(
            [Desk.objects.get(slug=each) for each in desks], None,
            services=["emergency_shelter"], age_band="18_20", gender="woman_girl",
        )  # fmt: skip

    says(age_bands=YOUNG)
    assert found([OTTAWA]) == {"age"}
    assert found([OTTAWA, "ottawa-community"]) == frozenset()


def test_a_contact_of_the_directory_is_measured_by_its_sector(world):
    with database.as_role("worker"):
        unit = Agency.objects.create(
            slug="unit", kind="care_unit", region="east", name_en="U", name_fr="U",
            privacy_regime="none", source="directory", police_involved=True,
        )  # fmt: skip
    case = world.case()
    with world.acting(PEEL):
        situation = guard_rails.situation_of(
            case, to=unit, desks=[], services=["police_liaison"], basis="express_informed"
        )
    assert situation["unfit"] == {"age"}


def test_the_service_that_does_not_take_the_person_is_not_proposed(world):
    says("peel-community", age_bands=YOUNG)
    answers = {
        "services": ["emergency_shelter"],
        "age_band": "18_20",
        "gender_identity": "woman_girl",
    }

    def slugs(services):
        with world.acting(PEEL) as actor:
            found = proposals.propose(
                {**answers, "services": services}, sender=actor.desk,
                kinds=["cas", "community_org"], at=timezone.now(),
            )  # fmt: skip
        return [each.desk.slug for each in found]

    assert "peel-community" not in slugs(["emergency_shelter"])
    assert "peel-community" in slugs(["peer_support"])


def test_the_directory_and_the_api_show_and_filter_by_it(world):
    says(age_bands=YOUNG)
    client = Client()
    client.force_login(world.user(PEEL))
    assert "12 to 15, 16 to 17" in client.get(f"/en/directory/{OTTAWA}/").content.decode()
    body = Api(world.token(PEEL))
    wanted = "desks?service=emergency_shelter&age_band={}"

    def slugs(age):
        return {each["slug"]: each for each in body.get(wanted.format(age)).json()["results"]}

    assert OTTAWA not in slugs("18_20")
    assert slugs("12_15")[OTTAWA]["eligibility"] == [
        {"service": "emergency_shelter", "age_bands": YOUNG, "genders": [], "condition": None}
    ]


def test_nobody_in_the_web_process_changes_it(world):
    says(age_bands=YOUNG)
    with world.acting(OTTAWA), pytest.raises(Exception, match="permission denied"):
        Eligibility.objects.all().delete()
