"""Processes that run on over the journeys of one file, since starting them takes seconds."""

import pytest

from tests.processes import Relay


@pytest.fixture(scope="module")
def _running(django_db_setup, tmp_path_factory):
    relay = Relay(tmp_path_factory.mktemp("relay"))
    relay.start()
    yield relay
    relay.stop()


@pytest.fixture
def live_relay(_running, world):
    return _running
