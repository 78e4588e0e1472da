"""Whether the release after an action moved: lower, higher, hidden, or not there yet."""

import datetime as dt
from types import SimpleNamespace

import pytest

from coordination.action_states import ActionStatus
from coordination.group_results import period_at, result_of
from coordination.models import GroupAction
from coordination.releasing.periods import Period
from coordination.releasing.shown import Cell, Times

ENDED = dt.datetime(2026, 2, 10, 17, tzinfo=dt.UTC)
BEFORE, DURING, AFTER = Period(2025, 4), Period(2026, 1), Period(2026, 2)
PLACE = {"service": "dental", "receiver": "north"}


def done(**more):
    given = {"cause": "gap", "service": "dental", "region": "north", "ended_at": ENDED}
    return GroupAction(status=ActionStatus.DONE, **{**given, **more})


def reading(values):
    """Return a reader of releases with one figure each, and of nothing else."""

    def read(period):
        if period not in values:
            return None
        table = SimpleNamespace(cell=lambda **at: Cell(at, values[period]))
        return SimpleNamespace(table=lambda _name: table)

    return read


@pytest.mark.parametrize(
    ("values", "moved", "words"),
    [
        ({BEFORE: 30, DURING: 99, AFTER: 20}, "lower", "Lower after it: 20 (April to June 2026)"),
        ({BEFORE: 20, AFTER: 30}, "higher", "from 20 (October to December 2025)"),
        ({BEFORE: 20, AFTER: 20}, "same", "Unchanged after it: 20"),
        ({BEFORE: None, AFTER: 20}, "hidden", "hidden to protect people"),
        ({BEFORE: 20, AFTER: None}, "hidden", "hidden to protect people"),
        ({BEFORE: 20, DURING: 10}, "not_yet", "Not yet there: the release of April to June 2026"),
        ({AFTER: 20}, "no_earlier", "no release of October to December 2025"),
    ],
)
def test_the_last_release_before_is_compared_with_the_first_after(values, moved, words):
    found = result_of(done(), reading(values))
    assert found.moved == moved
    assert words in found.words
    assert moved != "hidden" or "20" not in found.words.replace("2025", "").replace("2026", "")


def test_a_figure_of_times_is_compared_by_its_median_and_of_a_month_by_months():
    action = done(cause="table", service="", region="", table="time_to_accept", period="2026-01")
    values = {Period(2026, 1, 1): Times(90, 200), Period(2026, 1, 3): Times(60, 400)}
    found = result_of(action, reading(values))
    assert (found.moved, found.earlier.name, found.later.name) == ("lower", "2026-01", "2026-03")


@pytest.mark.parametrize(
    "more",
    [{"status": ActionStatus.IN_HAND, "ended_at": None}, {"status": ActionStatus.DROPPED},
     {"cause": "desk"}],
)  # fmt: skip
def test_nothing_is_said_of_what_is_not_done_or_has_no_figure(more):
    action = done()
    for name, value in more.items():
        setattr(action, name, value)
    assert result_of(action, reading({BEFORE: 30, AFTER: 20})) is None


def test_a_period_ends_at_midnight_in_ontario():
    assert period_at(dt.datetime(2026, 4, 1, 3, tzinfo=dt.UTC), like=BEFORE) == DURING
    assert period_at(dt.datetime(2026, 4, 1, 5, tzinfo=dt.UTC), like=BEFORE) == AFTER
