from referrals.models.referral import (
    Basis,
    Referral,
    ReferralGrant,
    ReferralQuerySet,
    RequestedService,
)
from referrals.models.unsent import UnsentForm
from referrals.models.views import SavedView

__all__ = [
    "Basis",
    "Referral",
    "ReferralGrant",
    "ReferralQuerySet",
    "RequestedService",
    "SavedView",
    "UnsentForm",
]
