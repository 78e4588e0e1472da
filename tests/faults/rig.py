"""Web, workers, beat, broker, mail server and PostgreSQL: each may be ended, frozen and mended."""

import contextlib
import os
import signal
import time

import redis

from coordination.models import User
from tests import database
from tests.faults.load import Load
from tests.faults.mail_sink import MailSink
from tests.processes import Relay

WORKERS = ("worker", "worker-2")


class Rig(Relay):
    def __init__(self, directory, postgres, *, pace):
        self.failpoints = directory / "failpoints"
        self.failpoints.mkdir()
        self.sink, self.postgres = MailSink(), postgres
        super().__init__(
            directory,
            settings="tests.faults.settings",
            environment={
                "FAILPOINTS": str(self.failpoints),
                "PACE": pace,
                **self.sink.environment,
            },
        )

    def start(self):
        self.sink.start()
        super().start()
        self.start_worker(WORKERS[1])

    def stop(self):
        for name in self.processes:
            self.thaw(name)
        super().stop()
        self.sink.stop()

    def over(self, world):
        """Give the people of a new world addresses, and forget the mails of the last one."""
        self.world = world
        self.sink.taken.clear()
        with database.as_role("worker"):
            for person in world.people.values():
                User.objects.filter(pk=person.pk).update(email=f"{person.username}@agency.example")
        return self

    def load(self, *, seed=None, threads=2):
        return Load(self.url, self.world, seed=seed, threads=threads)

    def renew(self, name):
        """End a process and its children at once, and start it again."""
        self.kill(name)
        {"web": self.start_web, "beat": self.start_beat}.get(
            name, lambda: self.start_worker(name)
        )()

    def kill_child(self, name):
        """End one process of a pool and not its master; tell whether there was one."""
        children = self.children(name)
        for child in children[:1]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        return bool(children)

    def freeze(self, name):
        os.killpg(self.processes[name].pid, signal.SIGSTOP)

    def thaw(self, name):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.processes[name].pid, signal.SIGCONT)

    def broker(self):
        return redis.Redis(unix_socket_path=str(self.valkey.socket), socket_timeout=10)

    def renew_broker(self):
        """End the broker, and start one that knows nothing of what was in it."""
        self.kill_broker()
        self.valkey.start()

    def lay(self, name, text=""):
        """Have the next process that comes by this point die there."""
        (self.failpoints / name).write_text(text)

    def wait_until_sprung(self, name, seconds=30):
        until = time.monotonic() + seconds
        while (self.failpoints / name).exists():
            assert time.monotonic() < until, f"nobody came by {name}"
            time.sleep(0.05)

    def heal(self):
        for each in self.failpoints.iterdir():
            each.unlink()
        self.sink.heal()
        if self.postgres.process.poll() is not None:
            self.postgres.start()
        if self.valkey.process.poll() is not None:
            self.valkey.start()
        for name in self.processes:
            self.thaw(name)
        self.start_what_ended()
        self.wait_for_web()

    def start_what_ended(self):
        """Start again what ended by itself, as whoever supervises an installation does."""
        for name, process in list(self.processes.items()):
            if process.poll() is not None:
                self.renew(name)
