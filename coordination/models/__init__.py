from coordination.models.grants import Grant
from coordination.models.idempotency import IdempotentAnswer
from coordination.models.network import Agency, Area, Desk, Team
from coordination.models.people import ApiToken, Membership, User

__all__ = [
    "Agency",
    "ApiToken",
    "Area",
    "Desk",
    "Grant",
    "IdempotentAnswer",
    "Membership",
    "Team",
    "User",
]
