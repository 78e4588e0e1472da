"""
Servers for the tests: PostgreSQL and Valkey where no URL is given, and the roles in either case.

Of several processes that test at once (pytest-xdist) the first starts the servers, and each has a
database of its own in them (`tests/database.py`).

A plugin, not a conftest: pytest-django reads the settings before any conftest is loaded.
"""

import contextlib
import os
from pathlib import Path
from typing import TextIO

import pytest

from config.launch import environment, roles
from config.launch.servers import Postgres, Valkey

RUNS_AT_ONCE = 8
_held: list[TextIO] = []
_running: list[Postgres | Valkey] = []


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    if "PYTEST_XDIST_WORKER" in os.environ:
        return  # this environment is a copy of the one that was filled below
    state = _free_state()
    admin_url = os.environ.get("DATABASE_URL") or _start_postgres(state)
    if not os.environ.get("REDIS_URL"):
        valkey = Valkey()
        _running.append(valkey)
        os.environ["REDIS_URL"] = valkey.start()
    urls = roles.bootstrap(admin_url, database="relay_test", passwords=environment.passwords(state))
    os.environ.update(
        {
            # Importing config has set this already, for Celery.
            "DJANGO_SETTINGS_MODULE": "config.settings_test",
            "RELAY_ENV": "test",
            "HTTPS": "0",
            "SECRET_KEY": "only-for-tests-only-for-tests-only-for-tests",
            "TEST_ADMIN_URL": admin_url,
            "DATABASE_URL": urls.app,
            "DATABASE_OWNER_URL": urls.owner,
            "DATABASE_WORKER_URL": urls.worker,
        }
    )


def pytest_unconfigure() -> None:
    while _running:
        _running.pop().stop()
    while _held:
        _held.pop().close()


def _free_state() -> Path:
    """Return a place that no other run of the tests uses now, kept until this one ends."""
    for number in range(1, RUNS_AT_ONCE + 1):
        state = environment.STATE / (f"test-{number}" if number > 1 else "test")
        with contextlib.suppress(environment.InUse):
            _held.append(environment.hold(state))
            return state
    raise pytest.UsageError("Too many runs of the tests at once in this tree.")


def _start_postgres(state: Path) -> str:
    postgres = Postgres(state, durable=False)
    _running.append(postgres)
    return postgres.start()
