"""Where it is measured: a server of its own, one migrated database for each size."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import django
import psycopg
from django.core.management import call_command
from django.test.utils import setup_test_environment
from psycopg import sql

from config.launch import environment, roles
from config.launch.servers import Postgres

PASSWORDS = roles.new_passwords()


@dataclass(frozen=True)
class Place:
    """A database of one size: URLs of its administrator and of the web process."""

    size: int
    admin: str
    urls: roles.Urls


@contextmanager
def server() -> Iterator[str]:
    """Run PostgreSQL below the ignored state directory; yield its administrator's URL."""
    with environment.hold(environment.STATE / "bench"):
        postgres = Postgres(environment.STATE / "bench")
        try:
            yield postgres.start()
        finally:
            postgres.stop()


def prepare(admin_url: str, size: int, *, like: Place | None = None) -> Place:
    """Make a fresh database for a size, and its roles; as another is, if that is migrated."""
    name = f"bench_{size}"
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(
            sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
        )
        if like:
            admin.execute(
                sql.SQL("create database {} template {} owner relay_owner").format(
                    sql.Identifier(name), sql.Identifier(f"bench_{like.size}")
                )
            )
    urls = roles.bootstrap(admin_url, database=name, passwords=PASSWORDS)
    inside = urlsplit(admin_url)._replace(path=f"/{name}").geturl()
    return Place(size, inside, urls)


def migrate(place: Place) -> None:
    """Make the tables; whoever copies them finds nobody connected."""
    from django.db import connection

    use(place.urls.owner)
    call_command("migrate", verbosity=0)
    connection.close()


def configure(url: str) -> None:
    """Set what Django's settings need, and start Django; the models can be imported after."""
    os.environ.update(
        {
            "DJANGO_SETTINGS_MODULE": "config.settings_test",
            "RELAY_ENV": "test",
            "HTTPS": "0",
            "SECRET_KEY": "only-for-the-bench-only-for-the-bench-only",
            "DATABASE_URL": url,
            "REDIS_URL": "redis://127.0.0.1:1/0",
        }
    )
    django.setup()
    setup_test_environment()  # the host of the client in this process


def use(url: str) -> None:
    """Let Django speak to this database from now on, as the role of the URL."""
    from django.db import connection, connections

    connection.close()
    parts = urlsplit(url)
    values = {
        "NAME": parts.path[1:],
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
    }
    for settings in (connections.settings["default"], connection.settings_dict):
        settings.update(values)
