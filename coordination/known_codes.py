"""
Which codes the columns of codes take, whoever writes: the database asks with every row.

`manage.py migrate` tells it the vocabularies, and hangs the question on every table that has a
`CodeField` or `CodesField`. So a new code and a new column need no SQL. See ADR 26.
"""

from collections.abc import Mapping

from django.apps import apps
from django.db import connection, transaction
from psycopg import sql

from coordination import vocabularies
from coordination.fields import CodeField, CodesField
from coordination.models import KnownCodes

TRIGGERS = {"codes_known": "insert", "changed_codes_known": "update"}

_COLUMNS = """
select table_name, column_name from information_schema.columns where table_schema = 'public'
"""
_HUNG = """
select t.tgname, c.relname, t.tgargs from pg_trigger t join pg_class c on c.oid = t.tgrelid
where t.tgname = any (%s) and c.relnamespace = 'public'::regnamespace
"""


def columns() -> dict[str, dict[str, str]]:
    """Return the vocabulary of each column of codes, by table."""
    found: dict[str, dict[str, str]] = {}
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            if isinstance(field, CodeField | CodesField):
                found.setdefault(model._meta.db_table, {})[field.column] = field.vocabulary
    return found


@transaction.atomic
def tell_the_database() -> None:
    """Write what the vocabularies say now, and have every column of codes asked about it."""
    if KnownCodes._meta.db_table not in connection.introspection.table_names():
        return
    KnownCodes.objects.exclude(vocabulary__in=vocabularies.names()).delete()
    KnownCodes.objects.bulk_create(
        [
            KnownCodes(vocabulary=name, codes=list(vocabularies.codes(name)))
            for name in vocabularies.names()
        ],
        update_conflicts=True,
        unique_fields=["vocabulary"],
        update_fields=["codes"],
    )
    wanted, hung = _wanted(), _hung()
    for trigger, table in hung:
        if hung[trigger, table] != wanted.get(table):
            _execute("drop trigger {trigger} on {table}", trigger, table)
    for table, told in wanted.items():
        for trigger in TRIGGERS:
            if hung.get((trigger, table)) != told:
                _hang(trigger, table, told)


def _wanted() -> dict[str, list[str]]:
    """Return what each trigger is told: column, vocabulary, column, ... of those that are there."""
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS)
        there = set(cursor.fetchall())
    wanted = {
        table: _pairs({name: named for name, named in each.items() if (table, name) in there})
        for table, each in columns().items()
    }
    return {table: pairs for table, pairs in wanted.items() if pairs}


def _pairs(named: Mapping[str, str]) -> list[str]:
    return [word for pair in sorted(named.items()) for word in pair]


def _hung() -> dict[tuple[str, str], list[str]]:
    with connection.cursor() as cursor:
        cursor.execute(_HUNG, [list(TRIGGERS)])
        return {
            (trigger, table): bytes(told).decode().split("\0")[:-1]
            for trigger, table, told in cursor.fetchall()
        }


def _hang(trigger: str, table: str, told: list[str]) -> None:
    """Have the trigger fire where a column says anew what its vocabulary does not have."""
    is_new = sql.SQL(
        "new.{0} is distinct from old.{0} and " if TRIGGERS[trigger] == "update" else ""
    )
    wrong = [
        is_new.format(sql.Identifier(column))
        + sql.SQL("new.{0}::text not in ('', '{{}}') and not is_code(new.{0}, {1})").format(
            sql.Identifier(column), sql.Literal(vocabulary)
        )
        for column, vocabulary in zip(told[::2], told[1::2], strict=True)
    ]
    _execute(
        "create trigger {trigger} before {change} on {table} for each row when ({wrong})"
        " execute function codes_known({told})",
        trigger,
        table,
        change=sql.SQL(TRIGGERS[trigger]),
        wrong=sql.SQL(" or ").join(wrong),
        told=sql.SQL(", ").join(map(sql.Literal, told)),
    )


def _execute(statement: str, trigger: str, table: str, **parts: sql.Composable) -> None:
    names = {"trigger": sql.Identifier(trigger), "table": sql.Identifier(table)}
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(**names, **parts))
