"""
The rows of the first world, kept to be put back: to make them anew took longer than most tests.

They are in a schema that no role of Relay reaches. Every moment in them moves along, so that what
is put back was made just now, too.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.utils import timezone
from psycopg import sql

from audit.record import _source
from tests import database

people: dict[Any, Any] = {}
_back: list[sql.Composable] = []
"""The statements that put the rows back."""

_made_at: list[dt.datetime] = []

_COLUMNS = """
select a.attname, a.atttypid = 'timestamptz'::regtype from pg_attribute a
where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
order by a.attnum
"""
_LAST = """
select format('%I.%I', schemaname, sequencename), last_value from pg_sequences
where schemaname = 'public' and last_value is not null
"""


def put_back() -> bool:
    """
    Put the rows back, and tell whether that was possible.

    It is not the first time, where something stands in the database already, on another server, and
    for what is recorded as something else than the deed of a person.
    """
    if not _back or _source.get() != "live":
        return False
    later = sql.Literal(str(timezone.now() - _made_at[0]))
    moved = sql.SQL("set local kept.later = {}").format(later)
    try:
        with database.sweeping() as cursor:
            cursor.execute(sql.SQL("; ").join([moved, *_back]))
    except psycopg.errors.UniqueViolation:
        return False
    except psycopg.errors.UndefinedTable:  # on another server: the next are kept there
        _back.clear()
        _made_at.clear()
        return False
    return True


@contextmanager
def keeping(made: dict[Any, Any]) -> Iterator[None]:
    """Keep what is made inside, if it is the first and alone."""
    with database.sweeping() as cursor:
        is_first = not _back and _source.get() == "live" and not database.filled(cursor)
    began = timezone.now()
    yield
    if is_first:
        with database.sweeping() as cursor:
            _back.extend(_copies(cursor))
        _made_at.append(began)
        people.update(made)


def _copies(cursor: "psycopg.Cursor[tuple[Any, ...]]") -> Iterator[sql.Composable]:
    cursor.execute("drop schema if exists kept cascade")
    cursor.execute("create schema kept")
    for name in database.filled(cursor):
        table = sql.Identifier(name)
        cursor.execute(sql.SQL("create table kept.{0} as table public.{0}").format(table))
        columns = cursor.execute(_COLUMNS, [name]).fetchall()
        yield sql.SQL(
            "insert into {table} ({names}) overriding system value"
            " select {values} from kept.{table}"
        ).format(
            table=table,
            names=sql.SQL(", ").join(sql.Identifier(each) for each, _moves in columns),
            values=sql.SQL(", ").join(_value(*each) for each in columns),
        )
    for name, last in cursor.execute(_LAST).fetchall():
        yield sql.SQL("select setval({}::regclass, {})").format(
            sql.Literal(name), sql.Literal(last)
        )


def _value(name: str, moves: bool) -> sql.Composable:
    moved = sql.SQL("{} + current_setting('kept.later')::interval")
    return moved.format(sql.Identifier(name)) if moves else sql.Identifier(name)
