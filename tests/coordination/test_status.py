"""Whether Relay is well, said truly: to people, to the balancer and to whoever watches."""

import datetime as dt

import pytest
from django.core.cache import cache
from django.db import OperationalError, transaction
from django.test import Client
from django.utils import timezone

from audit import gauges, sweeps
from audit.models import Gauge, Pending
from audit.record import record, recording_as
from audit.verbs import Verb
from coordination.models import Step
from coordination.roles import Role
from tests import database

LATE = "Notifications are delayed since"
TOKEN = "t" * 20


@pytest.fixture(autouse=True)
def _in_time(settings):
    settings.LATE_SECONDS = 60


def measured(ago=dt.timedelta()):
    with database.as_role("worker"):
        gauges.measure(at=timezone.now() - ago)
    cache.clear()


def page(world, path="/en/inbox/", who=("peel-cas", Role.WORKER)):
    client = Client()
    client.force_login(world.user(*who))
    return client.get(path).content.decode()


def test_every_page_says_when_people_are_told_late(world):
    world.referral()
    measured()
    assert LATE not in page(world)
    with database.as_role("owner"), transaction.atomic():
        Gauge.objects.filter(name="notify").update(
            oldest_at=timezone.now() - dt.timedelta(minutes=5)
        )
    cache.clear()
    assert LATE in page(world)
    assert "Les avis" in page(world, "/fr/status/")


def test_who_tells_nobody_makes_nobody_late(world):
    world.referral()
    measured()
    with database.as_role("owner"), transaction.atomic():
        Gauge.objects.filter(name="count").update(
            oldest_at=timezone.now() - dt.timedelta(minutes=5)
        )
    cache.clear()
    assert LATE not in page(world)


def test_what_was_loaded_long_after_it_happened_keeps_nobody_waiting(world):
    a_year_ago = timezone.now() - dt.timedelta(days=365)
    with database.as_role("worker"), recording_as("seed"):
        Pending.objects.all().delete()
        Step.objects.create(subject="referral:x", kind="overdue", due_at=a_year_ago)
        with transaction.atomic():
            record(Verb.SIGNED_IN, subject="user:x", at=a_year_ago)
    measured()
    by_name = {each.name: each for each in Gauge.objects.all()}
    assert by_name["steps"].waiting == 1
    assert timezone.now() - by_name["steps"].oldest_at < dt.timedelta(minutes=1)
    assert (by_name["notify"].waiting, by_name["notify"].oldest_at) == (1, None)
    assert LATE not in page(world)


def test_that_nobody_measures_is_late_too(world):
    measured(dt.timedelta(minutes=5))
    assert LATE in page(world)
    with database.as_role("worker"):
        assert sweeps.sweep("gauges") >= 4
    cache.clear()
    assert LATE not in page(world)


def test_what_is_owed_and_given_up_is_shown_to_the_office(world):
    world.referral()
    with database.as_role("worker"):
        Pending.objects.filter(follower="notify").update(parked_at=timezone.now())
        an_hour_ago = timezone.now() - dt.timedelta(hours=1)
        Step.objects.create(
            subject="referral:x", kind="overdue", due_at=an_hour_ago, planned_at=an_hour_ago
        )
    measured()
    by_name = {each.name: each for each in Gauge.objects.all()}
    assert by_name["notify"].waiting == 0
    assert by_name["notify"].parked > 0
    assert by_name["steps"].waiting == 1
    office = page(world, "/en/status/", ("office", Role.COORDINATOR))
    assert "(<code>steps</code>)" in office
    assert LATE in office
    assert "<code>" not in page(world, "/en/status/")


def test_metrics_are_there_for_who_has_the_token(world, settings):
    measured()
    client = Client()
    assert client.get("/metrics").status_code == 404
    settings.METRICS_TOKEN = TOKEN
    assert client.get("/metrics").status_code == 404
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    assert 'relay_owed_waiting{queue="notify"}' in answer.content.decode()
    assert 'relay_owed_measured_seconds_ago{queue="mail"}' in answer.content.decode()


@pytest.mark.parametrize(
    ("path", "says"),
    [("/en/inbox/", "Relay is away"), ("/api/v1/me", "Nothing was stored"), ("/readyz", "away")],
)
def test_while_postgresql_is_away_the_answer_is_503_and_says_when_to_try_again(
    world, monkeypatch, path, says
):
    client = Client(raise_request_exception=False)
    client.force_login(world.user("peel-cas"))

    def away(*_args, **_kwargs):
        raise OperationalError

    monkeypatch.setattr("django.db.backends.utils.CursorWrapper.execute", away)
    answer = client.get(path)
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert says in answer.content.decode()


def test_postgresql_that_goes_away_inside_a_view_of_the_api_is_503_too(world, monkeypatch):
    client = Client(raise_request_exception=False)
    client.force_login(world.user("peel-cas"))

    def away(*_args, **_kwargs):
        raise OperationalError

    monkeypatch.setattr("coordination.api.MeView.get", away)
    answer = client.get("/api/v1/me")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer["Content-Type"] == "application/problem+json"
    assert "Nothing was stored" in answer.content.decode()


def test_a_fault_of_ours_is_500_in_the_form_that_was_asked_for(world, monkeypatch):
    client = Client(raise_request_exception=False)
    client.force_login(world.user("peel-cas"))

    def broken(*_args, **_kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr("coordination.access.actor_for", broken)
    assert client.get("/en/inbox/").status_code == 500
    answer = client.get("/api/v1/me")
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")


def test_that_a_grant_drifted_is_seen_on_the_status_page(world):
    world.referral()
    measured()
    with database.as_role("worker"):
        gauges.measure_rarely(at=timezone.now() - dt.timedelta(minutes=50))
        assert Gauge.objects.get(name="grants").parked == 0
    cache.clear()
    assert LATE not in page(world)  # an hour between two measures is as it should be
    with database.as_superuser() as admin:
        admin.execute("set session_replication_role = replica")
        admin.execute("update referrals_referralgrant set box = 'closed' where reason = 'sender'")
    with database.as_role("worker"):
        gauges.measure_rarely(at=timezone.now())
        assert Gauge.objects.get(name="grants").parked == 1
    office = page(world, "/en/status/", ("office", Role.COORDINATOR))
    assert "<code>grants</code>" in office
