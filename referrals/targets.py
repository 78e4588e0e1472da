"""Whom a referral can be addressed to, in one type: a desk, a team, an agency, a province."""

from dataclasses import dataclass
from typing import Any

from coordination import vocabularies
from coordination.models import Agency, Desk, Team
from referrals.models import Handoff, Referral


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


def target_of(of: Referral | Handoff) -> Target:
    """Return whom a referral or a hand-off is addressed to."""
    return of.to_desk or of.to_team or of.to_agency or Province(of.to_province)
