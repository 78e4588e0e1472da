"""
Columns that hold codes of a vocabulary, so that no save can put anything else into them.

The database asks too, whoever writes: see `known_codes`.
"""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Length

from coordination import vocabularies
from coordination.gate.texts import Screened, clear


class CodeField(models.CharField):  # type: ignore[type-arg]  # generic only in the stubs
    """One code of a vocabulary; "" means not said, where `blank=True`."""

    def __init__(self, vocabulary: str, **kwargs: Any) -> None:
        self.vocabulary = vocabulary
        kwargs.setdefault("max_length", 40)
        super().__init__(**kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {"vocabulary": self.vocabulary, **kwargs}

    def db_check(self, connection: Any) -> str:
        """Have the table refuse what is no code at all, whoever writes to it."""
        return f"{connection.ops.quote_name(self.column)} ~ '^[a-z0-9_]*$'"

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if isinstance(value, str) and not (value == "" and self.blank):
            vocabularies.entry(self.vocabulary, value)
        return super().get_db_prep_save(value, connection)


class CodesField(ArrayField):  # type: ignore[type-arg]
    """Several codes of a vocabulary, in the order in which they were chosen."""

    def __init__(self, vocabulary: str, **kwargs: Any) -> None:
        self.vocabulary = vocabulary
        kwargs["base_field"] = models.CharField(max_length=40)
        kwargs.setdefault("default", list)
        kwargs.setdefault("blank", True)
        super().__init__(**kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("base_field")
        return name, path, args, {"vocabulary": self.vocabulary, **kwargs}

    def db_check(self, connection: Any) -> str:
        column = connection.ops.quote_name(self.column)
        return f"array_to_string({column}, ',') ~ '^[a-z0-9_,]*$'"

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if isinstance(value, list | tuple):
            for code in value:
                vocabularies.entry(self.vocabulary, code)
        return super().get_db_prep_save(value, connection)


class ScreenedField(models.TextField):  # type: ignore[type-arg]  # generic only in the stubs
    """
    Text behind the identifier gate: the one kind of column for what people write.

    Whatever saves it - a form, the API, an import, `update()` - text that did not pass the gate is
    screened here, and refused with `gate.texts.Identifying`.
    """

    def from_db_value(self, value: Any, _expression: Any, _connection: Any) -> Any:
        return None if value is None else Screened(value)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if isinstance(value, str) and not isinstance(value, Screened):
            value = clear(value, field=self.name)
        return super().get_db_prep_save(value, connection)


ScreenedField.register_lookup(Length)
