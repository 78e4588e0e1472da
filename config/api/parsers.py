import json
from typing import Any, NoReturn

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

MAX_DEPTH = 20


class StrictJSONParser(JSONParser):
    """JSON as its standard has it: no NaN, no doubled names, no NUL, no tower of brackets."""

    strict = True

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        del media_type, parser_context
        try:
            text = stream.read().decode("utf-8")
            _require_shallow(text)
            value = json.loads(text, object_pairs_hook=_no_doubles, parse_constant=_refuse)
            _require_storable(value)
        except (ValueError, RecursionError) as error:
            raise ParseError("This is not JSON that can be read.") from error
        return value


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _require_storable(value: Any) -> None:
    """Refuse what PostgreSQL cannot keep or an answer could not repeat, wherever it stands."""
    if isinstance(value, str) and ("\x00" in value or _has_lone_surrogate(value)):
        raise ValueError("a character that cannot be stored")
    parts = [*value, *value.values()] if isinstance(value, dict) else value
    for part in parts if isinstance(parts, list) else ():
        _require_storable(part)


def _has_lone_surrogate(text: str) -> bool:
    return any("\ud800" <= each <= "\udfff" for each in text)


def _require_shallow(text: str) -> None:
    depth = 0
    for each in text:
        if each in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise ValueError("too deep")
        elif each in "]}":
            depth -= 1


def _refuse(_constant: str) -> NoReturn:
    raise ValueError("not a number of JSON")
