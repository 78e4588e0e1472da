from referrals.models.basis import Basis
from referrals.models.desk_reminder import DeskReminder
from referrals.models.follow_up import FollowUp
from referrals.models.handoff import Handoff, HandoffGrant
from referrals.models.override import Override
from referrals.models.referral import (
    Referral,
    ReferralGrant,
    ReferralQuerySet,
)
from referrals.models.requested_service import RequestedService
from referrals.models.unsent import UnsentForm
from referrals.models.views import SavedView

__all__ = [
    "Basis",
    "DeskReminder",
    "FollowUp",
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
