"""Processes that run on over the tests of one file, since starting them takes seconds."""

import pytest

from tests import database
from tests.faults.own_cluster import own_cluster
from tests.faults.rig import Rig


@pytest.fixture(scope="module")
def _running(request, django_db_setup, django_db_blocker, tmp_path_factory):
    with django_db_blocker.unblock(), own_cluster() as postgres:
        pace = getattr(request.module, "PACE", "haste")
        rig = Rig(tmp_path_factory.mktemp("relay"), postgres, pace=pace)
        rig.start()
        yield rig
        rig.stop()


@pytest.fixture
def rig(_running, world):
    """The real processes over a PostgreSQL of their own, whole again after each test."""
    yield _running.over(world)
    _running.heal()
    database.hang_up()
