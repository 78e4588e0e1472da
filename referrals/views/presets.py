"""What a new referral begins with: the answers that are right most of the time."""

import datetime as dt
from typing import Any

from django.utils import timezone

from coordination import vocabularies
from coordination.http import ActorRequest

BASIS_DAYS = 90


def preset(request: ActorRequest) -> dict[str, Any]:
    """Return preset answers by field: an end after 90 days, and one's own language."""
    today = timezone.localdate()
    return {
        "until": (today + dt.timedelta(days=BASIS_DAYS)).isoformat(),
        "service_language": request.actor.user.language,
        "indigenous_led": "not_asked",
    }


def kinds_without_police() -> list[str]:
    """Return the kinds among which desks are proposed before it is said with whom to share."""
    return [
        entry.code
        for entry in vocabularies.entries("organisation_kind")
        if not entry.extra["police_involved"]
    ]
