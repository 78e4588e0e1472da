"""
The demo's own network: invented agencies in real regions, so that no real one appears slow.

Read from data/demo_network.json: teams, and the desks that each of them has.
"""

import datetime as dt
import itertools
import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db import transaction

from audit.record import record
from audit.verbs import Verb
from coordination import vocabularies
from coordination.actions import add_member
from coordination.models import Agency, Area, Desk, Eligibility, Membership, Team, User
from coordination.network.directory import DATA
from coordination.roles import Role

_DESK_ROLES = (Role.WORKER, Role.LEAD, Role.AGENCY_ADMIN)
_OFFICE_ROLES = (Role.ANALYST, Role.COORDINATOR, Role.AUDITOR)
_SEATED = dt.timedelta(days=800)
"""For so long the demo's people have been there: longer than its year, and than their courses."""

_FRENCH_FIRST = frozenset({"ottawa", "cornwall", "sudbury"})


class _Network:
    def __init__(self, content: dict[str, Any], at: dt.datetime) -> None:
        self.content = content
        self.at = at
        # Hashed once: one slow hash a person would take minutes.
        self.password = make_password(settings.DEMO_PASSWORD)
        self.names: Iterator[tuple[str, str]] = itertools.cycle(
            zip(
                itertools.islice(itertools.cycle(content["first_names"]), 320),
                itertools.islice(itertools.cycle(content["last_names"]), 320),
                strict=True,
            )
        )
        self.phones = itertools.count(100)

    def load(self) -> None:
        teams = {each["slug"]: self._team(each) for each in self.content["teams"]}
        zones = {each["slug"]: each["time_zone"] for each in self.content["teams"]}
        shared = self.content["shared_agency"]
        agency = self._agency({**shared, "regime": "none"}, region=shared["region"])
        desks = [
            self._desk(f"{slug}-{shared['slug']}", agency, teams[slug], shared, zone=zones[slug])
            for slug in shared["teams"]
        ]
        liaison = self._person(f"{shared['slug']}.worker", agency, "en")
        for desk in desks[:2]:
            add_member(user=liaison, desk=desk, role=Role.WORKER, at=self.at)
        self._office()

    def _team(self, given: dict[str, Any]) -> Team:
        team = Team.objects.create(
            slug=given["slug"],
            region=given["region"],
            name_en=given["name_en"],
            name_fr=given["name_fr"],
            source="demo",
        )
        Area.objects.bulk_create(Area(team=team, **area) for area in given["areas"])
        place = given["name_en"].removesuffix(" regional team")
        for kind in self.content["desks"]:
            if "only" in kind and not given[kind["only"]]:
                continue
            agency = self._agency(
                {
                    **kind,
                    "slug": f"{given['slug']}-{kind['name']}",
                    "name_en": kind["en"].format(place=place),
                    "name_fr": kind["fr"].format(of_place=_of(place)),
                },
                region=given["region"],
            )
            desk = self._desk(
                f"{given['slug']}-{kind['name']}", agency, team, kind, zone=given["time_zone"]
            )
            language = "fr" if given["slug"] in _FRENCH_FIRST else "en"
            for role in _DESK_ROLES:
                person = self._person(f"{desk.slug}.{role}", agency, language)
                add_member(user=person, desk=desk, role=role, at=self.at)
            if kind.get("duty"):
                team.duty_desk = desk
        team.save()
        return team

    def _agency(self, given: dict[str, Any], *, region: str) -> Agency:
        kind = vocabularies.entry("organisation_kind", given["kind"])
        return Agency.objects.create(
            slug=f"{given['slug']}-demo",  # a real agency may have the plain one
            kind=given["kind"],
            region=region,
            name_en=given["name_en"],
            name_fr=given["name_fr"],
            city_hidden=given["kind"] == "community_org",
            police_involved=bool(kind.extra["police_involved"]),
            privacy_regime=given["regime"],
            source="demo",
        )

    def _desk(
        self,
        slug: str,
        agency: Agency,
        team: Team | None,
        given: dict[str, Any],
        zone: str = "America/Toronto",
    ) -> Desk:
        opens, closes = given.get("hours") or (None, None)
        desk = Desk.objects.create(
            group=Group.objects.create(name=f"desk:{slug}"),
            slug=slug,
            agency=agency,
            team=team,
            services=given.get("services", []),
            age_bands=given.get("age_bands", []),
            languages=["en", "fr"],
            duty_phone=f"555-0{next(self.phones):03d}",
            opens_at=opens,
            closes_at="23:59" if closes == "24:00" else closes,
            time_zone=zone,
            is_addressable=team is not None,
        )
        Eligibility.objects.bulk_create(
            Eligibility(desk=desk, **each) for each in given.get("eligibility", [])
        )
        return desk

    def _office(self) -> None:
        desk = self._seated(self.content["office"], _OFFICE_ROLES)
        # Two coordinators see what the other did; what one proposes, another agency confirms.
        second = self._person(f"{desk.slug}.{Role.COORDINATOR}-2", desk.agency, "fr")
        add_member(user=second, desk=desk, role=Role.COORDINATOR, at=self.at)
        self._seated(self.content["privacy"], [Role.AUDITOR])
        for body in vocabularies.entries("governance_body"):
            self._stewards(body)

    def _seated(self, given: dict[str, Any], roles: Iterable[Role]) -> Desk:
        """Add a desk of the government that stands in no team, with a person for each role."""
        agency = self._agency(
            {**given, "kind": "government", "regime": "fippa"}, region="provincial"
        )
        desk = self._desk(given["slug"], agency, None, {})
        for role in roles:
            person = self._person(f"{desk.slug}.{role}", agency, "en")
            add_member(user=person, desk=desk, role=role, at=self.at)
        return desk

    def _stewards(self, body: vocabularies.Entry) -> None:
        """Add the desk of a governance body, at an agency of its own: the Office seats nobody."""
        slug = f"stewards-{body.code.replace('_', '-')}"
        given = {
            "slug": slug,
            "kind": "government",
            "regime": "none",
            "name_en": f"Data governance, {body.en} (demo)",
            "name_fr": f"Gouvernance des données, {body.fr} (démo)",
        }
        agency = self._agency(given, region="provincial")
        desk = self._desk(slug, agency, None, {})
        desk.governance_body = body.code
        desk.save(update_fields=["governance_body"])
        person = self._person(f"{slug}.{Role.DATA_STEWARD}", agency, "en")
        add_member(user=person, desk=desk, role=Role.DATA_STEWARD, at=self.at)

    def _person(self, username: str, agency: Agency, language: str) -> User:
        first, last = next(self.names)
        return User.objects.create(
            username=username,
            first_name=first,
            last_name=last,
            agency=agency,
            language=language,
            password=self.password,
        )


@transaction.atomic
def load_demo(*, at: dt.datetime) -> bool:
    """Load the demo's network and its people, and return whether it was not there yet."""
    if Team.objects.filter(source="demo").exists():
        return False
    content = json.loads((DATA / "demo_network.json").read_text(encoding="utf-8"))
    _Network(content, at).load()
    seats = Membership.objects.filter(user__agency__source="demo")
    seats.update(since=at - _SEATED)
    record(Verb.NETWORK_LOADED, subject="network:demo", at=at, data={"teams": Team.objects.count()})
    return True


def _of(place: str) -> str:
    """Return "of" the place in French, which elides before a vowel: d’Ottawa, de Windsor."""
    return f"d’{place}" if place[0] in "AEIOUÉ" else f"de {place}"
