"""A PostgreSQL of one's own, that may be killed: with the tables of the tests and durable writes."""

import contextlib
import itertools
import os
import signal
import subprocess
import time
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

import psycopg

from config.launch import environment, roles
from config.launch.places import CannotStart
from config.launch.servers import START_SECONDS, Postgres
from tests import database

_WHERE = ("TEST_ADMIN_URL", "DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_WORKER_URL")


class Cluster(Postgres):
    def restart(self, how):
        """End it as `pg_ctl restart -m` would, or with SIGKILL, and start it again."""
        signals = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT, "killed": signal.SIGKILL}
        self.process.send_signal(signals[how])
        self.process.wait(30)
        until = time.monotonic() + START_SECONDS
        while not self._answers():
            assert time.monotonic() < until
            if self.process.poll() is not None:
                with contextlib.suppress(CannotStart):  # while what it forked is still ending
                    self.start()

    def _answers(self):
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(os.environ["TEST_ADMIN_URL"]).close()
            return True
        time.sleep(0.1)
        return False

    def kill_backend(self):
        """Have the kernel end one process that serves a login of Relay; return whether one was."""
        with contextlib.closing(psycopg.connect(os.environ["TEST_ADMIN_URL"])) as server:
            found = server.execute(
                "select pid from pg_stat_activity where usename in ('relay_app', 'relay_worker')"
                " order by state = 'active' desc, query_start desc limit 1"
            ).fetchone()
        if found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(found[0], signal.SIGKILL)
        return bool(found)


@contextmanager
def own_cluster():
    """Run a cluster of one's own, with all roles, and have the tests' connections lead there."""
    for number in itertools.count(1):
        with contextlib.suppress(environment.InUse):
            state = environment.STATE / f"faults-{number}"
            held = environment.hold(state)
            break
    shared = {name: os.environ[name] for name in _WHERE}
    passwords = {
        f"relay_{role}": unquote(urlsplit(database.url(role)).password)
        for role in ("app", "owner", "worker")
    }
    postgres = Cluster(state)
    admin_url = postgres.start()
    try:
        urls = roles.bootstrap(admin_url, database="relay_test", passwords=passwords)
        _copy(shared["TEST_ADMIN_URL"], admin_url, postgres)
        theirs = dict(zip(_WHERE, (admin_url, urls.app, urls.owner, urls.worker), strict=True))
        database.move(theirs)
        yield postgres
    finally:
        database.move(shared)
        postgres.stop()
        held.close()


def _copy(source, target, postgres):
    """Copy the tables of the tests, which are empty now."""
    database.flush()
    name = database.NAME
    inside, there = (urlsplit(each)._replace(path=f"/{name}").geturl() for each in (source, target))
    with psycopg.connect(target, autocommit=True) as server:
        server.execute(f"drop database if exists {name} with (force)")
        server.execute(f"create database {name} owner relay_owner")
    taken = subprocess.run(
        [postgres.bin / "pg_dump", "--dbname", inside], capture_output=True, check=True
    )
    subprocess.run(
        [postgres.bin / "psql", "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", there],
        input=taken.stdout,
        stdout=subprocess.DEVNULL,
        check=True,
    )
