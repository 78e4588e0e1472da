"""The settings that keep what is owed from being lost: those of TRUST 4.2, read where they count."""

import base64
import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from config.celery import app
from config.discreet import Discreet
from config.launch import environment
from config.launch.roles import PATIENCE
from tests import database

ROOT = Path(__file__).resolve().parents[2]
OFF = "0"


def test_a_task_comes_back_when_its_process_dies_and_is_never_run_twice_by_time():
    conf = app.conf
    assert conf.task_acks_late
    assert conf.task_reject_on_worker_lost
    assert conf.worker_prefetch_multiplier == 1
    assert conf.task_ignore_result
    assert conf.task_time_limit < conf.broker_transport_options["visibility_timeout"]
    assert 0 < conf.worker_soft_shutdown_timeout < conf.task_time_limit
    assert conf.worker_max_memory_per_child


def test_nothing_but_json_is_taken_from_the_broker():
    assert app.conf.accept_content == ["json"]
    assert app.conf.task_serializer == "json"


def test_a_broker_that_is_away_or_frozen_is_noticed_and_waited_for_without_end():
    options = app.conf.broker_transport_options
    assert 0 < options["socket_timeout"] <= 2
    assert 0 < options["socket_connect_timeout"] <= 2
    assert options["socket_keepalive"]
    assert 0 < options["health_check_interval"] < 60
    assert options["unacked_restore_interval"] * options["unacked_restore_throttle"] <= 30
    assert app.conf.broker_connection_retry_on_startup
    assert app.conf.broker_connection_max_retries is None


def test_everything_that_is_owed_is_looked_for_every_few_seconds():
    beat = app.conf.beat_schedule
    for name in [
        *(f"follow-{each}" for each in settings.RECORD_FOLLOWERS),
        *(f"sweep-{each}" for each in settings.SWEEPS),
    ]:
        assert beat[name]["schedule"] <= 5
        assert beat[name]["options"]["expires"] <= 10


def test_the_broker_in_production_forgets_nothing_by_itself_and_asks_who_is_there():
    compose = (ROOT / "docker-compose.yml").read_text()
    for line in ("appendonly yes", "maxmemory-policy noeviction", r"requirepass \$\$password"):
        assert re.search(rf"^ +{line}$", compose, re.MULTILINE), line


def test_in_production_the_worker_alone_is_given_the_key_that_signs():
    compose = (ROOT / "docker-compose.yml").read_text()
    services = compose.partition("\nservices:")[2].partition("\nvolumes:")[0]
    each = re.split(r"^  (?=\w+:$)", services, flags=re.MULTILINE)
    assert [one.partition(":")[0] for one in each if "signing_key" in one] == ["worker"]
    named, given = (
        re.findall(r"/run/secrets/(\w+)", compose),
        re.findall(r"(\w+): \{file:", compose),
    )
    assert set(named) == set(given)


@pytest.mark.parametrize("role", PATIENCE)
def test_no_role_waits_without_end_for_others(world, role):
    with database.as_role(role.removeprefix("relay_")), connection.cursor() as cursor:
        cursor.execute("select name, setting from pg_settings where name like '%_timeout'")
        found = dict(cursor.fetchall())
    web, worker, owner = (role == f"relay_{each}" for each in ("app", "worker", "owner"))
    assert 0 < int(found["lock_timeout"]) <= (10_000 if worker else 5_000)
    assert (found["statement_timeout"] == OFF) == owner
    assert (found["idle_in_transaction_session_timeout"] == OFF) == owner
    if web:
        assert int(found["statement_timeout"]) <= 30_000
        assert int(found["idle_in_transaction_session_timeout"]) <= 30_000
    if worker:
        idle = int(found["idle_in_transaction_session_timeout"])
        assert idle > 8_000 * settings.EMAIL_TIMEOUT, "a mail server answers some eight times"
        assert idle < 1_000 * settings.CELERY_TASK_TIME_LIMIT


@pytest.mark.parametrize("kind", ["production", "demo"])
def test_o8_no_installation_can_arm_a_failpoint(kind):
    armed = {**os.environ, "RELAY_ENV": kind, "FAILPOINTS": "/tmp", "DJANGO_SETTINGS_MODULE": ""}
    started = subprocess.run(
        [sys.executable, "-c", "import config.settings"],
        cwd=ROOT,
        env=armed,
        capture_output=True,
        text=True,
        check=False,
    )
    assert started.returncode
    assert "FAILPOINTS kills processes" in started.stderr
    assert settings.FAILPOINTS == ""


def test_the_demo_signs_its_releases_with_a_key_that_web_is_not_given(tmp_path):
    key = environment.signing_key(tmp_path)
    assert key == environment.signing_key(tmp_path)
    assert len(base64.b64decode(key)) == 32
    shared = {"SIGNING_KEY": key, "REDIS_URL": "", "APP_URL": "", "WORKER_URL": ""}
    assert environment.of_process(shared, "worker")["SIGNING_KEY"] == key
    assert "SIGNING_KEY" not in environment.of_process(shared, "app")


@pytest.mark.parametrize(("status", "tells_where"), [(403, False), (500, True)])
def test_the_log_says_where_in_the_code_what_is_our_fault_happened(status, tells_where):
    with pytest.raises(ValueError, match="Jane") as caught:
        int("Jane Doe")
    found = {
        "msg": "Forbidden",
        "status_code": status,
        "exc_info": (caught.type, caught.value, caught.tb),
    }
    said = Discreet().format(logging.makeLogRecord(found))
    assert (__file__ in said) is tells_where
    assert "Jane" not in said
