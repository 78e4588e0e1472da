"""
`make demo`: everything on one machine, until Ctrl-C.

PostgreSQL and Valkey where no URL is given, then web, worker and beat as children. A child that
dies is started again; when this process dies, however, nothing outlives it.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack
from types import FrameType

import psycopg

from config.launch import environment, roles
from config.launch.places import CannotStart
from config.launch.servers import Postgres, Valkey, die_with_parent

HOST = "127.0.0.1"
RUNNING = "The demo is running already: stop it first, or set RELAY_STATE to another place."
OWN = "made by the demo of Relay"
READY_SECONDS = 60
STOP_SECONDS = 15
RESTART_SECONDS = 2.0


class Supervisor:
    def __init__(self, port: int) -> None:
        self.port = port
        self.started_at = time.monotonic()
        self.stopping = False
        self.preparing = True
        self.servers: dict[str, Postgres | Valkey] = {}
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.shared: dict[str, str] = {}

    def run(self) -> None:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, self._stop)
        with ExitStack() as servers:
            self._prepare(servers)
            self.preparing = False
            try:
                self._start_all()
                self._wait_until_ready()
                self._say_where()
                self._watch()
            finally:
                self._end_all()
        self._say("stopped; the data is kept, `make demo-reset` starts over")

    def _prepare(self, servers: ExitStack) -> None:
        state = environment.demo_state()
        state.mkdir(parents=True, exist_ok=True)
        admin_url = os.environ.get("DATABASE_URL", "")
        if not admin_url:
            postgres = self.servers["PostgreSQL"] = Postgres(state)
            servers.callback(postgres.stop)
            admin_url = postgres.start()
        self._say("PostgreSQL is running")
        redis_url = os.environ.get("REDIS_URL", "")
        if not redis_url:
            valkey = self.servers["Valkey"] = Valkey()
            servers.callback(valkey.stop)
            redis_url = valkey.start()
        if "DATABASE_URL" in os.environ:
            _require_own(admin_url)
        urls = roles.bootstrap(admin_url, database="relay", passwords=environment.passwords(state))
        roles.mark(admin_url, database="relay", text=OWN)
        self.shared = environment.write_demo(urls, redis_url=redis_url, port=self.port)
        self._command("owner", "migrate", "--verbosity=0")
        self._say("the database is up to date")
        if not self._has("coordination_desk"):
            self._command("worker", "load_network", "--demo")
            self._say("the network is loaded")
        if not self._has("referrals_referral"):
            self._command("worker", "seed_demo")
            self._say("synthetic activity is loaded")

    def _has(self, table: str) -> bool:
        with psycopg.connect(self.shared["WORKER_URL"]) as connection:
            return connection.execute(f"select from {table} limit 1").fetchone() is not None

    def _command(self, role: str, *words: str) -> None:
        subprocess.run(
            [sys.executable, "manage.py", *words],
            check=True,
            cwd=environment.ROOT,
            env=environment.of_process(self.shared, role),
            preexec_fn=die_with_parent(signal.SIGTERM),
        )

    def _start_all(self) -> None:
        for name in _COMMANDS:
            self._start(name)

    def _start(self, name: str) -> None:
        role, words = _COMMANDS[name]
        beat_file = environment.demo_state() / "beat"
        place = {"bind": f"{HOST}:{self.port}", "beat_file": str(beat_file)}
        self.children[name] = subprocess.Popen(
            [sys.executable, "-m", *(word.format(**place) for word in words)],
            cwd=environment.ROOT,
            env=environment.of_process(self.shared, role),
            preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509  a prctl call only
            umask=0o077,
            start_new_session=True,  # Ctrl-C reaches us alone, and we end them in order
        )

    def _watch(self) -> None:
        while not self.stopping:
            for name, server in self.servers.items():
                if server.process and server.process.poll() is not None and not self.stopping:
                    self._say(f"{name} ended; starting it again")
                    server.start()
            for name, child in list(self.children.items()):
                if child.poll() is not None and not self.stopping:
                    self._say(f"{name} ended with {child.returncode}; starting it again")
                    time.sleep(RESTART_SECONDS)
                    self._start(name)
            time.sleep(0.3)

    def _wait_until_ready(self) -> None:
        until = time.monotonic() + READY_SECONDS
        while not self.stopping and time.monotonic() < until:
            try:
                with urllib.request.urlopen(f"http://{HOST}:{self.port}/healthz", timeout=2):
                    return
            except OSError:
                time.sleep(0.2)
        if not self.stopping:
            raise CannotStart("The web process did not answer in time.")

    def _say_where(self) -> None:
        self._say("ready")
        self._command("worker", "demo_accounts", "--table")
        print(f"\n  http://{HOST}:{self.port}/en/   Ctrl-C stops\n", flush=True)

    def _end_all(self) -> None:
        for name in reversed(_COMMANDS):
            child = self.children.get(name)
            if child and child.poll() is None:
                child.terminate()
        until = time.monotonic() + STOP_SECONDS
        for child in self.children.values():
            try:
                child.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self.stopping = True
        if self.preparing:
            self.preparing = False
            raise KeyboardInterrupt

    def _say(self, text: str) -> None:
        print(f"[{time.monotonic() - self.started_at:5.1f} s] {text}", flush=True)


_COMMANDS: dict[str, tuple[str, list[str]]] = {
    "web": (
        "app",
        [
            *("gunicorn", "config.wsgi", "--bind", "{bind}", "--workers", "1"),
            *("--logger-class", "config.discreet.WebLog"),
            *("--worker-class", "gthread", "--threads", "4", "--log-level", "warning"),
        ],
    ),
    "worker": (
        "worker",
        [
            # Two at a time, so that a release is computed and nobody's reminder waits for it.
            *("celery", "-q", "-A", "config", "worker", "--concurrency", "2"),
            *("--loglevel", "WARNING"),
            *("--without-gossip", "--without-mingle"),
        ],
    ),
    "beat": (
        "worker",
        [
            "celery",
            "-q",
            "-A",
            "config",
            "beat",
            "--loglevel",
            "WARNING",
            "--schedule",
            "{beat_file}",
        ],
    ),
}


def reset() -> None:
    """Forget the demo: its servers' data, or its database on a given server."""
    state = environment.demo_state()
    if admin_url := os.environ.get("DATABASE_URL"):
        _require_own(admin_url)
        with psycopg.connect(admin_url, autocommit=True) as server:
            server.execute("drop database if exists relay with (force)")
    elif state.exists():
        cluster = Postgres(state).state
        shutil.rmtree(cluster, ignore_errors=True)
    shutil.rmtree(state, ignore_errors=True)
    print("The demo is forgotten.")


def _require_own(admin_url: str) -> None:
    """Refuse a database of this name that the demo did not make: it may hold real referrals."""
    if roles.mark_of(admin_url, database="relay") not in {None, OWN}:
        raise roles.CannotPrepare(
            "This server has a database `relay` that the demo did not make. Give another server."
        )


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            sys.exit(f"Port {port} is in use. Choose another: make demo PORT=8001")


def main() -> None:
    if "--reset" in sys.argv:
        try:
            with environment.hold(environment.demo_state()):
                reset()
        except environment.InUse:
            sys.exit(RUNNING)
        except roles.CannotPrepare as error:
            sys.exit(str(error))
        return
    port = os.environ.get("PORT") or "8000"
    if not port.isdecimal():
        sys.exit(f"PORT must be a number, not {port!r}.")
    _require_free(int(port))
    try:
        with environment.hold(environment.demo_state()):
            Supervisor(int(port)).run()
    except environment.InUse:
        sys.exit(RUNNING)
    except (CannotStart, roles.CannotPrepare) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("stopped before it was ready; the next start goes on")
    except subprocess.CalledProcessError as error:
        sys.exit(f"{' '.join(map(str, error.cmd[1:3]))} failed: see above.")


if __name__ == "__main__":
    main()
