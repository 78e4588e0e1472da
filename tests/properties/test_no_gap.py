"""
No gap, as a property: whoever does whatever in any order, exactly one desk is responsible.

Referrals, cases, hand-offs and consents, and people who come and go.

TRUST Z7: all verbs, refusals, lists and the record against an independent oracle.
"""

import os
import random

import pytest
from django.core.management import call_command
from django.utils import timezone
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from referrals import drift, effects, handoff_moves, moves, taking_over
from referrals.actions import closing
from referrals.actions.consenting import carry_out_ends
from referrals.models import Handoff
from tests import database
from tests.properties.leads import ANSWERS, CASE_ACTIONS
from tests.properties.machine import ACTIONS, NoGap, tally

STEPS = 100
_SEED = int(os.environ.get("RELAY_SEED", random.SystemRandom().randrange(2**32)))


def drive(machine, *, runs, more=0):
    """Drive the machine; the seed is printed, and RELAY_SEED plays it again."""
    print(f"seed {_SEED + more}")

    class Driven(machine):
        pass

    seed(_SEED + more)(Driven)
    run_state_machine_as_test(
        Driven,
        settings=settings(
            max_examples=runs,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


class Whole(NoGap):
    """The machine of the code as it is: after each run nothing has drifted from the record."""

    @staticmethod
    def at_the_end():
        with database.as_role("worker"):
            while carry_out_ends(at=timezone.now()):
                pass
            assert list(drift.drifted()) == []
            call_command("verify_record", verbosity=0)


def test_no_gap_in_a_short_run(world):
    drive(Whole, runs=6)


def never():
    """Return what was never done, or never refused, so far."""
    leads = [f"case {verb}" for verb in CASE_ACTIONS] + [f"handoff {verb}" for verb in ANSWERS]
    verbs = [*ACTIONS, *leads, "propose", "withdraw_consent"]
    wanted = ["passed on", *(f"{what} {verb}" for verb in verbs for what in ("done", "refused"))]
    return [each for each in wanted if not tally[each]]


@pytest.mark.slow
@pytest.mark.timeout(2400)
@pytest.mark.parametrize("half", [1, 2])  # two processes share them
def test_no_gap_in_20_000_steps(world, half):
    """Whatever there is to do was done and refused at least once: if need be, they go on for it."""
    tally.clear()
    rounds = 0
    while tally["rules"] < 10_000 or (never() and tally["rules"] < 40_000):
        drive(Whole, runs=10, more=1_000 * half + rounds)
        rounds += 1
    print(f"{tally['rules']} steps, seed {_SEED}: {dict(sorted(tally.items()))}")
    assert never() == []


MUTANTS = {
    "late desks of a team come back": (moves, "holding_desk_ids", moves.answering_desk_ids),
    "nobody leaves the sender's box": (moves, "place_sender", lambda referral: None),
    "the case stays open after the end": (moves, "end_case", lambda *args, **kwargs: None),
    "a closed line is forgotten": (moves, "close_line", lambda *args, **kwargs: None),
    "an offer that is over still shows the case": (
        handoff_moves,
        "end_case_access",
        lambda *args, **kwargs: None,
    ),
    "referrals stay with who led before": (taking_over, "_move", lambda *args, **kwargs: None),
    "an offer outlives its consent": (effects, "open_offers", lambda _: Handoff.objects.none()),
    "a case closes over what is open": (closing, "open_referrals", lambda _: []),
}


MOST_DRIVES = 6


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("mutant", MUTANTS)
def test_the_machine_has_teeth(world, monkeypatch, mutant):
    module, name, broken = MUTANTS[mutant]
    monkeypatch.setattr(module, name, broken)
    with pytest.raises(BaseException):  # noqa: B017, PT011  any divergence, found anywhere
        for more in range(MOST_DRIVES):  # it ends with the first divergence; some are rare
            drive(NoGap, runs=80, more=more)
