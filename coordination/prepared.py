"""
Statements that PostgreSQL plans once a connection, and their rows as instances of models.

For the few reads that nearly every request makes: there, to compile a query and to plan it behind
its policies takes longer than to run it. A text never varies with what is asked: lists are arrays.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model

Row = Sequence[Any]


def ask(statement: str, **given: Any) -> list[Row]:
    """Return the rows of a statement, which names what it is given as `%(name)s`."""
    connection.ensure_connection()
    wrap = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    binding: Any = psycopg.Cursor(connection.connection)  # Django's own puts values into the text
    with wrap(binding) as cursor:
        cursor.execute(statement, given)
        rows: list[Row] = cursor.fetchall()
    return rows


class Joined:
    """Models that one statement joins, each by the alias of its table there."""

    def __init__(self, **models: type[Model]) -> None:
        self._shapes = [_shape_of(model) for model in models.values()]
        self.columns: str = ", ".join(
            f"{alias}.{column}"
            for alias, shape in zip(models, self._shapes, strict=True)
            for column in shape.columns
        )
        """What the statement selects first; what it selects after is its own."""

        self.width = sum(len(shape.columns) for shape in self._shapes)

    def instances(self, row: Row) -> Iterator[Any]:
        """Return an instance of each model, or None where an outer join found nothing."""
        begins = 0
        for shape in self._shapes:
            ends = begins + len(shape.columns)
            yield shape.instance(row[begins:ends])
            begins = ends


def of_json(model: type[Model], rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Return instances of rows that came as `json_agg`: of models that hold no moments."""
    shape = _shape_of(model)
    return [shape.instance([row[column] for column in shape.columns]) for row in rows]


class _Shape:
    """A model's columns in its own order."""

    def __init__(self, model: type[Model]) -> None:
        fields = model._meta.concrete_fields
        self.columns = [each.column for each in fields]
        self._model, self._names = model, [each.attname for each in fields]
        self._key = next(place for place, each in enumerate(fields) if each.primary_key)

    def instance(self, values: Row) -> Any:
        if values[self._key] is None:
            return None
        return self._model.from_db(DEFAULT_DB_ALIAS, self._names, values)


_shape_of = cache(_Shape)
