"""
P11, P14 of the fault matrix: what somebody sends is where it belongs, or nowhere.

Strings that occur nowhere else are put into every field, header and path of the real processes, and
into what makes them fail. Then everything that keeps or says anything is searched for them.
"""

import http.client
import json
import re
import threading
import time
import urllib.parse
from pathlib import Path

import pytest
import redis
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from psycopg import sql

from config.launch.roles import QUIET
from coordination import references
from coordination.roles import Role
from tests import database
from tests.referrals.test_api import CASE
from tests.test_permissions import BODIES, ROWS, address

pytestmark = pytest.mark.slow

REFUSED = "zqxcanary refused 416-555-0187"
ACCEPTED = "zqxcanarykept waits by the door"
NUMBER = re.compile(r"416.?555.?0187", re.IGNORECASE)
TRACE = re.compile(r"zqxcanary|416.?555.?0187", re.IGNORECASE)
FIELDS = [
    "words",
    "text",
    "note",
    "name",
    "label",
    "query",
    "q",
    "search",
    "username",
    "password",
    "login",
    "email",
    "reason",
    "reference",
    "case",
    "to_desk",
    "to",
    "to_agency",
    "to_province",
    "to_team",
    "services",
    "urgency",
    "basis",
    "code",
    "audience",
    "until",
    "outcomes",
    "answers",
    "questions",
    "level",
    "beds",
    "regex",
    "label_en",
    "label_fr",
    "finds",
    "passes",
    "answer",
    "method",
    "review_at",
    "suggestion",
    "age_band",
    "gender_identity",
    "situation",
    "service_language",
    "contact_rules",
    "areas_to_avoid",
    "needs",
    "box",
    "title",
    "service",
    "region",
    "before",
    "after",
    "since",
    "page",
    "cursor",
    "next",
    "status",
    "keep-exact_age",
    "idempotency_key",
]
HEADERS = [
    "User-Agent",
    "Referer",
    "X-Request-ID",
    "X-Acting-Desk",
    "X-Forwarded-For",
    "Accept-Language",
    "Accept",
    "If-Match",
    "Idempotency-Key",
    "X-Anything",
    "Origin",
]


class Overheard(threading.Thread):
    """Everything that the broker is told while it runs."""

    def __init__(self, url):
        super().__init__(daemon=True)
        self.client = redis.Redis.from_url(url)
        self.said, self.stopping = [], False
        self.monitor = self.client.monitor()

    def run(self):
        with self.monitor as listening:
            while not self.stopping:
                try:
                    self.said.append(str(listening.next_command()))
                except (OSError, redis.RedisError, ValueError):
                    return

    def stop(self):
        self.stopping = True
        self.client.set("end-of-the-test", "1")  # one more command, so that the thread looks up
        self.join(5)

    def kept(self):
        for key in self.client.scan_iter():
            kind = self.client.type(key).decode()
            read = {
                "string": self.client.get,
                "list": lambda k: self.client.lrange(k, 0, -1),
                "set": self.client.smembers,
                "zset": lambda k: self.client.zrange(k, 0, -1),
                "hash": self.client.hgetall,
            }[kind]
            yield f"{key} {read(key)}"


class Sender:
    """Somebody who is signed in, and sends what he likes."""

    def __init__(self, relay, user):
        self.port = relay.port
        client = Client()
        client.force_login(user)
        session = client.cookies["session"].value
        self.token = "a" * 32
        self.cookie = f"session={session}; csrf={self.token}"
        self.bodies = []

    def send(self, method, path, body="", kind="application/x-www-form-urlencoded", **headers):
        wire = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            sent = {"Cookie": self.cookie, "X-CSRFToken": self.token, "Content-Type": kind}
            wire.request(method, path, body.encode(), {**sent, **headers})
            answer = wire.getresponse()
            text = answer.read().decode("utf-8", "replace")
        finally:
            wire.close()
        if answer.status not in {200, 201, 302, 422}:
            self.bodies.append((f"{method} {path.partition('?')[0]} {answer.status}", text))
        return answer.status, text

    def echoed(self):
        """Yield what refusals and faults repeat of what was sent."""
        for asked, text in self.bodies:
            if found := TRACE.search(text):
                yield f"{asked}: {text[max(0, found.start() - 60) : found.end() + 20]}"

    def post(self, path, fields):
        return self.send("POST", path, urllib.parse.urlencode(fields))

    def call(self, path, body, **headers):
        text = body if isinstance(body, str) else json.dumps(body)
        return self.send("POST", f"/api/v1/{path}", text, "application/json", **headers)


