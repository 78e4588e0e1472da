from referrals.models.basis import Basis
from referrals.models.handoff import Handoff, HandoffGrant
from referrals.models.override import Override
from referrals.models.referral import (
    Referral,
    ReferralGrant,
    ReferralQuerySet,
    RequestedService,
)
from referrals.models.unsent import UnsentForm
from referrals.models.views import SavedView

__all__ = [
    "Basis",
    "Handoff",
    "HandoffGrant",
    "Override",
    "Referral",
    "ReferralGrant",
    "ReferralQuerySet",
    "RequestedService",
    "SavedView",
    "UnsentForm",
]
