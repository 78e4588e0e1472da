"""How times and days are said, in both languages."""

import datetime as dt
import zoneinfo

import pytest
import time_machine
from django.utils import translation

from coordination.templatetags import relay

TORONTO = zoneinfo.ZoneInfo("America/Toronto")
NOW = dt.datetime(2026, 11, 25, 22, 19, tzinfo=TORONTO)


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.mark.parametrize(
    ("days", "english", "french"),
    [
        (0, "today at 10:19 p.m.", "aujourd’hui à 22 h 19"),
        (-1, "yesterday at 10:19 p.m.", "hier à 22 h 19"),
        (2, "Fri 27 Nov, 10:19 p.m.", "ven. 27 nov., 22 h 19"),
        (-363, "Thu 27 Nov 2025, 10:19 p.m.", "jeu. 27 nov. 2025, 22 h 19"),
        (89, "Mon 22 Feb 2027, 10:19 p.m.", "lun. 22 févr. 2027, 22 h 19"),
    ],
)
def test_a_time_of_another_year_says_its_year(days, english, french):
    at = NOW + dt.timedelta(days=days)
    assert relay.moment(at) == english
    with translation.override("fr"):
        assert relay.moment(at).replace("\N{NO-BREAK SPACE}", " ") == french


def test_a_day_and_an_hour_are_said_alike_everywhere():
    assert relay.day(NOW) == relay.day(NOW.date()) == "25 Nov 2026"
    assert relay.hour(dt.time(21, 10)) == "9:10 p.m."
    assert relay.exact(NOW) == "25 Nov 2026, 10:19 p.m. EST"
    with translation.override("fr"):
        assert relay.day(dt.date(2026, 7, 1)) == "1er juill. 2026"
        assert relay.exact(NOW).endswith("HNE")
        assert relay.hour(dt.time(21, 10)).replace("\N{NO-BREAK SPACE}", " ") == "21 h 10"


def test_a_sentence_ends_once():
    assert relay.one_stop("Due at 10:19 p.m.. Then.") == "Due at 10:19 p.m. Then."