@pytest.fixture
def all_statements(world):
    """Have PostgreSQL log each statement of ours, as a careless administrator might."""
    name = sql.Identifier(database.NAME)
    with database.as_superuser() as admin:
        for role in ("relay_app", "relay_worker"):
            admin.execute(
                sql.SQL("alter role {} in database {} set log_statement = 'all'").format(
                    sql.Identifier(role), name
                )
            )
        yield
        for role in ("relay_app", "relay_worker"):
            admin.execute(
                sql.SQL("alter role {} in database {} reset log_statement").format(
                    sql.Identifier(role), name
                )
            )


def server_log():
    """Return the log of PostgreSQL, where the tests have started it themselves."""
    with database.as_superuser() as admin:
        admin.execute("show data_directory")
        (data,) = admin.fetchone()
    log = Path(data).parent / "postgres.log"
    return log if log.exists() else None


def rows_with(pattern):
    """Yield each table with a row that matches, sessions as they are read."""
    with database.as_superuser() as admin:
        admin.execute("select tablename from pg_tables where schemaname = 'public'")
        for (table,) in admin.fetchall():
            admin.execute(
                sql.SQL("select 1 from {} x where x::text ~* {} limit 1").format(
                    sql.Identifier(table), sql.Literal(pattern)
                )
            )
            if admin.fetchone():
                yield table
    with database.as_role("worker"):
        for session in Session.objects.all():
            if re.search(pattern, str(session.get_decoded()), re.IGNORECASE):
                yield "django_session, decoded"


def in_files(directory):
    for each in directory.rglob("*"):
        if each.is_file():
            for line in each.read_text("utf-8", "replace").splitlines():
                if TRACE.search(line):
                    yield f"{each.name}: {line[:200]}"


def knock_everywhere(world, relay, referral):
    """Put the refused text into every field, parameter, header and path that there is."""
    everything = dict.fromkeys(FIELDS, REFUSED)
    query = urllib.parse.urlencode(dict.fromkeys(FIELDS, "zqxcanary 416-555-0187"))
    heads = dict.fromkeys(HEADERS, "zqxcanary-416-555-0187")
    people = [world.user("peel-cas", Role.LEAD), world.user("ottawa-cas")]
    people.append(world.user("office", Role.COORDINATOR))
    senders = [Sender(relay, person) for person in people]
    for row in ROWS:
        method, name, *_answers = row.split()
        if name == "account_logout" or "handoff" in name:
            continue
        path = address(name, referral)
        sender = senders[len(path) % 2]
        api = name.startswith("api:")
        given = dict.fromkeys(BODIES.get(name, {}), REFUSED) or everything
        body = json.dumps(given) if api else urllib.parse.urlencode(everything)
        kind = "application/json" if api else "application/x-www-form-urlencoded"
        if method == "get":
            sender.send("GET", f"{path}{'&' if '?' in path else '?'}{query}")
            sender.send("GET", path, **heads)
            if not api:
                sender.send("POST", path, body, kind)
        else:
            headers = {"If-Match": '"2"', "Idempotency-Key": f"zqxcanary-{name}"}
            sender.send(method.upper(), path, body, kind, **headers)
    for sender in senders:
        for path in (
            f"/en/referrals/{'zqxcanary-416-555-0187'}/",
            "/en/zqxcanary-416-555-0187/",
            "/api/v1/cases/zqxcanary-416-555-0187",
            "/api/v1/zqxcanary-416-555-0187",
            "/static/zqxcanary-416-555-0187",
            "/en/directory/zqxcanary-416-555-0187/",
        ):
            sender.send("GET", path)
            sender.send("POST", path, "words=zqxcanary")
        sender.call("cases", "{ zqxcanary 416-555-0187", **{"Idempotency-Key": "zqxcanary"})
        for fields in ({"zqxcanary 416-555-0187": 1}, dict.fromkeys(CASE, REFUSED)):
            sender.call("cases", fields, **{"Idempotency-Key": "zqxcanary"})
        sender.send("POST", "/api/v1/cases", "zqxcanary", "text/zqxcanary")
        sender.send("GET", "/api/v1/me", Authorization="Token zqxcanary-416-555-0187")
        sender.send("GET", "/en/help/", Host="zqxcanary.example")
        sender.send("POST", "/en/sign-in/", f"login=zqxcanary&password={REFUSED}")
        sender.send("GET", "/en/desk/", Cookie="session=zqxcanary; zqxcanary=416-555-0187")
        parts = (
            '--z\r\nContent-Disposition: form-data; name="words"; filename="zqxcanary 416-555-0187"'
            f"\r\n\r\n{'zqxcanary ' * 300_000}\r\n--z--\r\n"
        )
        sender.send("POST", "/en/desk/capacity/", parts, "multipart/form-data; boundary=z")
    unreadable = http.client.HTTPConnection("127.0.0.1", relay.port, timeout=20)
    unreadable.request("GET", "/en/help/", headers={"zqx canary 416-555-0187": "x"})
    unreadable.getresponse().read()
    return senders


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    return place


