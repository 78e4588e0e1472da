"""A real database for the tests: made and migrated as the owner, then used as app and worker."""

import os
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from urllib.parse import unquote, urlsplit

import psycopg
from django.core.management import call_command
from django.db import connection, connections
from django.db.backends.postgresql.base import DatabaseWrapper
from psycopg import sql

from config import env
from config.launch import roles

NAME = "test_relay_" + os.environ.get("PYTEST_XDIST_WORKER", "main")

KEPT = {
    "django_migrations",
    "django_content_type",
    "auth_permission",
    "audit_follower",
    "audit_knownverb",
    "coordination_knowncodes",
}
"""Tables that migrations fill; a flush leaves them alone."""

_URLS = {"app": "DATABASE_URL", "owner": "DATABASE_OWNER_URL", "worker": "DATABASE_WORKER_URL"}


def url(role: str) -> str:
    """Return the URL with which a role logs in to the test database."""
    parts = urlsplit(os.environ[_URLS[role]])
    return parts._replace(path=f"/{NAME}").geturl()


def create() -> None:
    admin = os.environ["TEST_ADMIN_URL"]
    _admin(
        sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(NAME)),
        sql.SQL("create database {} owner relay_owner").format(sql.Identifier(NAME)),
    )
    inside = urlsplit(admin)._replace(path=f"/{NAME}").geturl()
    with psycopg.connect(inside, autocommit=True) as server:
        roles.prepare_schema(server)
    connection.close()
    _configure("NAME", NAME)
    with as_role("owner"):
        call_command("migrate", verbosity=0)


def move(urls: Mapping[str, str]) -> None:
    """Have everything that connects lead to another server, which has the same database."""
    hang_up()
    os.environ.update(urls)
    there = env.database(url("app"))
    _configure("HOST", there["HOST"])
    _configure("PORT", there["PORT"])


def drop() -> None:
    hang_up()
    _admin(sql.SQL("drop database {} with (force)").format(sql.Identifier(NAME)))


def hang_up() -> None:
    """Forget every connection: a test has ended the server, or moves to another."""
    connections.close_all()
    for each in (*_in_use, *_swept_with, *_idle):
        each.close()
    _idle.clear()
    _in_use.clear()
    _swept_with.clear()
    _signed_in.cache_clear()


@contextmanager
def as_role(role: str) -> Iterator[None]:
    """
    Log in as another role for a while; it sees what is committed, so `transaction=True`.

    The main thread keeps a connection for each role: to sign in takes longer than to ask.
    """
    parts = urlsplit(url(role))
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if threading.current_thread() is not threading.main_thread():
        before = connection.settings_dict["USER"], connection.settings_dict["PASSWORD"]
        _log_in(user, password)
        try:
            yield
        finally:
            _log_in(*before)
        return
    mine, kept = connections["default"], connections.settings["default"]
    theirs = connections["default"] = _signed_in(user, password)
    if theirs.connection and not theirs.is_usable():  # a test has ended it
        theirs.close()
    _in_use.add(theirs)
    connections.settings["default"] = theirs.settings_dict
    try:
        yield
    finally:
        connections["default"], connections.settings["default"] = mine, kept


@cache
def _signed_in(user: str, password: str) -> DatabaseWrapper:
    settings = {**connections.settings["default"], "USER": user, "PASSWORD": password}
    return DatabaseWrapper(settings, "default")


@contextmanager
def as_owner() -> Iterator["psycopg.Cursor[tuple[object, ...]]"]:
    """Yield a cursor of the owner's own connection, outside Django's."""
    with psycopg.connect(url("owner"), autocommit=True) as owner, owner.cursor() as cursor:
        yield cursor


@contextmanager
def as_superuser() -> Iterator["psycopg.Cursor[tuple[object, ...]]"]:
    """
    Yield a cursor of an administrator, whom no wall stops: for tampering.

    Its connection is as new, though another has had it: to sign in takes longer than to ask.
    """
    admin = _administrator()
    try:
        with admin.cursor() as cursor:
            yield cursor
        admin.execute("discard all")
    except BaseException:
        admin.close()
        raise
    _idle.append(admin)


