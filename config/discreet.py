"""
Logs that say what failed and where in the code, and never what somebody sent.

A message of a library quotes freely: a path, a header, a value, a row that a constraint refused.
So of each line only the writer of the code's words stay, with numbers; of an error, its kinds and
the places of its traceback.
"""

import logging
import re
import traceback
from collections.abc import Iterator, Mapping
from typing import Any

from gunicorn.glogging import Logger

HIDDEN = "…"
_ERRORS = 500
"""From this status on, an answer is our fault."""

FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
_QUOTING = re.compile(r"[:='\"(\[{].*", re.DOTALL)
"""From here on, a message that was put together beforehand may repeat what it is about."""


class Discreet(logging.Formatter):
    """The one formatter of every process."""

    def __init__(self) -> None:
        super().__init__(FORMAT)

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(_without_quotes(record))
        if record.exc_info is None or _is_refusal(record):
            return line
        return "\n".join([line, *_places(record.exc_info[1])])


def _is_refusal(record: logging.LogRecord) -> bool:
    """Tell whether a request was only answered with no: where in the code is of no interest."""
    status = getattr(record, "status_code", None)
    return isinstance(status, int) and status < _ERRORS


def _without_quotes(record: logging.LogRecord) -> logging.LogRecord:
    plain = logging.makeLogRecord({**record.__dict__, "exc_info": None, "exc_text": None})
    plain.stack_info = None
    plain.msg, plain.args = _said(record), ()
    return plain


def _said(record: logging.LogRecord) -> str:
    if not isinstance(record.msg, str):
        said = type(record.msg).__name__
    elif not record.args:
        said = _QUOTING.sub(HIDDEN, record.msg)
    elif isinstance(record.args, Mapping):
        said = record.msg % {name: _shown(value) for name, value in record.args.items()}
    else:
        said = _filled(record.msg, record.args)
    return f"{said}{_asked(record)}"


def _filled(template: str, values: tuple[object, ...]) -> str:
    try:
        return template % tuple(_shown(each) for each in values)
    except (TypeError, ValueError):
        return _QUOTING.sub(HIDDEN, template)


def _shown(value: object) -> Any:
    return value if isinstance(value, int | float) else HIDDEN


def _asked(record: logging.LogRecord) -> str:
    """Return which of our addresses answered what, as our own table of them says it."""
    request = getattr(record, "request", None)
    match = getattr(request, "resolver_match", None)
    status = getattr(record, "status_code", None)
    parts = [str(status)] if isinstance(status, int) else []
    parts += [match.route] if match else []
    return f" [{' '.join(parts)}]" if parts else ""


def _places(error: BaseException | None) -> Iterator[str]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield f"{type(error).__module__}.{type(error).__qualname__}"
        for frame in traceback.extract_tb(error.__traceback__):
            yield f"  {frame.filename}:{frame.lineno} {frame.name}"
        error = error.__cause__ or error.__context__


class WebLog(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Gunicorn's own lines, discreet too: it quotes requests that it cannot read."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(Discreet())
