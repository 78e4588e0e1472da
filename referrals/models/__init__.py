from referrals.models.referral import (
    Basis,
    Referral,
    ReferralGrant,
    ReferralQuerySet,
    RequestedService,
)
from referrals.models.unsent import UnsentForm

__all__ = [
    "Basis",
    "Referral",
    "ReferralGrant",
    "ReferralQuerySet",
    "RequestedService",
    "UnsentForm",
]
