"""The environment of each process of a local run, and how a command run by hand finds it."""

import base64
import fcntl
import json
import os
import secrets
import sys
from pathlib import Path
from typing import TextIO

from config.launch import roles
from config.launch.servers import write_secret

ROOT = Path(__file__).resolve().parent.parent.parent
STATE = Path(os.environ.get("RELAY_STATE", ROOT / ".relay"))
_GIVEN = frozenset({"DATABASE_URL", "DATABASE_URL_FILE", "SECRET_KEY", "SECRET_KEY_FILE"})
"""Whoever sets one of these means an installation of their own, not the demo."""
OWNER_COMMANDS = frozenset({"migrate", "makemigrations", "sqlmigrate", "showmigrations"})


class InUse(RuntimeError):
    """Another process runs on this state."""


def hold(state: Path) -> TextIO:
    """
    Keep a state directory for this process, until it ends or the file is closed.

    :raises InUse: while another process keeps it: two servers never share their data.
    """
    state.mkdir(parents=True, exist_ok=True)
    file = (state / "lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise InUse(f"{state} is in use.") from None
    return file


def demo_state() -> Path:
    return STATE / "demo"


def kept(path: Path, make: "dict[str, str]") -> dict[str, str]:
    """Return the secrets kept in a file, which is written with `make` the first time."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_secret(path, make)
    content: dict[str, str] = json.loads(path.read_text())
    return content


def passwords(state: Path) -> dict[str, str]:
    """Return the roles' passwords; those of a given server are one set for demo and tests."""
    place = STATE if "DATABASE_URL" in os.environ else state
    return kept(place / "roles.json", roles.new_passwords())


def secret_key(state: Path) -> str:
    return kept(state / "key.json", {"SECRET_KEY": secrets.token_urlsafe(48)})["SECRET_KEY"]


def signing_key(state: Path) -> str:
    seed = base64.b64encode(secrets.token_bytes(32)).decode()
    return kept(state / "signing.json", {"SIGNING_KEY": seed})["SIGNING_KEY"]


def write_demo(urls: roles.Urls, *, redis_url: str, port: int) -> dict[str, str]:
    """Write what a command run by hand needs to join the running demo, and return it."""
    state = demo_state()
    shared = {
        "RELAY_ENV": "demo",
        "HTTPS": "0",
        "DEBUG": "0",
        "SECRET_KEY": secret_key(state),
        "SIGNING_KEY": signing_key(state),
        "REDIS_URL": redis_url,
        "PORT": str(port),
        "OWNER_URL": urls.owner,
        "APP_URL": urls.app,
        "WORKER_URL": urls.worker,
    }
    write_secret(state / "environment.json", shared)
    return shared


def of_process(shared: dict[str, str], role: str) -> dict[str, str]:
    """Return the environment of a process that logs in as this role: owner, app or worker."""
    given = {name: value for name, value in shared.items() if not name.endswith("_URL")}
    if role != "worker":
        given.pop("SIGNING_KEY", None)  # web shows the public half, which a release brings
    return {
        **os.environ,
        **given,
        "REDIS_URL": shared["REDIS_URL"],
        "DATABASE_URL": shared[f"{role.upper()}_URL"],
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONUNBUFFERED": "1",
    }


def adopt(arguments: list[str]) -> None:
    """Let a command without DATABASE_URL join the demo, if there is one."""
    file = demo_state() / "environment.json"
    if _GIVEN & os.environ.keys() or not file.exists():
        return
    try:
        shared = json.loads(file.read_text())
    except PermissionError:
        sys.exit(f"{file} belongs to another account: run this as the one that runs the demo.")
    command = arguments[1] if len(arguments) > 1 else ""
    os.environ.update(of_process(shared, "owner" if command in OWNER_COMMANDS else "worker"))
