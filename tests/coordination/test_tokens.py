"""Tokens: shown once, scoped, counted, revoked; and what ends with the person. TRUST Z9, Z10."""

import datetime as dt
import threading

import psycopg
import pytest
from django.db import connection
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone
from rest_framework.settings import api_settings

from audit.models import Entry, EntryBody
from coordination.errors import Invalid
from coordination.models import ApiToken, User
from coordination.throttling import Reading, Stranger, Writing
from coordination.tokens import create_token
from tests import database
from tests.referrals.test_api import Api


@pytest.fixture
def peel(world):
    client = Client()
    client.force_login(world.user("peel-cas"))
    return client


def issue(client, scope="read", days="30"):
    typed = {"use": "reporting", "scope": scope, "days": days}
    return client.post("/en/account/tokens/", typed).context["text"]


def test_a_token_is_shown_once_and_kept_nowhere(world, peel):
    text = issue(peel)
    assert (text[:6], len(text)) == ("relay_", 70)
    assert Api(text).get("me").status_code == 200
    assert text not in peel.get("/en/account/tokens/").content.decode()
    with database.as_role("worker"):
        assert not ApiToken.objects.filter(digest__contains=text[6:]).exists()
        assert text not in str(list(EntryBody.objects.values_list("data", flat=True)))
        assert Entry.objects.filter(verb="token.issued").count() == 1


def test_a_wrong_choice_issues_nothing(peel):
    answer = peel.post("/en/account/tokens/", {"use": "a name", "scope": "all", "days": "9999"})
    assert (answer.status_code, answer.context["text"]) == (422, "")


def test_ten_are_enough(peel):
    for _ in range(10):
        assert issue(peel)
    answer = peel.post("/en/account/tokens/", {"use": "trial", "scope": "read", "days": "7"})
    assert answer.status_code == 422
    assert "Revoke one first" in answer.content.decode()


def paths(patterns, prefix=""):
    for each in patterns:
        route = prefix + str(each.pattern)
        if hasattr(each, "url_patterns"):
            yield from paths(each.url_patterns, route)
        else:
            yield route


def test_a_reading_token_changes_nothing_at_any_address(world, peel):
    reading = Api(issue(peel))
    for route in paths(get_resolver().url_patterns):
        if route.startswith("api/v1/"):
            path = route.removeprefix("api/v1/").replace("<str:reference>", "00000000")
            for method in ("post", "put", "patch", "delete"):
                ask = getattr(reading.client, method)
                answer = ask(f"/api/v1/{path.replace('<int:pk>', '1')}")
                assert (route, method, answer.status_code) == (route, method, 403)
                assert "only read" in answer.json()["detail"]
    assert reading.client.post("/api/schema/").status_code == 403
    assert reading.client.post("/api/v1/nowhere").status_code == 403
    with database.as_role("worker"):
        assert Entry.objects.filter(verb="access.refused").exists(), "who tried is in the record"


def test_a_revoked_token_ends_at_once(world, peel):
    api = Api(issue(peel))
    assert api.get("me").status_code == 200
    with database.as_role("worker"):
        token = ApiToken.objects.get(name="reporting-1")
        assert token.last_used_on == timezone.localdate()
    stranger = Client()
    stranger.force_login(world.user("ottawa-cas"))
    assert stranger.post(f"/en/account/tokens/{token.pk}/revoke/").status_code == 404
    peel.post(f"/en/account/tokens/{token.pk}/revoke/")
    assert api.get("me").status_code == 401


def test_an_expired_token_ends_by_itself(world, peel):
    api = Api(issue(peel))
    with database.as_role("worker"):
        ApiToken.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    assert api.get("me").status_code == 401


def test_who_is_deactivated_is_out_with_the_next_request(world, peel):
    """In the middle of a session, of a list's pages, and with a token."""
    for _ in range(27):
        world.referral()
    api = Api(issue(peel, scope="read_write"))
    onward = api.get("referrals?box=sent").json()["next"]
    assert peel.get("/en/inbox/sent/").status_code == 200
    with database.as_role("worker"):
        User.objects.filter(username="peel-cas.worker").update(is_active=False)
    assert api.get(onward.partition("/api/v1/")[2]).status_code == 401
    answer = peel.get("/en/inbox/sent/")
    assert (answer.status_code, "sign-in" in answer.url) == (302, True)


