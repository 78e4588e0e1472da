"""All verbs at once, at random, about the same few cases: nobody waits for each other in a circle."""

import os
import random
import threading
import time
from collections import Counter
from functools import partial

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from cases.actions import leading
from cases.models import Case
from coordination.errors import Refused
from coordination.models import Membership
from referrals import drift
from referrals.actions import (
    answering,
    closing,
    following,
    handing_off,
    leaving,
    mistakes,
    sending,
    serving,
)
from referrals.actions.drafting import BasisGiven, draft_referral
from referrals.models import Handoff, Referral
from tests import database
from tests.referrals.test_handoffs import AUDIENCE, proposal
from tests.world import SERVICES

SECONDS = float(os.environ.get("RELAY_STRESS", "15"))
EMPTIED = "ottawa-community"
DESKS = ["peel-cas", "peel-community", "ottawa-cas", EMPTIED, "north-cas"]
REASON = {"reason": "no_capacity"}

OF_A_REFERRAL = [
    *[(answering.accept_referral, {})] * 4,
    (answering.undo_accept_referral, {}),
    (answering.decline_referral, REASON),
    (answering.ask_referral, {"questions": ["language"]}),
    (sending.withdraw_referral, {"reason": "no_answer"}),
    (serving.start_referral, {}),
    (serving.give_back_referral, {"reason": "capacity_lost"}),
    (serving.reopen_referral, {"reason": "needed_again"}),
    (following.take_back_referral, {}),
    (following.resolve_referral, {"reason": "lost_contact"}),
]
OF_A_HANDOFF = [
    *[(handing_off.accept_handoff, {})] * 3,
    (handing_off.decline_handoff, REASON),
    (handing_off.withdraw_handoff, {"reason": "safety"}),
]
OF_A_CASE = [
    (leading.resume_case, {}),
    *[(leading.reopen_case, {})] * 3,
    (closing.close_case, {"reason": "goals_met", "outcomes": {}}),
]


class Stress:
    """What the threads share: the world, until when, and what became of each attempt."""

    def __init__(self, world, cases, seed):
        self.world, self.cases, self.seed = world, cases, seed
        self.desks = [world.desks[slug] for slug in DESKS]
        self.ends = time.monotonic() + SECONDS
        self.tally, self.faults = Counter(), []

    def run(self, number):
        draw = random.Random(self.seed + number)
        try:
            while time.monotonic() < self.ends and not self.faults:
                self.attempt(draw)
        finally:
            connection.close()

    def attempt(self, draw):
        desk = draw.choice(DESKS)
        name = "?"
        try:
            with self.world.acting(desk) as actor:
                name, act = self.choose(draw, actor)
                act()
            self.tally[f"{name} done"] += 1
        except (Refused, Case.DoesNotExist):
            self.tally[f"{name} refused"] += 1
        except DatabaseError as fault:
            if desk != EMPTIED:  # whose seat ended under way: the database stops them in the middle
                self.faults.append((desk, name, fault))
        except BaseException as fault:
            self.faults.append((desk, name, fault))

    def choose(self, draw, actor):
        """Return the name of something to do, and a call that does it."""
        what = draw.choice([self.answer] * 5 + [self.take] * 3 + [self.lead] * 5)
        return what(draw, actor, {"actor": actor, "at": timezone.now()}) or ("?", self.nothing)

    @staticmethod
    def nothing():
        """Refuse: the desk has nothing of this kind now."""
        raise Refused("nothing")

    def answer(self, draw, actor, common):
        found = list(Referral.objects.visible_to(actor).order_by("-pk")[:8])
        if not found:
            return None
        common["referral"] = draw.choice(found)
        if draw.randrange(6) == 0:
            to = draw.choice(self.desks)
            return "reroute", lambda: following.reroute_referral(to=to, **common)
        action, more = draw.choice(OF_A_REFERRAL)
        return action.__name__, lambda: action(**common, **more)

    def take(self, draw, actor, common):
        offers = list(Handoff.objects.visible_to(actor).filter(status="proposed"))
        if not offers:
            return None
        action, more = draw.choice(OF_A_HANDOFF)
        handoff = draw.choice(offers)
        return action.__name__, lambda: action(handoff=handoff, **common, **more)

    def lead(self, draw, actor, common):
        mine = Case.objects.visible_to(actor).filter(lead_desk=actor.desk, pk__in=self.cases)
        led = list(mine.select_related("lead_desk"))
        if not led:
            return None
        common["case"] = draw.choice(led)
        to = draw.choice([*self.desks, self.desks[2].team])
        name, act = draw.choice(
            [("send", lambda: self.ask(draw, to, common))] * 12
            + [("propose", lambda: self.propose(to, common))] * 4
            + [(each.__name__, partial(each, **common, **more)) for each, more in OF_A_CASE]
        )
        if draw.randrange(200) == 0:
            return "enter_in_error", lambda: self.mistake(common)
        return name, act

    @staticmethod
    def mistake(common):
        mistakes.enter_case_in_error(reason="opened_by_mistake", **common)

    @staticmethod
    def propose(to, common):
        handing_off.propose_handoff(to=to, proposal=proposal(), **common)

    @staticmethod
    def ask(draw, to, common):
        basis = BasisGiven("express_informed", AUDIENCE, proposal().basis.until, form="spoken")
        services = [draw.choice(SERVICES)]
        draft = draft_referral(to=to, services=services, urgency="urgent", basis=basis, **common)
        sending.send_referral(referral=draft, actor=common["actor"], at=common["at"])

    def pass_on(self):
        """Now and then nobody works at a desk for a moment, and the worker passes on what it had."""
        try:
            with database.as_role("worker"):
                while time.monotonic() < self.ends and not self.faults:
                    seats = Membership.objects.filter(desk__slug=EMPTIED, role="worker")
                    seats.update(until=timezone.now())
                    leaving.pass_on_desk(desk=self.world.desks[EMPTIED], at=timezone.now())
                    self.tally["pass_on_desk done"] += 1
                    seats.update(until=None)
                    time.sleep(0.3)
        except BaseException as fault:
            self.faults.append(("pass_on_desk", fault))
        finally:
            connection.close()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_all_verbs_at_once_never_wait_in_a_circle(world):
    seed = int(os.environ.get("RELAY_SEED", random.SystemRandom().randrange(2**32)))
    cases = [world.case(desk) for desk in DESKS * 2]
    for desk in DESKS:
        world.user(desk)
    stress = Stress(world, [case.pk for case in cases], seed)
    with database.as_superuser() as admin:
        admin.execute("select deadlocks from pg_stat_database where datname = current_database()")
        ((before,),) = admin.fetchall()
    threads = [threading.Thread(target=stress.run, args=(n,)) for n in range(5)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)  # they have their own logins before the worker's is set
    threads.append(threading.Thread(target=stress.pass_on))
    threads[-1].start()
    for thread in threads:
        thread.join()
    print(f"seed {seed}: {dict(sorted(stress.tally.items()))}")
    assert stress.faults == []
    assert sum(n for name, n in stress.tally.items() if name.endswith("done")) > SECONDS
    time.sleep(1)  # statistics are written a moment later
    with database.as_superuser() as admin:
        admin.execute("select deadlocks from pg_stat_database where datname = current_database()")
        assert admin.fetchall() == [(before,)]
    with database.as_role("worker"), transaction.atomic():
        assert list(drift.drifted()) == []
