"""What every test stands on: the database of tests/database.py, and no waking of Celery."""

from itertools import chain, groupby

import pytest
from django.core.cache import cache
from django.test import TransactionTestCase
from django.utils import translation

from audit import waking
from tests import database
from tests.processes import Relay
from tests.world import World


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """Of several processes each begins with its share of the long proofs: none is left at the end."""
    left = getattr(config, "workerinput", {}).get("workercount", 1)
    if left == 1:
        return
    hands = [[] for _ in range(left)]
    is_long = [item.get_closest_marker("slow") is not None for item in items]
    long = [item for item, first in zip(items, is_long, strict=True) if first]
    rest = [item for item, first in zip(items, is_long, strict=True) if not first]
    for number, (_key, group) in enumerate(groupby(long, _one_by_one)):
        hands[number % left].extend(group)
    for number, hand in enumerate(hands):  # as many for each as pytest-xdist gives them
        size = (len(items) - sum(map(len, hands[:number]))) // (left - number)
        taken = max(0, size - len(hand))
        hand.extend(rest[:taken])
        del rest[:taken]
    items[:] = [*chain(*hands), *rest]


def _one_by_one(item):
    """Files whose tests share servers or a browser stay together."""
    folder = item.path.parent.name
    return str(item.path) if folder in {"journeys", "faults"} else item.nodeid


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker):
    with django_db_blocker.unblock():
        database.create()
    yield
    with django_db_blocker.unblock():
        database.drop()


@pytest.fixture(scope="session", autouse=True)
def _flush_as_owner(django_db_setup):
    patch = pytest.MonkeyPatch()
    patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _case: database.flush())
    yield
    patch.undo()


@pytest.fixture(autouse=True)
def _quiet(request, monkeypatch):
    """Wake nobody, except where a test runs real workers; forget the limits and language of others."""
    cache.clear()
    translation.activate("en")  # a page that was asked for in French leaves its language behind
    if "live_relay" not in request.fixturenames:
        monkeypatch.setattr(waking, "_send_task", lambda task, **arguments: None)


@pytest.fixture
def world(transactional_db):
    """A fresh small network; its rows are committed, so that every role and thread sees them."""
    return World()


@pytest.fixture
def live_relay(world, tmp_path):
    """Run the real processes over the test database; `live_relay.url` is the address."""
    relay = Relay(tmp_path)
    relay.start()
    yield relay
    relay.stop()
