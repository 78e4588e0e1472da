"""
Typed readers of the environment: the one place that turns text into settings.

Every reader names the variable it could not read, because whoever starts Relay sees the message and
not this file. A secret may be given as `NAME_FILE`, the path of a file that holds it, so that it
never has to stand in a compose file or in the output of `docker inspect`.
"""

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off", ""})


def text(name: str, default: str | None = None) -> str:
    """The variable, or the content of the file `NAME_FILE` points at, or the default."""
    value = os.environ.get(name)
    path = os.environ.get(f"{name}_FILE")
    if value and path:
        raise ImproperlyConfigured(f"Set {name} or {name}_FILE, not both.")
    if path:
        try:
            value = Path(path).read_text(encoding="utf-8").strip()
        except OSError as reason:
            raise ImproperlyConfigured(
                f"{name}_FILE points at {path}, which cannot be read: {reason.strerror}."
            ) from reason
    if value:
        return value
    if default is None:
        raise ImproperlyConfigured(f"Set {name} (or {name}_FILE): it is not set or empty.")
    return default


def flag(name: str, default: bool) -> bool:
    value = text(name, "1" if default else "0").lower()
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")


def number(name: str, default: int) -> int:
    """A whole number, 0 or more."""
    value = text(name, str(default))
    if not (value.isascii() and value.isdecimal()):
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.")
    return int(value)


def items(name: str, default: list[str] | None = None) -> list[str]:
    """A list written with commas; empty places are dropped."""
    value = text(name, ",".join(default or []))
    return [item.strip() for item in value.split(",") if item.strip()]


def database(url: str) -> dict[str, Any]:
    """
    A postgresql:// URL as Django's dictionary.

    The server is named either in the usual place or, for a socket, as `?host=/its/directory`.
    Every other part after the question mark goes to libpq (`sslmode=verify-full`). No part of the
    URL is repeated in a message: it holds a password.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise ImproperlyConfigured("DATABASE_URL must begin with postgresql://.")
    try:
        port = parts.port
    except ValueError as reason:
        raise ImproperlyConfigured("DATABASE_URL has a port that is not a number.") from reason
    name = unquote(parts.path.removeprefix("/"))
    if not name or not parts.username:
        raise ImproperlyConfigured("DATABASE_URL must name a role and a database.")
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", "") or unquote(parts.hostname or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": options.pop("dbname", "") or name,
        "USER": unquote(parts.username),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": options.pop("port", "") or (str(port) if port else ""),
        # For `coordination.prepared` alone: what the ORM asks is never prepared.
        "OPTIONS": {**options, "prepare_threshold": 0},
        # Signing in costs PostgreSQL more than most requests do, and preparing anew as much; who is
        # acting is said anew in each transaction (`set_config(..., true)`), so that nothing is left
        # over for the next person.
        "CONN_MAX_AGE": 600,  # seconds
        "CONN_HEALTH_CHECKS": True,
    }


def broker(url: str) -> str:
    """The Redis URL as Celery spells it: a socket is `redis+socket://`, its database by name."""
    parts = urlsplit(url)
    if parts.scheme in {"redis", "rediss"}:
        return url
    if parts.scheme != "unix":
        raise ImproperlyConfigured("REDIS_URL must begin with redis://, rediss:// or unix://.")
    if parts.netloc or not parts.path:
        raise ImproperlyConfigured("REDIS_URL of a socket is unix:///path/to.sock.")
    number = dict(parse_qsl(parts.query)).get("db", "0")
    return f"redis+socket://{parts.path}?virtual_host={number}"
