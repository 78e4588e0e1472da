"""
A small network to test in, made the way the product makes it.

Peel and Ottawa are two teams; in each a children's aid society, a police service and a community
organization have a desk; `elsewhere` is a desk of a third team. People are made by role when asked.
"""

import copy
import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from audit.record import set_actor
from cases.actions.opening import open_case
from cases.models import Case
from coordination import access
from coordination.actions import add_member
from coordination.models import Agency, Area, Desk, Membership, Team, User
from coordination.roles import Role
from coordination.tokens import issue_token
from referrals.actions.drafting import BasisGiven, draft_referral
from referrals.actions.sending import send_referral
from referrals.models import Referral
from tests import database, kept

SERVICES = ["emergency_shelter", "peer_support", "mental_health"]
FACTS = {
    "age_band": "18_20",
    "gender_identity": "woman_girl",
    "situation": "left_recently",
    "service_language": "fr",
    "contact_rules": ["no_voicemail_text"],
}
KINDS = {"cas": "cas", "police": "police", "community": "community_org"}
SEATED = dt.timedelta(days=60)
"""For so long its people have been there: over the end of a month, and longer than rules ask."""

AUDIENCE = ["cas", "community_org", "health"]


class World:
    """Desks by slug, and people by desk and role."""

    def __init__(self) -> None:
        self.people: dict[tuple[str, Role], User] = {}
        if kept.put_back():
            self.people = copy.deepcopy(kept.people)
            return
        with kept.keeping(self.people):
            self._make()

    def _make(self) -> None:
        with database.as_role("worker"), transaction.atomic():
            for slug, region in (("peel", "central"), ("ottawa", "east"), ("north", "north")):
                self._team(slug, region)
            self._desk("office", kind="government", team=None)

    def team(self, slug: str, region: str) -> None:
        """Add a further team, with the same desks as the others."""
        with database.as_role("worker"), transaction.atomic():
            self._team(slug, region)
        self.__dict__.pop("desks", None)

    def _team(self, slug: str, region: str) -> None:
        team = Team.objects.create(
            slug=slug, region=region, name_en=slug.title(), name_fr=slug.title()
        )
        Area.objects.create(slug=f"{slug}-area", team=team, name_en=slug, name_fr=slug)
        for name, kind in KINDS.items():
            self._desk(f"{slug}-{name}", kind=kind, team=team)
        team.duty_desk = Desk.objects.get(slug=f"{slug}-community")
        team.save()

    def _desk(self, slug: str, *, kind: str, team: Team | None) -> None:
        agency = Agency.objects.create(
            slug=slug,
            kind=kind,
            region=team.region if team else "provincial",
            name_en=f"Agency {slug}",
            name_fr=f"Organisme {slug}",
            police_involved=kind == "police",
            privacy_regime="none",
        )
        desk = Desk.objects.create(
            group=Group.objects.create(name=f"desk:{slug}"),
            slug=slug,
            agency=agency,
            team=team,
            services=SERVICES,
            duty_phone="555-0100",
            is_addressable=team is not None,
        )
        if team:
            self._seat(desk, Role.WORKER)

    def _seat(self, desk: Desk, role: Role) -> User:
        user = User.objects.create_user(
            f"{desk.slug}.{role}", agency=desk.agency, first_name="Alex", last_name=desk.slug
        )
        seat = add_member(user=user, desk=desk, role=role, at=timezone.now())
        Membership.objects.filter(pk=seat.pk).update(since=seat.since - SEATED)
        self.people[desk.slug, role] = user
        return user

    def user(self, desk: str, role: Role = Role.WORKER) -> User:
        """Return the person who holds this role at the desk, made on first use."""
        if (desk, role) not in self.people:
            with database.as_role("worker"), transaction.atomic():
                self._seat(Desk.objects.get(slug=desk), role)
        return self.people[desk, role]

    def token(self, desk: str, role: Role = Role.WORKER) -> str:
        """Return a working API token of the person."""
        user, now = self.user(desk, role), timezone.now()
        text = f"relay_{desk}_{role}"
        with database.as_role("worker"), transaction.atomic():
            issue_token(user=user, name="test", text=text, expires_at=now + dt.timedelta(1), at=now)
        return text

    @contextmanager
    def acting(self, desk: str, role: Role = Role.WORKER) -> Iterator[access.Actor]:
        """Open a transaction in which this person acts, as a request does."""
        user = self.user(desk, role)
        with transaction.atomic():
            actor = access.actor_for(user)
            set_actor(user.pk, actor.desk.pk if actor.desk else None)
            yield actor

    @cached_property
    def desks(self) -> dict[str, Desk]:
        return {desk.slug: desk for desk in Desk.objects.select_related("agency", "team")}

    def case(self, desk: str = "peel-cas", **facts: object) -> Case:
        with self.acting(desk) as actor:
            return open_case(
                actor=actor,
                facts={**FACTS, **facts},
                lead_facts={"trafficking_status": "suspected"},
                at=timezone.now(),
            )

    def referral(
        self,
        to: str = "ottawa-cas",
        *,
        sender: str = "peel-cas",
        case: Case | None = None,
        services: tuple[str, ...] = ("emergency_shelter",),
        basis: str = "express_informed",
        audience: tuple[str, ...] = tuple(AUDIENCE),
        urgency: str = "urgent",
        sent: bool = True,
    ) -> Referral:
        """Return a referral to a desk, or to a team if `to` names one, sent unless told not."""
        case = case or self.case(sender)
        with self.acting(sender) as actor:
            now = timezone.now()
            target = self.desks.get(to) or Team.objects.get(slug=to)
            referral = draft_referral(
                actor=actor,
                case=case,
                to=target,
                services=services,
                urgency=urgency,
                basis=BasisGiven(basis, list(audience), now + dt.timedelta(days=90), form="spoken"),
                at=now,
            )
            if sent:
                referral = send_referral(referral=referral, actor=actor, at=now)
        referral.case = case
        return referral
