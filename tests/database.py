"""A real database for the tests: made and migrated as the owner, then used as app and worker."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from urllib.parse import unquote, urlsplit

import psycopg
from django.core.management import call_command
from django.db import connection, connections
from psycopg import sql

from config.launch import roles

NAME = "test_relay_" + os.environ.get("PYTEST_XDIST_WORKER", "main")

KEPT = {"django_migrations", "django_content_type", "auth_permission", "audit_follower"}
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


def drop() -> None:
    connections.close_all()
    _admin(sql.SQL("drop database {} with (force)").format(sql.Identifier(NAME)))


@contextmanager
def as_role(role: str) -> Iterator[None]:
    """Log in as another role for a while; it sees what is committed, so `transaction=True`."""
    before = connection.settings_dict["USER"], connection.settings_dict["PASSWORD"]
    parts = urlsplit(url(role))
    _log_in(unquote(parts.username or ""), unquote(parts.password or ""))
    try:
        yield
    finally:
        _log_in(*before)


@contextmanager
def as_owner() -> Iterator["psycopg.Cursor[tuple[object, ...]]"]:
    """Yield a cursor of the owner's own connection, outside Django's."""
    with psycopg.connect(url("owner"), autocommit=True) as owner, owner.cursor() as cursor:
        yield cursor


@contextmanager
def as_superuser() -> Iterator["psycopg.Cursor[tuple[object, ...]]"]:
    """Yield a cursor of an administrator, whom no wall stops: for tampering."""
    inside = urlsplit(os.environ["TEST_ADMIN_URL"])._replace(path=f"/{NAME}").geturl()
    with psycopg.connect(inside, autocommit=True) as admin, admin.cursor() as cursor:
        yield cursor


def flush() -> None:
    """Empty every table that tests fill, as the owner: no other role may TRUNCATE."""
    with as_owner() as cursor:
        tables = sql.SQL(", ").join(sql.Identifier(name) for name in _tables())
        cursor.execute(sql.SQL("truncate {} restart identity").format(tables))


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
