from coordination.models.action import GroupAction
from coordination.models.agreement import Agreement
from coordination.models.eligibility import Eligibility
from coordination.models.gate import IdentifierPattern
from coordination.models.grants import Grant
from coordination.models.group import GroupAgency, Meeting, WorkingGroup
from coordination.models.idempotency import IdempotentAnswer
from coordination.models.invitation import Invitation
from coordination.models.known import KnownCodes
from coordination.models.network import Agency, Area, Desk, Team
from coordination.models.offer import Capacity, Pace, ServiceGap
from coordination.models.people import ApiToken, Membership, User
from coordination.models.registers import AccessRequest, Breach, LegalProcess
from coordination.models.release import Release, ReleaseRefused, ReleaseWorking
from coordination.models.retention import LegalHold, RetentionPeriod, Tombstone
from coordination.models.review import AccessReview, ReviewLine
from coordination.models.rota import DutyException, Shift
from coordination.models.spans import AccessSpan
from coordination.models.step import Step
from coordination.models.stewardship import SealedTable, Stewardship
from coordination.models.tally import Tally
from coordination.models.thresholds import ThresholdProposal
from coordination.models.training import Completion, Course, Requirement

__all__ = [
    "AccessRequest",
    "AccessReview",
    "AccessSpan",
    "Agency",
    "Agreement",
    "ApiToken",
    "Area",
    "Breach",
    "Capacity",
    "Completion",
    "Course",
    "Desk",
    "DutyException",
    "Eligibility",
    "Grant",
    "GroupAction",
    "GroupAgency",
    "IdempotentAnswer",
    "IdentifierPattern",
    "Invitation",
    "KnownCodes",
    "LegalHold",
    "LegalProcess",
    "Meeting",
    "Membership",
    "Pace",
    "Release",
    "ReleaseRefused",
    "ReleaseWorking",
    "Requirement",
    "RetentionPeriod",
    "ReviewLine",
    "SealedTable",
    "ServiceGap",
    "Shift",
    "Step",
    "Stewardship",
    "Tally",
    "Team",
    "ThresholdProposal",
    "Tombstone",
    "User",
    "WorkingGroup",
]
