"""
What stops a sender once before sending, and only this (UX B): a call not made, a possible double.

A basis that excludes the chosen desk is no interruption but a refusal: see `referrals.audience`.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from coordination.access import Actor
from referrals.models import Referral
from referrals.states import LIVE

PHONED = "phoned"
ANOTHER_PERSON = "another_person"
RECENT = dt.timedelta(days=7)


def interruptions(
    typed: Mapping[str, Any], *, confirmed: Collection[str], actor: Actor, at: dt.datetime
) -> tuple[str, list[Referral]]:
    """Return what to ask before sending, with the referrals that look alike; "" for nothing."""
    if typed["urgency"] == "immediate" and not typed["agreed_at"] and PHONED not in confirmed:
        return PHONED, []
    alike = [] if ANOTHER_PERSON in confirmed else _alike(typed, actor=actor, at=at)
    return (ANOTHER_PERSON, alike) if alike else ("", [])


def _alike(typed: Mapping[str, Any], *, actor: Actor, at: dt.datetime) -> list[Referral]:
    """Return this desk's own live referrals of the last days that say the same of a person."""
    return list(
        Referral.objects.visible_to(actor)
        .filter(
            from_desk=actor.desk,
            status__in=[str(status) for status in LIVE],
            written_at__gt=at - RECENT,
            case__age_band=typed["age_band"],
            case__gender_identity=typed["gender_identity"],
            case__situation=typed["situation"],
            services__service__in=typed["services"],
        )
        .distinct()
        .order_by("-written_at")[:3]
    )
