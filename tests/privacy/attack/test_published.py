"""What is really published, beside all that was before: the attacker has it all in hand (P1-P4)."""

import datetime as dt

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import ProgrammingError
from django.test import override_settings
from django.utils import timezone

from audit import followers
from audit.models import Entry
from audit.record import recording_as
from config.launch import environment
from coordination.actions import report_gap
from coordination.counting.populations import POPULATIONS
from coordination.disclosure.figures import Key, place
from coordination.models import Release, ReleaseRefused, ReleaseWorking, Tally
from coordination.releasing import computing, publishing, signing, tables
from coordination.releasing.coming import Known, Why, missing
from coordination.releasing.computing import EXPORTED, NETWORK, RULES
from coordination.releasing.periods import Period
from coordination.releasing.reading import released
from coordination.releasing.tables import DESKS, TABLES, parts_of, populations_of
from coordination.releasing.thresholds import Thresholds
from coordination.releasing.working import earlier, figures_of
from coordination.roles import Role
from coordination.thresholds import confirm_thresholds, propose_thresholds
from notifications import views
from notifications.models import Notice
from tests import database
from tests.privacy.attack.attacker import Score, Seen, worked_out

NOW = dt.datetime(2027, 2, 10, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _later():
    """The year is over: the record believes it, as it does of a seed."""
    with recording_as("seed"):
        yield


KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


def publish(name):
    with database.as_role("worker"):
        return publishing.publish(period=Period.named(name), at=NOW)


def printed(audience):
    """Return every number of every period that a reader of this audience was ever shown."""
    found: dict[Key, int | None] = {}
    for release in Release.objects.standing():
        for table in TABLES:
            shown = next((t for t in release.tables if t["name"] == table.name), None)
            for cell in shown["cells"] if shown else []:
                key = Key(table.population.name, release.period, place(cell["at"]))
                value = cell[audience]
                assert found.setdefault(key, value) == value, "two tables say two things"
    return found


@pytest.mark.slow
def test_nothing_hidden_of_what_was_published_can_be_worked_out(counted):
    for name in ("2026-07", "2026-09", "2026-Q3"):
        publish(name)
    with database.as_role("worker"):
        known = earlier(without=Period.named("2020"))
        for audience, rules in RULES.items():
            figures, score = printed(audience), Score()
            for population in POPULATIONS.values():
                linked = figures_of(population, Period.named("2026-Q3"), known)
                mine = {key: figures.get(key) for key in linked.counts}
                # What is said of a figure is true of what was counted, whoever reads it.
                for key, value in mine.items():
                    assert value is None or abs(value - linked.counts[key].value) <= rules.base // 2
                seen = Seen(mine, tuple(linked.sums), rules)
                found = worked_out([seen], enough=rules.width)[0]
                told = {key: ends for key, ends in found.items() if key not in linked.unseen}
                score.add(seen, told, rules.width)
            print(audience, score)
            assert (score.pinned, score.narrow) == (0, 0)
            assert score.shown


def test_what_is_exported_is_what_the_network_sees_or_hidden(counted):
    publish("2026-Q3")
    with database.as_role("worker"):
        inside, outside = printed(NETWORK), printed(EXPORTED)
    assert inside.keys() == outside.keys()
    mismatched = [key for key, value in outside.items() if value not in {None, inside[key]}]
    print(f"{len(outside)} cells compared, mismatched {len(mismatched)}")
    assert not mismatched
    assert sum(v is not None for v in outside.values()) < sum(
        v is not None for v in inside.values()
    )


def test_one_more_case_changes_nothing_until_the_next_release(counted):
    before = publish("2026-08").tables
    with database.as_role("worker"):
        one = Tally.objects.filter(population="sent", month=dt.date(2026, 8, 1)).first()
        one.pk = None
        one.save()
        assert Release.objects.get().tables == before
    with pytest.raises(Exception, match="is published"):
        publish("2026-08")


def test_what_was_counted_late_is_published_as_a_visible_correction_with_its_reason(counted):
    first = publish("2026-08")
    with database.as_role("worker"):
        Tally.objects.create(
            population="sent", month=dt.date(2026, 8, 1), codes=["east", "north"], agency=1, number=40
        )  # fmt: skip
        period = Period.named("2026-08")
        second = publishing.correct(period=period, reason="recorded_late", at=NOW)
        assert (second.version, second.reason) == (2, "recorded_late")
        assert Release.objects.count() == 2, "the first is still there to be seen"
        hidden = {n: {str(row) for row in first.working.content["hidden"][n]} for n in RULES}
        again = {n: {str(row) for row in second.working.content["hidden"][n]} for n in RULES}
        assert all(hidden[name] <= again[name] for name in RULES), "what was hidden stays hidden"
        assert Entry.objects.get(verb="release.corrected").body.data["reason"] == "recorded_late"


def test_a_release_is_made_with_the_thresholds_in_force_and_a_correction_with_its_own(counted):
    higher = Thresholds(network=40, exported=60)
    set_to(counted, higher)
    first = publish("2026-08")
    set_to(counted, Thresholds(network=12))
    second = publish("2026-09")
    with database.as_role("worker"):
        assert Thresholds.read(first.thresholds) == higher
        assert Thresholds.read(second.thresholds) == Thresholds(network=12)
        numbers = [v for (k, v) in printed(NETWORK).items() if k.period == "2026-08" and v]
        assert min(numbers) >= 40
        at = {"period": Period.named("2026-08"), "reason": "recorded_late", "at": NOW}
        again = publishing.correct(**at)
        assert Thresholds.read(again.thresholds) == higher
        known = earlier(without=Period.named("2026-Q3"))
        quarter = known.thresholds_of(Period.named("2026-Q3"), now=higher)
        assert quarter.network == 12, "what a month was shown its quarter cannot hide"
    with counted.acting("office", Role.ANALYST) as actor:
        said = {each: released(actor, Period.named(each)).threshold for each in SAID}
        assert said == SAID


SAID = {"2026-08": 40, "2026-09": 12}


def set_to(world, thresholds):
    """Have one person propose thresholds, and another, who was there before, confirm them."""
    world.user("office", Role.AUDITOR)
    with recording_as("live"), world.acting("office", Role.COORDINATOR) as actor:
        said = {"thresholds": thresholds, "at": timezone.now()}
        proposal = propose_thresholds(actor=actor, **said)
    with recording_as("live"), world.acting("office", Role.AUDITOR) as actor:
        confirm_thresholds(actor=actor, proposal=proposal, at=timezone.now())


def test_a_release_that_fails_its_check_is_not_published_and_the_office_is_told(
    counted, monkeypatch
):
    coordinator = counted.user("office", Role.COORDINATOR)
    monkeypatch.setattr(computing, "faults", lambda *_args, **_kw: iter(["a figure shows"]))
    with database.as_role("worker"):
        with time_machine.travel(NOW), pytest.raises(CommandError, match="the Office is told"):
            call_command("release_statistics", period="2026-08")
        publishing.publish_due(at=NOW)
        assert not Release.objects.exists()
        assert ReleaseRefused.objects.filter(period="2026-08").exists()
        followers.drain("notify")
        told = Notice.objects.filter(verb="release.refused", recipient=coordinator)
        assert told.exists()
        assert views._url(told.first()).endswith("/office/statistics/")


def test_the_sweep_publishes_what_is_over_and_whole_a_quarter_before_its_months_and_once(counted):
    with database.as_role("worker"):
        Tally.objects.filter(month__lt=dt.date(2026, 9, 1)).delete()
        early = dt.datetime(2026, 12, 2, tzinfo=dt.UTC)
        assert [each.name for each in publishing.due(at=early)] == ["2026-10"], "it settles"
        assert [each.name for each in publishing.due(at=NOW)] == ["2026-Q4", "2027-01"]
        refused = ReleaseRefused.objects.create(period="2026-Q4", refused_at=NOW)
        assert [each.name for each in publishing.due(at=NOW)] == [
            "2026-10", "2026-11", "2026-12", "2027-01",
        ]  # fmt: skip
        assert publishing.publish_due(at=NOW) == 1
        assert set(Release.objects.values_list("period", flat=True)) == {"2026-10"}
        refused.delete()
        months = [each.name for each in publishing.given_up(Period.named("2026-Q4"))]
        assert months == ["2026-11", "2026-12"]
        Release.objects.create(period="2026-Q4", published_at=NOW, tables=[], digest="")
        assert [each.name for each in publishing.due(at=NOW)] == ["2027-01"], "its parts are over"


def test_a_year_comes_by_itself_after_its_quarters(counted, monkeypatch):
    for module in (computing, tables):  # one of the populations says it as well
        monkeypatch.setattr(module, "populations_of", lambda _period: [POPULATIONS["sent"]])
    with database.as_role("worker"):
        one = Tally.objects.first()
        one.pk, one.month = None, dt.date(2025, 12, 1)
        one.save()
        while period := next(publishing.due(at=NOW), None):
            assert publishing.publish_due(at=NOW) == 1
            assert Release.objects.filter(period=period.name).exists()
        order = list(Release.objects.order_by("pk").values_list("period", flat=True))
    assert order == ["2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4", "2026", "2027-01"]


def test_a_year_of_which_a_quarter_was_refused_does_not_hold_up_what_follows(settings):
    quarters = ["2026-Q1", "2026-Q2", "2026-Q4"]
    known = Known(dt.date(2025, 12, 1), [*quarters, "2026-07"], {"2026-Q3": NOW})
    found = {each.period.name: each.why for each in missing(known, at=NOW)}
    assert found["2026-Q3"] == Why.REFUSED
    assert found["2026-08"] == found["2026-09"] == found["2027-01"] == Why.DUE
    assert found["2026"] == Why.PART_REFUSED
    settings.RELEASE_MONTHS = False
    found = {each.period.name: each.why for each in missing(known, at=NOW)}
    assert found["2026-08"] == found["2027-01"] == Why.MONTHS_OFF
    assert Why.DUE not in found.values()


def test_of_each_period_that_is_over_and_not_released_it_is_said_why():
    known = Known(dt.date(2026, 2, 1), ["2026-04"], {"2026-05": NOW})
    at = dt.datetime(2026, 10, 2, 12, tzinfo=dt.UTC)
    found = {each.period.name: each.why for each in missing(known, at=at)}
    assert found == {
        "2026-02": Why.NOT_WHOLE, "2026-03": Why.DUE, "2026-Q1": Why.NOT_WHOLE,
        "2026-05": Why.REFUSED, "2026-06": Why.LONGER_FIRST, "2026-Q2": Why.DUE,
        "2026-07": Why.DUE, "2026-08": Why.DUE, "2026-09": Why.SETTLING, "2026-Q3": Why.SETTLING,
    }  # fmt: skip
    assert not list(missing(Known(None, [], {}), at=at))


def test_the_command_says_which_months_no_longer_come(counted, capsys):
    publish("2026-07")
    with database.as_role("worker"), time_machine.travel(NOW):
        call_command("release_statistics", period="2026-Q3")
    assert "no longer can be: 2026-08, 2026-09." in capsys.readouterr().out


def test_the_demo_signs_its_releases_where_they_are_made_and_nowhere_else(tmp_path):
    key = environment.signing_key(tmp_path)
    assert environment.signing_key(tmp_path) == key
    shared = {"SIGNING_KEY": key, "REDIS_URL": "", "APP_URL": "", "WORKER_URL": ""}
    assert "SIGNING_KEY" not in environment.of_process(shared, "app")
    with override_settings(SIGNING_KEY=environment.of_process(shared, "worker")["SIGNING_KEY"]):
        assert signing.is_signed("0", signing.sign("0"), signing.public_key())


def test_a_release_is_signed_and_its_digest_is_in_the_record(counted):
    with override_settings(SIGNING_KEY=KEY):
        release = publish("2026-08")
        key = signing.public_key()
    shown = {"period": "2026-08", "version": 1, "reason": "", "tables": release.tables}
    assert signing.digest_of(shown) == release.digest
    assert signing.is_signed(release.digest, release.signature, key)
    shown["tables"][0]["cells"][0][NETWORK] = 5
    assert not signing.is_signed(signing.digest_of(shown), release.signature, key)
    with database.as_role("worker"):
        assert Entry.objects.get(verb="release.published").body.data["digest"] == release.digest


def test_periods_that_are_not_over_or_not_counted_or_not_periods_are_refused(counted):
    for name, why in (("2027-02", "not ended"), ("2026-13", "Give a period"), ("2026-Q5", "Give")):
        with pytest.raises(Exception, match=why):
            publish(name)
    with database.as_role("worker"), counted.acting("peel-cas") as actor:
        at = dt.datetime(2026, 8, 1, 12, tzinfo=dt.UTC)
        report_gap(actor=actor, service="dental", region="north", at=at)
    with pytest.raises(Exception, match="counted yet"):
        publish("2026-08")
    with database.as_role("worker"):
        Release.objects.create(period="2026-Q2", published_at=NOW, tables=[], digest="")
    with pytest.raises(Exception, match="longer period"):
        publish("2026-05")


def test_desks_are_told_by_month_and_by_quarter_and_do_not_add_up(counted):
    for name in ("2026-08", "2026-Q3"):
        assert "adoption" in {each["name"] for each in publish(name).tables}
    assert not parts_of(DESKS, Period.named("2026-Q3"))


def test_persons_are_released_by_quarter_at_least_and_no_table_has_three_dimensions():
    assert all(not each.persons for each in populations_of(Period.named("2026-05")))
    assert all(1 <= len(table.shows) <= 2 for table in TABLES)
    assert {table.population.name for table in TABLES} == {*POPULATIONS, "desks"}


def test_nobody_changes_a_release_and_nobody_reads_how_it_was_made(counted):
    release = publish("2026-08")
    with counted.acting("office", Role.ANALYST):
        assert Release.objects.count() == 1
    with counted.acting("office", Role.DATA_STEWARD):
        assert not Release.objects.exists()
    for desk, role in (("peel-cas", Role.WORKER), ("peel-cas", Role.AGENCY_ADMIN)):
        with counted.acting(desk, role):
            assert not Release.objects.exists()
    for statement in (
        ReleaseWorking.objects.count,
        lambda: Release.objects.update(digest=""),
        lambda: Release.objects.all().delete(),
        lambda: Release.objects.create(
            period="2026-08", published_at=NOW, tables=[], digest="", version=1
        ),
    ):
        with counted.acting("office", Role.COORDINATOR), pytest.raises(ProgrammingError):
            statement()
    with database.as_role("worker"), pytest.raises(ProgrammingError):
        Release.objects.filter(pk=release.pk).update(digest="")
