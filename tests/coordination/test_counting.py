"""Counts follow the record, in any order, and a rebuild from it gives the same, cell by cell."""

import datetime as dt
import random
import zoneinfo
from collections import Counter

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, transaction
from django.utils import timezone

from audit import followers
from audit.models import Entry, EntryBody, Pending
from audit.record import recording_as
from cases.actions.leading import change_case
from cases.models import Case
from coordination import vocabularies
from coordination.actions import report_gap
from coordination.counting import histories, measures, tallies
from coordination.counting.histories import month_of
from coordination.counting.populations import POPULATIONS, WIDER
from coordination.models import Tally
from coordination.roles import Role
from referrals.actions import answering, serving
from referrals.actions.following import reroute_referral
from referrals.actions.mistakes import enter_case_in_error
from tests import database

SENDER, RECEIVER = "peel-cas", "ottawa-cas"
TORONTO = zoneinfo.ZoneInfo("America/Toronto")


def act(world, desk, action, thing, **said):
    with world.acting(desk) as actor:
        return action(**{"referral": thing, "actor": actor, "at": timezone.now(), **said})


def year_of(world):
    """Let a little of everything happen."""
    served = world.referral(services=("emergency_shelter", "peer_support"))
    act(world, RECEIVER, answering.accept_referral, served)
    act(world, RECEIVER, serving.start_referral, served)
    outcomes = {"emergency_shelter": "connected", "peer_support": "informed"}
    served = act(world, RECEIVER, serving.complete_referral, served, outcomes=outcomes)
    declined = world.referral()
    declined = act(world, RECEIVER, answering.decline_referral, declined, reason="no_capacity")
    again = act(world, SENDER, reroute_referral, declined, to=world.desks["ottawa-community"])
    mistaken = world.referral(to="ottawa-police", audience=("police",))
    with world.acting(SENDER) as actor:
        now, case = timezone.now(), Case.objects.get(pk=declined.case_id)
        report_gap(actor=actor, service="dental", region="north", at=now)
        change_case(case=case, actor=actor, facts={"age_band": "24_29"}, at=now)
        mistake = Case.objects.get(pk=mistaken.case_id)
        enter_case_in_error(case=mistake, actor=actor, reason="opened_by_mistake", at=now)
    world.case(gender_identity="two_spirit", service_language="cr", needs=["cultural_support"])
    return served, again


def counts(population):
    with database.as_role("worker"):
        found = Counter()
        for place, number in tallies.counted().items():
            if place.population == population:
                found[place.codes] += number
        return dict(found)


def follow():
    with database.as_role("worker"):
        followers.drain("count")


def test_each_thing_is_counted_once_under_its_codes(world):
    year_of(world)
    follow()
    assert counts("sent") == {("central", "east"): 3}, "with the next door, without the mistake"
    assert counts("asked") == {("emergency_shelter", "east"): 3, ("peer_support", "east"): 1}
    assert counts("declined") == {("no_capacity", "cas"): 1}
    assert counts("begun") == {("1", "within_1_day", "east"): 1}
    assert counts("outcomes") == {
        ("emergency_shelter", "connected"): 1,
        ("peer_support", "informed"): 1,
    }
    assert counts("unmet") == {("dental", "north"): 1}
    assert counts("cases") == {
        ("18_20", "left_recently", "woman_girl", "fr", "central"): 1,
        ("24_29", "left_recently", "woman_girl", "fr", "central"): 1,
        ("18_20", "left_recently", "another_gender", "another_language", "central"): 1,
    }


def test_what_stands_for_indigenous_identity_is_counted_apart_and_by_wide_region(world):
    case = world.case(gender_identity="two_spirit", indigenous_led="first_choice")
    referral = world.referral(case=case, services=("cultural_support",))
    act(world, RECEIVER, answering.accept_referral, referral)
    act(world, RECEIVER, serving.start_referral, referral)
    with world.acting(SENDER) as actor:
        report_gap(actor=actor, service="indigenous_navigation", region="north", at=timezone.now())
    follow()
    assert counts("two_spirit") == counts("led_asked") == {("rest",): 1}
    assert counts("culture_asked") == {("cultural_support", "rest"): 1}
    assert counts("culture_unmet") == {("indigenous_navigation", "north"): 1}
    assert counts("led_begun") == {("not_met", "rest"): 1}, "a children’s aid society served"
    assert counts("languages") == counts("led_agencies") == {}


