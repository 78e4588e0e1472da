"""What two agencies agree on changes how soon they answer each other, and nobody else."""

import datetime as dt

import pytest
from django.db import ProgrammingError
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from coordination.agreements import end_agreement, set_agreement
from coordination.errors import Invalid, NotAllowed
from coordination.models import Agency, Agreement
from coordination.roles import Role
from tests import database
from tests.referrals.test_api import Api


def agreed(world, target="within_2_h", *, by=("office", Role.COORDINATOR), other="ottawa-cas"):
    with world.acting(*by) as actor:
        agencies = (Agency.objects.get(slug="peel-cas"), Agency.objects.get(slug=other))
        return set_agreement(
            actor=actor, agencies=agencies, urgency="urgent", target=target, at=timezone.now()
        )


def hours(referral):
    return round((referral.due_at - referral.sent_at) / dt.timedelta(hours=1), 3)


def test_an_agreement_holds_between_its_two_agencies_in_both_directions(world):
    agreed(world)
    assert hours(world.referral()) == 2
    assert hours(world.referral("peel-cas", sender="ottawa-cas")) == 2
    assert hours(world.referral("ottawa-community")) == 24


def test_the_last_one_holds_and_what_was_sent_before_keeps_its_time(world):
    before = world.referral()
    agreed(world)
    agreement = agreed(world, "within_4_h")
    assert hours(world.referral()) == 4
    with world.acting("peel-cas"):
        before.refresh_from_db()
    assert hours(before) == 24
    with world.acting("office", Role.COORDINATOR) as actor:
        end_agreement(actor=actor, agreement=agreement, at=timezone.now())
    assert hours(world.referral()) == 24
    with database.as_role("worker"):
        entries = Entry.objects.filter(subject__startswith="agreement:").order_by("id")
        assert list(entries.values_list("verb", flat=True)) == [
            "agreement.set",
            "agreement.set",
            "agreement.ended",
        ]


def test_only_the_coordinator_writes_it_also_by_sql(world):
    with pytest.raises(NotAllowed):
        agreed(world, by=("peel-cas", Role.LEAD))
    with pytest.raises(Invalid):
        agreed(world, other="peel-cas")
    first, second = sorted(Agency.objects.values_list("pk", flat=True)[:2])
    with pytest.raises(ProgrammingError), world.acting("peel-cas"):
        Agreement.objects.create(
            first_id=first,
            second_id=second,
            urgency="urgent",
            target="days_14",
            agreed_at=timezone.now(),
        )


def test_the_page_writes_ends_and_keeps_what_was_chosen(world):
    client = Client()
    client.force_login(world.user("office", Role.COORDINATOR))
    given = {"first": "peel-cas", "second": "peel-cas", "urgency": "urgent", "target": "days_3"}
    refused = client.post("/en/agreements/", given)
    assert refused.status_code == 422
    assert "Choose two different agencies." in refused.content.decode()
    assert 'value="days_3" selected' in refused.content.decode()
    assert client.post("/en/agreements/", {**given, "second": "ottawa-cas"}).status_code == 302
    page = client.get("/fr/agreements/").content.decode()
    assert "En 3 jours" in page
    two = Agency.objects.filter(slug__in=["peel-cas", "ottawa-cas"]).order_by("pk")
    first, second = two.values_list("slug", flat=True)
    assert client.post(f"/en/agreements/{first}/{second}/urgent/end/").status_code == 302
    with world.acting("peel-cas"):
        assert not Agreement.objects.filter(ended_at=None).exists()


def test_agreements_through_the_api(world):
    office = Api(world.token("office", Role.COORDINATOR))
    desk = Api(world.token("peel-cas"))
    given = {"first": "ottawa-cas", "second": "nowhere", "urgency": "urgent"}
    given["target"] = "within_2_h"
    refused = office.post("agreements", given, Idempotency_Key="1")
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["second"])
    same = office.post("agreements", {**given, "second": "ottawa-cas"}, Idempotency_Key="2")
    assert (same.status_code, list(same.json()["errors"])) == (400, ["second"])
    given["second"] = "peel-cas"
    assert desk.post("agreements", given, Idempotency_Key="3").status_code == 403
    made = office.post("agreements", given, Idempotency_Key="3")
    assert made.status_code == 201
    assert office.post("agreements", given, Idempotency_Key="3").json() == made.json()
    assert desk.get("agreements").json()["results"] == [made.json()]
    assert hours(world.referral()) == 2
    one = made.json()
    end = f"agreements/{one['first']}/{one['second']}/urgent/end"
    assert desk.post(end, {}).status_code == 403
    assert office.post(end, {}).status_code == 204
    assert desk.get("agreements").json()["results"] == []
    assert office.post(end, {}).status_code == 404
