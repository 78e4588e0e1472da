"""Whom a referral can be addressed to, in one type: a desk, a team, an agency, a province."""

from dataclasses import dataclass
from typing import Any

from coordination import vocabularies
from coordination.models import Agency, Desk, Team
from referrals.models import Referral


@dataclass(frozen=True)
class Province:
    """Another province: whoever the sender phones there. `code` is of the vocabulary `province`."""

    code: str

    @property
    def slug(self) -> str:
        return self.code

    @property
    def name(self) -> str:
        return vocabularies.label("province", self.code)


Target = Desk | Team | Agency | Province
"""A desk or team on Relay; or an agency or province that is not, reached by phone."""


def columns_of(target: Target) -> dict[str, Any]:
    """Return the columns of a referral that say whom it is addressed to."""
    match target:
        case Desk():
            return {"to_desk": target}
        case Team():
            return {"to_team": target}
        case Agency():
            return {"to_agency": target}
        case Province():
            return {"to_province": target.code}


def target_of(referral: Referral) -> Target:
    """Return whom a referral is addressed to."""
    found = referral.to_desk or referral.to_team or referral.to_agency
    return found or Province(referral.to_province)
