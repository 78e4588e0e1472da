"""
Which desks fit a need best, and why: said in words, so that a worker can judge it.

Left out: the own desk, desks outside the audience, teams that cover an area to avoid, desks that
do not take the age or gender, and desks that already declined this need.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from coordination import access, eligibility, offering, vocabularies
from coordination.models import Area, Desk, Team
from coordination.pace import NOT_ENOUGH
from referrals import audience
from referrals.targets import Target

BEST = 3
_OFTEN_FULL = {"open": 1, "limited": 0, "full": -8}
_QUICK = {"within_1_h": 3, "within_4_h": 2, "within_12_h": 1, "longer": -2}
_NEEDS_BED = frozenset({"emergency_shelter", "youth_residence", "transitional_housing"})
_WANTED = frozenset({"first_choice", "if_available"})


@dataclass(frozen=True)
class Proposal:
    """A desk that fits; `points` order them, `reasons` and `doubts` say why."""

    desk: Desk
    points: int
    reasons: Sequence[str]
    doubts: Sequence[str]
    preferred: bool = False
    """Indigenous-led, as the person prefers: before all others."""

    @property
    def value(self) -> str:
        """The value that the form knows it by."""
        return f"desk:{self.desk.slug}"


def propose(
    answers: Mapping[str, Any],
    *,
    sender: Desk,
    kinds: Collection[str],
    at: dt.datetime,
    without: Collection[int] = (),
) -> list[Proposal]:
    """
    Return the best desks for what a new referral says so far, the best first.

    `answers` are by field as in `referrals.new_forms`; `kinds` is the audience.
    """
    avoided = set(
        Area.objects.filter(slug__in=answers.get("areas_to_avoid") or []).values_list(
            "team_id", flat=True
        )
    )
    fitting = (
        _weigh(desk, answers, sender, at=at)
        for desk in offering.with_offer(access.addressable_desks())
        if desk != sender
        and desk.pk not in without
        and desk.team_id not in avoided
        and audience.includes(kinds, desk)
    )
    found = [each for each in fitting if each is not None]
    return sorted(found, key=lambda each: (not each.preferred, -each.points, each.desk.slug))[:BEST]


def is_indigenous_led(desk: Desk) -> bool:
    return desk.agency.kind in vocabularies.codes("indigenous_led_kind")


def misses_preference(answers: Mapping[str, Any], found: Sequence[Proposal]) -> bool:
    """Tell whether the person prefers an Indigenous-led service and no desk that fits is one."""
    wants = answers.get("indigenous_led") in _WANTED
    return wants and not any(is_indigenous_led(each.desk) for each in found)


def not_offered(target: Target, services: Collection[str]) -> list[str]:
    """Return what a desk, or a whole team, does not say that it offers; others are phoned."""
    match target:
        case Desk():
            desks = [target]
        case Team():
            desks = list(access.addressable_desks().filter(team=target))
        case _:
            return []
    said = {service for desk in desks for service in desk.services}
    return [each for each in services if each not in said]


def _weigh(
    desk: Desk, answers: Mapping[str, Any], sender: Desk, *, at: dt.datetime
) -> Proposal | None:
    wanted = list(answers.get("services") or [])
    offered = [each for each in wanted if each in desk.services and _takes(desk, each, answers)]
    if not offered:
        return None
    points, reasons = 10 * len(offered), [_services(offered, wanted)]
    doubts = _conditions(desk, offered)
    if unsaid := not_offered(desk, wanted):
        names = ", ".join(vocabularies.label("service_need", each) for each in unsaid)
        doubts.append(_("does not say that it offers %(services)s") % {"services": names})
    if desk.team and sender.team and desk.team.region == sender.team.region:
        points += 2
        region = vocabularies.label("region", desk.team.region)
        reasons.append(_("in your region, %(region)s") % {"region": region})
    language = answers.get("service_language", "")
    if language in desk.languages:
        points += 3
        reasons.append(_("serves in %(language)s") % {"language": _language(language)})
    elif desk.languages and language and not language.startswith("unknown"):
        doubts.append(_("an interpreter is needed"))
    wanted_led, capacity = answers.get("indigenous_led"), offering.level_of(desk, at=at)
    led = wanted_led in _WANTED and is_indigenous_led(desk)
    if led:
        reasons.append(_("Indigenous-led, as the person prefers"))
    beds = offering.beds_of(desk, at=at)
    if beds and not _NEEDS_BED.isdisjoint(offered):
        points += 4
        reasons.append(
            ngettext("%(beds)s bed tonight", "%(beds)s beds tonight", beds) % {"beds": beds}
        )
    usual = offering.usual_time_of(desk)
    if usual != NOT_ENOUGH:
        points += _QUICK.get(usual, 0)
        reasons.append(_("answers %(time)s") % {"time": vocabularies.label("usual_time", usual)})
    points += _OFTEN_FULL[capacity]
    (reasons if capacity == "open" else doubts).append(
        _("capacity: %(capacity)s") % {"capacity": vocabularies.label("capacity", capacity).lower()}
    )
    # "If available" goes without who is full; "first choice" waits for them.
    preferred = led and (wanted_led == "first_choice" or capacity != offering.FULL)
    return Proposal(desk, points, reasons, doubts, preferred=preferred)


def _takes(desk: Desk, service: str, answers: Mapping[str, Any]) -> bool:
    age, gender = answers.get("age_band") or "", answers.get("gender_identity") or ""
    return not eligibility.terms_of(desk, service).unfit(age_band=age, gender=gender)


def _conditions(desk: Desk, services: Sequence[str]) -> list[str]:
    """Return what these services ask beyond age and gender, in words, each once."""
    asked = [eligibility.terms_of(desk, service).condition for service in services]
    return [
        vocabularies.label("eligibility_condition", each) for each in dict.fromkeys(asked) if each
    ]


def _services(offered: Sequence[str], wanted: Sequence[str]) -> str:
    if len(offered) == len(wanted):
        return _("offers everything that is needed")
    return ngettext(
        "offers %(offered)s of %(wanted)s service",
        "offers %(offered)s of %(wanted)s services",
        len(wanted),
    ) % {"offered": len(offered), "wanted": len(wanted)}


def _language(code: str) -> str:
    """Return a language as it stands within a sentence: French begins it with a small letter."""
    language = vocabularies.label("service_language", code)
    is_french = (get_language() or "").startswith("fr")
    return language[:1].lower() + language[1:] if is_french else language


def values_of(proposals: Iterable[Proposal]) -> list[str]:
    """Return the form values, in order."""
    return [each.value for each in proposals]
