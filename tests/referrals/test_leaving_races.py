"""Leaving at the same moment as working; and, whoever leaves in any order, nothing lies nowhere."""

import contextlib
import os
import random
import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone

from audit.record import set_actor
from coordination import access, people
from coordination.errors import Invalid, Refused
from coordination.models import Desk, Membership
from coordination.roles import Role
from referrals import drift, holdings
from referrals.actions import leaving
from referrals.actions.answering import accept_referral
from tests import database
from tests.referrals.test_leaving import accept, colleague, empty, now_of, settle

ROUNDS = 5
STEPS = 40
_SEED = int(os.environ.get("RELAY_SEED", random.SystemRandom().randrange(2**32)))


def at_once(*deeds):
    """Do all of them in threads that start together; return what each raised."""
    barrier, raised = threading.Barrier(len(deeds)), []

    def do(user, deed):
        try:
            with transaction.atomic():
                actor = access.actor_for(user)
                set_actor(user.pk, actor.desk.pk)
                barrier.wait()
                deed(actor)
        except Exception as error:
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=pair) for pair in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_whoever_accepts_while_being_deactivated_leaves_nothing_behind(world):
    admin = world.user("ottawa-cas", Role.AGENCY_ADMIN)
    for number in range(ROUNDS):
        worker = colleague(world, "ottawa-cas", name=f"round{number}") if number else None
        worker = worker or world.user("ottawa-cas")
        referral = world.referral()
        at_once(
            (worker, lambda a, r=referral: accept_referral(referral=r, actor=a, at=timezone.now())),
            (
                admin,
                lambda a, p=worker: people.deactivate_person(
                    actor=a, person=p, successors={}, at=timezone.now()
                ),
            ),
        )
        settle()
        found = now_of(referral)
        if found.accepting_desk:
            assert found.responsible_desk.slug == "ottawa-community"
        else:
            assert (found.to_desk.slug, found.responsible_desk.slug) == (
                "ottawa-community", "peel-cas",
            )  # fmt: skip


def test_two_workers_pass_on_at_once_and_each_thing_moves_once(world):
    held = [world.referral() for _ in range(3)]
    for each in held:
        accept(world, each)
    empty(world, "ottawa-cas")

    with database.as_role("worker"):
        threads = [
            threading.Thread(
                target=lambda: (leaving.pass_on(at=timezone.now()), connection.close())
            )
            for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    settle()
    for each in held:
        found = now_of(each)
        assert (found.responsible_desk.slug, found.version) == (
            "ottawa-community",
            each.version + 2,
        )


class Network:
    """Random deeds of a small network; what it refuses is fine, what it leaves lying is not."""

    def __init__(self, world, chance):
        self.world, self.chance, self.referrals, self.made = world, chance, [], 0
        self.slugs = ["peel-cas", "peel-community", "ottawa-cas", "ottawa-community"]
        for slug in self.slugs:
            world.user(slug, Role.AGENCY_ADMIN)
        with database.as_role("worker"):
            Desk.objects.filter(slug="peel-cas").update(cover_desk=world.desks["peel-community"])

    def staffed(self):
        seats = Membership.objects.current().working_records()
        return sorted(set(seats.values_list("desk__slug", flat=True)) & set(self.slugs))

    def step(self):
        deed = self.chance.choice([self.send, self.send, self.accept, self.leave, self.join])
        with contextlib.suppress(Refused, Invalid):
            deed()
        if self.chance.random() < 0.4:
            settle()

    def _as(self, slug):
        seats = Membership.objects.current().working_records().filter(desk__slug=slug)
        self.world.people[slug, Role.WORKER] = seats.first().user

    def send(self):
        here = self.staffed()
        if len(here) < 2:
            return
        sender, receiver = self.chance.sample(here, 2)
        self._as(sender)
        target = self.chance.choice([receiver, receiver.split("-")[0]])
        if target == sender.split("-")[0]:
            target = receiver
        self.referrals.append(self.world.referral(to=target, sender=sender))

    def accept(self):
        if self.referrals:
            referral, slug = self.chance.choice(self.referrals), self.chance.choice(self.slugs)
            if slug in self.staffed():
                self._as(slug)
                accept(self.world, now_of(referral), slug)

    def leave(self):
        slug = self.chance.choice(self.slugs)
        seats = Membership.objects.current().working_records().filter(desk__slug=slug)
        for seat in list(seats.select_related("user")):
            with self.world.acting(slug, Role.AGENCY_ADMIN) as admin:
                people.deactivate_person(
                    actor=admin, person=seat.user, successors={}, at=timezone.now()
                )

    def join(self):
        self.made += 1
        slug = self.chance.choice(self.slugs)
        colleague(self.world, slug, name=f"new{self.made}")


def lying():
    """Return what is open at a desk where nobody works and that is not on the Office's list."""
    with database.as_role("worker"), connection.cursor() as cursor:
        listed = [each.desk.pk for each in holdings.desks_left()]
        cursor.execute(
            "select reference from referrals_referral where status in ('accepted', 'waitlisted',"
            " 'in_service', 'returning') and not somebody_works_at(responsible_desk_id)"
            " and not responsible_desk_id = any (%s)"
            " union all select reference from cases_case where status <> 'closed'"
            " and not somebody_works_at(lead_desk_id) and not lead_desk_id = any (%s)",
            [listed, listed],
        )
        return cursor.fetchall()


@pytest.mark.slow
def test_whoever_leaves_in_any_order_nothing_lies_nowhere(world):
    print(f"seed {_SEED}")
    network = Network(world, random.Random(_SEED))
    for _ in range(STEPS):
        network.step()
        assert lying() == []
    for slug in network.slugs:  # everybody is back: then nothing is stranded, and all of it moves
        colleague(world, slug, name="back")
    settle()
    with database.as_role("worker"):
        assert holdings.desks_left() == []
        assert list(drift.drifted()) == []
