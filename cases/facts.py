"""
Which service may see which fact of a case: the table, for a privacy officer to read.

The lead desk sees every task fact. A desk that reads a case through a referral sees the facts a
task needs, and a flag that can harm in the wrong hands only where a service it was asked for needs
it; a police-involved desk never sees those.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any

from cases.models import Case
from coordination.models import Desk

TASK_FACTS = (
    "age_band",
    "gender_identity",
    "situation",
    "service_language",
    "indigenous_led",
    "access_needs",
    "dependants",
    "contact_rules",
    "areas_to_avoid",
    "safety_flags",
    "needs",
)

LEAD_FACTS = (
    "trafficking_status",
    "exploitation_types",
    "means_of_control",
    "recruiter_relation",
    "justice_stage",
)

HARMFUL_FLAGS: Mapping[str, frozenset[str]] = {
    "no_status": frozenset({"immigration", "legal_other", "settlement", "id_replacement"}),
    "pregnant": frozenset(
        {"health_primary", "sexual_assault_care", "parenting_family", "emergency_shelter"}
    ),
    "substance_withdrawal": frozenset(
        {"addictions", "health_primary", "mental_health", "crisis_support", "emergency_shelter"}
    ),
    "weapons_gang": frozenset(
        {"safety_planning", "emergency_shelter", "transitional_housing", "transport_relocation"}
    ),
}
"""Flag -> the services that need it. A flag that is not named here reaches every receiver."""


@dataclass(frozen=True)
class Facts:
    """The task facts of one case as one desk may see them; attributes are `TASK_FACTS`."""

    age_band: str
    gender_identity: str
    situation: str
    service_language: str
    indigenous_led: str
    access_needs: list[str]
    dependants: int
    contact_rules: list[str]
    areas_to_avoid: list[str]
    safety_flags: list[str]
    needs: list[str]


@dataclass(frozen=True)
class Minimum:
    """
    What a responsible desk keeps after the basis ended: enough not to do harm.

    Without the language and the access needs it could speak to the person only through whoever is
    at hand, or not at all.
    """

    service_language: str
    access_needs: list[str]
    contact_rules: list[str]
    areas_to_avoid: list[str]
    safety_flags: list[str]


def task_facts(case: Case) -> Facts:
    """Return all task facts: what the lead desk sees."""
    return Facts(**{name: getattr(case, name) for name in TASK_FACTS})


def facts_for_services(case: Case, *, services: Collection[str], desk: Desk) -> Facts:
    """Return the task facts as a desk sees them through a referral for these services."""
    flags = [
        flag for flag in case.safety_flags if _may_see_flag(flag, services=services, desk=desk)
    ]
    others = [name for name in TASK_FACTS if name not in {"safety_flags", "needs"}]
    return Facts(
        **{name: getattr(case, name) for name in others},
        safety_flags=flags,
        # What else the person needs is the lead's to ask for: a receiver sees its own services.
        needs=[each for each in case.needs if each in services],
    )


def minimum_facts(case: Case, *, services: Collection[str], desk: Desk) -> Minimum:
    """Return what a desk keeps of a case that it is still responsible for, without a basis."""
    seen = facts_for_services(case, services=services, desk=desk)
    return Minimum(**{each.name: getattr(seen, each.name) for each in fields(Minimum)})


def lead_facts(case: Case) -> dict[str, Any]:
    """Return the lead-only facts; row-level security answers with nothing for any other desk."""
    kept = getattr(case, "lead_facts", None)
    return {name: getattr(kept, name) for name in LEAD_FACTS} if kept else {}


def _may_see_flag(flag: str, *, services: Collection[str], desk: Desk) -> bool:
    if flag not in HARMFUL_FLAGS:
        return True
    return not desk.agency.police_involved and not HARMFUL_FLAGS[flag].isdisjoint(services)
