"""Real web, worker and beat processes against the test database, on loopback only."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from config.launch.servers import Valkey, die_with_parent
from tests import database

ROOT = Path(__file__).resolve().parent.parent
READY_SECONDS = 40


class Relay:
    """Each process is ended by its own id; a broker of its own, so that it may be killed."""

    def __init__(
        self,
        log_directory: Path,
        *,
        settings: str = "config.settings_test",
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.log_directory = log_directory
        self.settings = settings
        self.environment = dict(environment or {})
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.valkey = Valkey()
        self.redis_url = ""
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        self.redis_url = self.valkey.start()
        self.start_web()
        self.start_worker()
        self.start_beat()
        self.wait_for_web()

    def start_pages(self) -> None:
        """Start what shows pages alone: nothing is done behind them."""
        self.redis_url = self.valkey.start()
        self.start_web()
        self.wait_for_web()

    def start_web(self) -> None:
        self._start(
            "web",
            "app",
            *("gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{self.port}", "--workers", "2"),
            *("--worker-class", "gthread", "--threads", "2", "--log-level", "warning"),
            *("--logger-class", "config.discreet.WebLog"),
        )

    def start_worker(self, name: str = "worker") -> None:
        self._start(
            name,
            "worker",
            *("celery", "-A", "config", "worker", "--concurrency", "1", "--loglevel", "WARNING"),
            *("--without-gossip", "--without-mingle", "--hostname", f"{name}@relay"),
        )

    def start_beat(self) -> None:
        schedule = str(self.log_directory / "beat")
        self._start(
            "beat",
            "worker",
            *("celery", "-A", "config", "beat", "--loglevel", "WARNING", "--schedule", schedule),
        )

    def kill(self, name: str) -> None:
        """End a process and its children at once, as a power cut would."""
        process = self.processes[name]
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def children(self, name: str) -> list[int]:
        """Return the processes that a master has forked."""
        pid = self.processes[name].pid
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def kill_broker(self) -> None:
        self.valkey.process.kill()
        self.valkey.process.wait(10)
        self.valkey.socket.unlink(missing_ok=True)

    def stop(self) -> None:
        for name in list(self.processes):
            self.kill(name)
        self.valkey.stop()

    def _start(self, name: str, role: str, *words: str) -> None:
        environment = {
            **os.environ,
            "DATABASE_URL": database.url(role),
            "REDIS_URL": self.redis_url,
            "DJANGO_SETTINGS_MODULE": self.settings,
            "PYTHONPATH": str(ROOT),
            **self.environment,
        }
        with (self.log_directory / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", *words],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGKILL),  # noqa: PLW1509
            )

    def wait_for_web(self) -> None:
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=2):
                    return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError((self.log_directory / "web.log").read_text()[-2000:])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
