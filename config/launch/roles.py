"""
The database roles, made by an administrator of the server: who each process logs in as.

Names are the same in every installation, because migrations name them. Run again, it changes
nothing but the passwords to those given.
"""

import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import psycopg
from psycopg import sql

LOGINS = ("relay_owner", "relay_app", "relay_worker")
DEFINER = "relay_definer"
QUIET = {
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
"""What keeps rows and statements out of the server's log, whatever the server's own settings."""
PATIENCE = {
    "relay_owner": {"lock_timeout": "1s"},
    "relay_app": {
        "lock_timeout": "5s",
        "statement_timeout": "30s",
        "idle_in_transaction_session_timeout": "30s",
    },
    "relay_worker": {
        "lock_timeout": "10s",
        "statement_timeout": "10min",
        "idle_in_transaction_session_timeout": "100s",
    },
}
"""
How long each role waits. A request gives up while the person still waits for it; a worker later
than a slow mail server, and what checks the record has time. A migration works as long as it takes,
but does not stand in line for a table: everybody who wants to work would stand behind it.
"""

_INHERIT_OPTION_SINCE = 160000  # version of the server: `grant … with inherit false, set true`


class CannotPrepare(RuntimeError):
    """The server does not let us make roles or databases; the message says what to do."""


@dataclass(frozen=True)
class Urls:
    """What each kind of process logs in with."""

    owner: str
    app: str
    worker: str


def new_passwords() -> dict[str, str]:
    return {role: secrets.token_urlsafe(24) for role in LOGINS}


def bootstrap(admin_url: str, *, database: str, passwords: dict[str, str]) -> Urls:
    """
    Make the roles and the database where they are missing, and return their URLs.

    :raises CannotPrepare: if the server cannot be reached, or its role may not do this.
    """
    try:
        with psycopg.connect(admin_url, autocommit=True) as server:
            _make_roles(server, passwords)
            _make_database(server, database)
        with psycopg.connect(_with(admin_url, database=database), autocommit=True) as inside:
            prepare_schema(inside)
    except psycopg.errors.InsufficientPrivilege as error:
        raise CannotPrepare(
            "DATABASE_URL must be that of an administrator who may create roles with BYPASSRLS"
            f" and databases: {error.diag.message_primary}."
        ) from error
    except psycopg.OperationalError as error:
        raise CannotPrepare(f"PostgreSQL cannot be reached: {str(error).strip()}") from error
    return urls(admin_url, database=database, passwords=passwords)


def mark(admin_url: str, *, database: str, text: str) -> None:
    """Write on a database whose it is."""
    with psycopg.connect(admin_url, autocommit=True) as server:
        server.execute(
            sql.SQL("comment on database {} is {}").format(
                sql.Identifier(database), sql.Literal(text)
            )
        )


def mark_of(admin_url: str, *, database: str) -> str | None:
    """Return what is written on a database: "" for nothing, None where there is no database."""
    with psycopg.connect(admin_url, autocommit=True) as server:
        row = server.execute(
            "select coalesce(shobj_description(oid, 'pg_database'), '') from pg_database"
            " where datname = %s",
            [database],
        ).fetchone()
    return str(row[0]) if row else None


def urls(admin_url: str, *, database: str, passwords: dict[str, str]) -> Urls:
    owner, app, worker = (
        _with(admin_url, database=database, user=role, password=passwords[role]) for role in LOGINS
    )
    return Urls(owner=owner, app=app, worker=worker)


def prepare_schema(connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    """Let the owner and the definer make things in this database, and nobody else."""
    connection.execute("revoke create on schema public from public")
    connection.execute("grant usage, create on schema public to relay_owner, relay_definer")


def _make_roles(
    server: "psycopg.Connection[tuple[object, ...]]", passwords: dict[str, str]
) -> None:
    known = {name for (name,) in server.execute("select rolname from pg_roles").fetchall()}
    for role in LOGINS:
        # ALTER names no more than it changes: the other attributes are a superuser's to name.
        verb = sql.SQL("alter" if role in known else "create")
        server.execute(
            sql.SQL("{} role {} login password {}").format(
                verb, sql.Identifier(role), sql.Literal(passwords[role])
            )
        )
    above = server.execute(
        "select rolname from pg_roles where rolname = any (%s) and (rolsuper or rolbypassrls)",
        [list(LOGINS)],
    ).fetchall()
    if above:
        raise CannotPrepare(f"{above[0][0]} stands above row-level security: take that from it.")
    for role, settings in PATIENCE.items():
        _set(server, role, settings)
    if not _keep_quiet(server):
        print(f"Set these yourself, or PostgreSQL may log what it refuses: {QUIET}")
    if DEFINER not in known:
        server.execute(f"create role {DEFINER} nologin nosuperuser bypassrls")
    new_form = server.info.server_version >= _INHERIT_OPTION_SINCE
    server.execute(
        f"grant {DEFINER} to relay_owner" + (" with inherit false, set true" if new_form else "")
    )
    if new_form:  # an administrator who is no superuser must be able to give away the database
        server.execute("grant relay_owner to current_user with set true")


def _keep_quiet(server: "psycopg.Connection[tuple[object, ...]]") -> bool:
    """Have the server log no row and no statement of ours; only a superuser may say so."""
    try:
        for role in LOGINS:
            _set(server, role, QUIET)
    except psycopg.errors.InsufficientPrivilege:
        return False
    return True


def _set(
    server: "psycopg.Connection[tuple[object, ...]]", role: str, settings: Mapping[str, str]
) -> None:
    for name, value in settings.items():
        server.execute(
            sql.SQL("alter role {} set {} = {}").format(
                sql.Identifier(role), sql.Identifier(name), sql.Literal(value)
            )
        )


def _make_database(server: "psycopg.Connection[tuple[object, ...]]", database: str) -> None:
    found = server.execute("select from pg_database where datname = %s", [database]).fetchone()
    if found is None:
        server.execute(
            sql.SQL("create database {} owner relay_owner").format(sql.Identifier(database))
        )


def _with(url: str, *, database: str, user: str | None = None, password: str = "") -> str:
    """Return the URL with another database, and with another login where one is given."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    login = parts.netloc.rpartition("@")[0]
    if user:
        login = f"{quote(user, safe='')}:{quote(password, safe='')}"
    query = urlencode([(k, v) for k, v in parse_qsl(parts.query) if k != "dbname"], quote_via=quote)
    return parts._replace(netloc=f"{login}@{place}", path=f"/{database}", query=query).geturl()


def main() -> None:
    """
    Make the roles of a production server: `python -m config.launch.roles`.

    Reads DATABASE_ADMIN_URL, and OWNER_PASSWORD, APP_PASSWORD, WORKER_PASSWORD (or NAME_FILE).
    """
    from config import env

    passwords = {
        role: env.text(f"{role.removeprefix('relay_').upper()}_PASSWORD") for role in LOGINS
    }
    try:
        bootstrap(env.text("DATABASE_ADMIN_URL"), database="relay", passwords=passwords)
    except CannotPrepare as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