def _administrator() -> "psycopg.Connection[tuple[object, ...]]":
    with suppress(IndexError, psycopg.OperationalError):  # none yet, or a test has ended it
        idle = _idle.pop()
        idle.execute("select")
        return idle
    inside = urlsplit(os.environ["TEST_ADMIN_URL"])._replace(path=f"/{NAME}").geturl()
    return psycopg.connect(inside, autocommit=True, prepare_threshold=None)


def until_waiting(count: int, at: str = "advisory") -> None:
    """Return once so many transactions stand in line at locks of a type: advisory, transactionid."""
    with as_superuser() as admin:
        for _ in range(WAITS):
            admin.execute(
                "select count(*) from pg_locks where locktype = %s and not granted and coalesce("
                "database = (select oid from pg_database where datname = current_database()), true)",
                [at],
            )
            if admin.fetchall() == [(count,)]:
                return
            time.sleep(0.02)
    raise TimeoutError


def flush() -> None:
    """
    Empty every table that tests fill, and count from 1 again.

    An administrator does it, who deletes past walls and triggers: nearly every table is empty, and
    to TRUNCATE one makes new files for it and each of its indexes, which took longer than the tests.
    """
    for _ in range(TRIES - 1):
        with suppress(psycopg.errors.DeadlockDetected):  # with a worker that runs on after its test
            return _flush()
    return _flush()


def _flush() -> None:
    with sweeping() as cursor:
        # Waits for whoever still writes: what a killed process left behind ends first.
        cursor.execute(sql.SQL("lock table {} in share row exclusive mode").format(_names()))
        cursor.execute(_filled())
        for name, is_large in cursor.fetchall():
            statement = "truncate {} cascade" if is_large else "delete from {}"
            cursor.execute(sql.SQL(statement).format(sql.Identifier(name)))
        cursor.execute(
            "select setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)"
            " from pg_sequences where schemaname = 'public' and last_value is not null"
        )


def filled(cursor: "psycopg.Cursor[tuple[object, ...]]") -> list[str]:
    """Return the tables in which a test has left rows."""
    return [str(name) for name, _is_large in cursor.execute(_filled()).fetchall()]


@contextmanager
def sweeping() -> Iterator["psycopg.Cursor[tuple[object, ...]]"]:
    """Yield a cursor of an administrator past all triggers, in a transaction of its own."""
    sweeper = _sweeper()
    with sweeper.transaction(), sweeper.cursor() as cursor:
        yield cursor


def _sweeper() -> "psycopg.Connection[tuple[object, ...]]":
    with suppress(IndexError, psycopg.OperationalError):  # none yet, or a test has ended it
        _swept_with[-1].execute("select")
        return _swept_with[-1]
    inside = urlsplit(os.environ["TEST_ADMIN_URL"])._replace(path=f"/{NAME}").geturl()
    _swept_with.append(psycopg.connect(inside, autocommit=True))
    _swept_with[-1].execute("set session_replication_role = replica")
    return _swept_with[-1]


_swept_with: "list[psycopg.Connection[tuple[object, ...]]]" = []
_idle: "list[psycopg.Connection[tuple[object, ...]]]" = []
_in_use: set[DatabaseWrapper] = set()
TRIES = 10
WAITS = 500
LARGE = 1 << 21
"""Bytes: a table that has grown so far is made anew, before what is dead in it slows the others."""


@cache
def _filled() -> sql.Composed:
    """Return the query of the tables with rows, and whether they have grown large."""
    each = sql.SQL(
        "select {0}, pg_relation_size({0}::regclass) > {1} where exists (select from {2})"
    )
    return sql.SQL(" union all ").join(
        each.format(sql.Literal(name), sql.Literal(LARGE), sql.Identifier(name))
        for name in _tables()
    )


@cache
def _names() -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(name) for name in _tables())


@cache
def _tables() -> tuple[str, ...]:
    with as_owner() as cursor:
        cursor.execute("select tablename from pg_tables where schemaname = 'public'")
        return tuple(str(name) for (name,) in cursor.fetchall() if name not in KEPT)


def _admin(*statements: sql.Composed) -> None:
    with psycopg.connect(os.environ["TEST_ADMIN_URL"], autocommit=True) as server:
        for statement in statements:
            server.execute(statement)


def _log_in(user: str, password: str) -> None:
    connection.close()
    _configure("USER", user)
    _configure("PASSWORD", password)


def _configure(name: str, value: str) -> None:
    for settings in (connections.settings["default"], connection.settings_dict):
        settings[name] = value