def test_reopening_takes_an_outcome_back_and_a_new_one_counts(world):
    served, _again = year_of(world)
    reopened = act(world, RECEIVER, serving.reopen_referral, served, reason="needed_again")
    follow()
    assert counts("outcomes") == {}
    outcomes = dict.fromkeys(("emergency_shelter", "peer_support"), "connected")
    act(world, RECEIVER, serving.complete_referral, reopened, outcomes=outcomes)
    follow()
    assert set(counts("outcomes")) == {(each, "connected") for each in outcomes}
    assert counts("begun") == {("1", "within_1_day", "east"): 1}


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_following_does_not_matter_and_adding_up_changes_nothing(world, seed):
    year_of(world)
    with database.as_role("worker"), transaction.atomic():
        entries = list(Entry.objects.order_by("pk"))
        random.Random(seed).shuffle(entries)
        for at, entry in enumerate(entries):
            tallies.count(Entry.objects.get(pk=entry.pk))
            if at % 7 == 0:
                tallies.compact(at=timezone.now())
        Pending.objects.filter(follower="count").delete()
        before = tallies.counted()
        assert tallies.compact(at=timezone.now()) >= 0
        assert tallies.counted() == before
        assert not Tally.objects.filter(is_change=True).exists()
        rebuilt = Counter()
        for _entries, found in tallies.rebuilt():
            rebuilt.update(found)
        assert rebuilt == before


def test_counting_all_anew_gives_what_following_gives_and_owes_nothing(world):
    year_of(world)
    with database.as_role("worker"):
        followers.drain("count")
        followed = tallies.counted()
        assert tallies.rebuild() == len(followed)
        assert tallies.counted() == followed
        assert not Pending.objects.filter(follower="count").exists()


def test_reconciling_compares_every_cell_with_the_record(world, capsys):
    year_of(world)
    with database.as_role("worker"):
        call_command("reconcile_statistics")
        assert "The counts are right" in capsys.readouterr().out
        one = Tally.objects.filter(population="sent").first()
        Tally.objects.filter(pk=one.pk).update(number=one.number + 1)
        with pytest.raises(CommandError, match="1 counts differ"):
            call_command("reconcile_statistics")
    assert "4 counted, 3 in the record" in capsys.readouterr().err


def test_what_was_disposed_of_keeps_its_count_and_is_left_out_of_the_comparison(world, capsys):
    year_of(world)
    follow()
    before = counts("sent")
    with database.as_superuser() as cursor:
        cursor.execute("set session_replication_role = replica; delete from audit_entrybody")
    with database.as_role("worker"):
        call_command("reconcile_statistics")
        assert EntryBody.objects.count() == 0
    assert "0 compared" in capsys.readouterr().out
    assert counts("sent") == before


def test_a_month_ends_at_midnight_in_toronto_whatever_the_clock_of_the_server(world):
    last = dt.datetime(2026, 10, 31, 23, 59, 59, tzinfo=TORONTO)
    assert month_of(last.astimezone(dt.UTC)) == dt.date(2026, 10, 1)
    assert month_of(last + dt.timedelta(seconds=1)) == dt.date(2026, 11, 1)
    with database.as_role("worker"), recording_as("seed"), world.acting(SENDER) as actor:
        for at in (last, last + dt.timedelta(seconds=1)):
            report_gap(actor=actor, service="dental", region="north", at=at.astimezone(dt.UTC))
    follow()
    with database.as_role("worker"):
        months = sorted(place.month for place in tallies.counted())
        only_october = tallies.counted(months=(dt.date(2026, 10, 1), dt.date(2026, 10, 1)))
    assert months == [dt.date(2026, 10, 1), dt.date(2026, 11, 1)]
    assert only_october.total() == 1


def test_indigenous_identity_and_what_stands_for_it_is_no_code_of_any_count():
    kept_apart = {
        "gender_identity": {"two_spirit"},
        "service_language": {"oj", "cr", "ojs", "moh", "iu"},
        "service_need": {"cultural_support", "indigenous_navigation"},
        "organisation_kind": {"police_first_nation", "cas_indigenous", "indigenous_org"},
    }
    for population in POPULATIONS.values():
        for each in population.dimensions:
            assert each.vocabulary not in {"indigenous_identity", "indigenous_led"}
            assert not kept_apart.get(each.vocabulary, set()) & set(each.codes)
    for vocabulary, wider in WIDER.items():
        for code in kept_apart[vocabulary]:
            same = [c for c, as_ in wider.items() if as_ == wider[code]]
            own = wider[code] in {"police", "cas", "community_org"}
            assert own or set(same) - kept_apart[vocabulary], "alone it is told by its name"


def test_no_person_reads_or_writes_counts_past_the_releases(world):
    with world.acting("office", Role.COORDINATOR), pytest.raises(ProgrammingError):
        Tally.objects.count()


def test_a_desk_in_whose_name_something_was_recorded_was_open_then(world):
    world.referral()
    month = timezone.localdate().replace(day=1)
    with database.as_superuser() as cursor:  # as where a year is loaded into new desks
        cursor.execute("update coordination_desk set created_at = now() + interval '40 days'")
    with database.as_role("worker"):
        found = measures.desks_by_activity(measures.span(month, month))
    assert {codes for codes, _agency in found} == {("active", "central")}


def test_each_row_of_the_waits_is_named_as_it_is_counted():
    waits = [histories._wait(dt.timedelta(days=days)) for days in (1, 2, 3, 5, 7, 20, 30, 31)]
    said = [vocabularies.label("wait_to_service", code) for code in waits]
    middle = ["1 to 3 days"] * 2 + ["3 to 7 days"] * 2 + ["7 to 30 days"] * 2
    assert said == ["Within 1 day", *middle, "More than 30 days"]