def test_of_many_issued_at_once_each_one_works_and_none_is_over_ten(world):
    user, shown, refused, gate = world.user("peel-cas"), [], [], threading.Barrier(12)

    def run():
        gate.wait()
        try:
            with world.acting("peel-cas") as actor:
                given = {"use": "reporting", "scope": "read", "days": 7}
                shown.append(create_token(actor=actor, at=timezone.now(), **given)[1])
        except Invalid as refusal:
            refused.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(shown), len(refused)) == (10, 2)
    assert {Api(text).get("me").status_code for text in shown} == {200}
    with database.as_role("worker"):
        assert user.tokens.count() == 10


OTHERS = "where user_id = {victim}"
ROW = "(user_id, name, digest, scope, expires_at)"


@pytest.mark.parametrize(
    "statement",
    [
        f"update coordination_apitoken set digest = 'x' {OTHERS}",
        f"update coordination_apitoken set expires_at = now() + interval '9 years' {OTHERS}",
        f"update coordination_apitoken set revoked_at = now() {OTHERS}",
        f"insert into coordination_apitoken {ROW} values"
        " ({victim}, 'other-1', 'x', 'read_write', now() + interval '1 year')",
        "update coordination_apitoken set expires_at = now() where user_id = {me}",
        "update coordination_apitoken set revoked_at = null where name = 'trial-1'",
        f"insert into coordination_apitoken {ROW} values"
        " ({me}, 'Jane Doe', 'x', 'read', now() + interval '1 year')",
    ],
)
def test_the_database_keeps_tokens_their_persons_own(world, statement):
    people = {"me": world.user("peel-cas").pk, "victim": world.user("ottawa-cas").pk}
    world.token("ottawa-cas")
    with database.as_superuser() as cursor:
        cursor.execute(
            f"insert into coordination_apitoken {ROW[:-1]}, revoked_at) values"
            f" ({people['me']}, 'trial-1', 'y', 'read', now() + interval '1 day', now())"
        )
    with psycopg.connect(database.url("app")) as app:
        app.execute("select set_config('relay.actor', %s, true)", [str(people["me"])])
        assert (
            app.execute(f"select 1 from coordination_apitoken {OTHERS}".format(**people)).fetchone()
            is None
        )
        try:
            changed = app.execute(statement.format(**people)).rowcount
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.CheckViolation):
            changed = 0
    assert changed == 0


def test_noting_the_use_waits_for_nobody(world):
    text = world.token("peel-cas")
    with psycopg.connect(database.url("worker")) as other:
        other.execute("update coordination_apitoken set last_used_on = last_used_on")
        with connection.cursor() as cursor:
            cursor.execute("set lock_timeout = '2s'")
        try:
            assert Api(text).get("me").status_code == 200
        finally:
            with connection.cursor() as cursor:
                cursor.execute("reset lock_timeout")


def test_strangers_are_slowed_by_address_and_systems_beside_them_are_not(world, monkeypatch):
    token = world.token("peel-cas")
    monkeypatch.setattr(Stranger, "THROTTLE_RATES", {"stranger": "2/min"})
    wrong = Api("relay_nothing")
    assert [wrong.get("me").status_code for _ in range(3)] == [401, 401, 429]
    assert int(wrong.get("me")["Retry-After"]) > 0
    assert Client().get("/api/schema/").status_code == 429
    assert Api(token).get("me").status_code == 200
    written = Client(headers={"X-Forwarded-For": "203.0.113.9"})
    assert written.get("/api/v1/me").status_code == 429, "a visitor does not choose their address"


def test_too_many_requests_are_slowed_with_words(world, peel, monkeypatch):
    rates = {"read": "3/min", "write": "1/min"}
    for throttle in (Reading, Writing):
        monkeypatch.setattr(throttle, "THROTTLE_RATES", rates)
    assert set(api_settings.DEFAULT_THROTTLE_RATES) == {*rates, "stranger", "invitation"}
    api = Api(issue(peel, scope="read_write"))
    assert [api.get("me").status_code for _ in range(4)] == [200, 200, 200, 429]
    answer = api.client.get("/api/v1/me", headers={"Accept-Language": "fr"})
    assert "Trop de requêtes" in answer.json()["detail"]
    assert answer["Content-Type"] == "application/problem+json"
    assert int(answer["Retry-After"]) > 0
    other = Api(world.token("ottawa-cas"))
    assert other.get("me").status_code == 200, "each person by themselves"