def test_refused_text_is_nowhere_and_accepted_text_only_in_its_column(
    world, all_statements, temporary, live_relay, tmp_path
):
    log = server_log()
    begins = log.stat().st_size if log else 0
    overheard = Overheard(live_relay.redis_url)
    overheard.start()
    referral = world.referral("ottawa", case=world.case(needs=["peer_support"]))
    shown = references.display(referral.reference)
    ottawa = Sender(live_relay, world.user("ottawa-cas", Role.LEAD))
    note, say = f"/en/referrals/{shown}/note/", "/en/desk/capacity/"
    assert ottawa.post(note, {"words": REFUSED, "audience": "everyone"})[0] == 422
    assert ottawa.post(note, {"words": ACCEPTED, "audience": "everyone"})[0] == 302
    assert ottawa.post(say, {"level": "open", "words": REFUSED})[0] == 422
    assert ottawa.post(say, {"level": "open", "words": ACCEPTED})[0] == 302
    status, body = ottawa.call(
        f"referrals/{shown}/notes", {"words": REFUSED}, **{"Idempotency-Key": "1"}
    )
    assert (status, TRACE.search(body)) == (400, None)
    time.sleep(1)
    statements = log.read_bytes()[begins:].decode() if log else ""
    assert not log or "zqxcanarykept" in statements, "control: statements are logged"
    assert not NUMBER.search(statements), "refused text reached the database"
    with database.as_superuser() as admin:
        admin.execute(f"alter role relay_app in database {database.NAME} reset log_statement")
    live_relay.kill("web")  # its connections stay as they were opened
    live_relay.start_web()
    live_relay.wait_for_web()
    begins = log.stat().st_size if log else 0
    senders = [ottawa, *knock_everywhere(world, live_relay, referral), *break_down(ottawa, note)]
    time.sleep(1)
    overheard.stop()
    hits = [f"answer: {hit}" for sender in senders for hit in sender.echoed()]
    hits += [
        f"broker: {each[:200]}"
        for each in (*overheard.said, *overheard.kept())
        if TRACE.search(each)
    ]
    hits += list(in_files(tmp_path))
    hits += [f"table: {each}" for each in rows_with(NUMBER.pattern)]
    kept = {"cases_note", "coordination_capacity"}
    hits += [f"table: {each}" for each in rows_with("zqxcanary") if each not in kept]
    if log:
        lines = log.read_bytes()[begins:].decode("utf-8", "replace").splitlines()
        hits += [f"postgres.log: {each[:200]}" for each in lines if TRACE.search(each)]
    assert not hits, "\n".join(hits)
    assert len(overheard.said) > 10, "control: the broker was heard"
    assert "IntegrityError" in (tmp_path / "web.log").read_text(), "control: it failed"


def break_down(sender, note):
    """Have the server fail on the text itself: in the gate, and in the table behind it."""
    with database.as_superuser() as admin:
        admin.execute("alter table coordination_identifierpattern rename to away")
        assert sender.post(note, {"words": REFUSED, "audience": "everyone"})[0] == 500
        admin.execute("alter table away rename to coordination_identifierpattern")
        admin.execute(
            "alter table cases_note add constraint canary check (text !~ 'broken') not valid"
        )
        broken = {"words": f"{ACCEPTED}, broken", "audience": "everyone"}
        assert sender.post(note, broken)[0] == 500
        admin.execute("alter table cases_note drop constraint canary")
    return [sender]


def test_the_cache_of_a_process_keeps_no_text(world):
    page = Client()
    page.force_login(world.user("ottawa-cas", Role.LEAD))
    page.post("/en/desk/capacity/", {"level": "open", "words": REFUSED})
    Client().post("/en/sign-in/", {"login": "zqxcanary", "password": REFUSED})
    kept = " ".join(map(str, [*cache._cache, *cache._cache.values()]))
    assert kept, "control: something is cached"
    assert not NUMBER.search(kept)


def test_no_login_of_relay_lets_the_server_log_rows_or_statements(db):
    with database.as_superuser() as admin:
        admin.execute(
            "select rolname, rolconfig from pg_roles where rolname = any (%s)",
            [["relay_app", "relay_owner", "relay_worker"]],
        )
        found = admin.fetchall()
    assert len(found) == 3
    for role, settings in found:
        assert {f"{name}={value}" for name, value in QUIET.items()} <= set(settings or []), role
