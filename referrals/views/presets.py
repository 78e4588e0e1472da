"""What a new referral begins with: the answers that are right most of the time."""

import datetime as dt
from typing import Any

from django.utils import timezone

from coordination import vocabularies
from coordination.http import ActorRequest

BASIS_DAYS = 90


def preset(request: ActorRequest) -> dict[str, Any]:
    """Return preset answers by field: a basis of 90 days, without the police, in one's language."""
    today = timezone.localdate()
    return {
        "until": (today + dt.timedelta(days=BASIS_DAYS)).isoformat(),
        "service_language": request.actor.user.language,
        "indigenous_led": "not_asked",
        "audience": [
            entry.code
            for entry in vocabularies.entries("organisation_kind")
            if not entry.extra["police_involved"]
        ],
    }
