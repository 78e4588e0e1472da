"""Class of the retention table -> who disposes of what is due. See coordination.disposing."""

DISPOSERS = {
    "cases": "referrals.disposal.CASES",
    "errors": "referrals.disposal.ERRORS",
    "words": "referrals.disposal.WORDS",
    "drafts": "referrals.disposal.DRAFTS",
    "looks": "coordination.disposing.LOOKED",
    "sessions": "coordination.disposing.SESSIONS",
    "notices": "notifications.disposal.NOTICES",
    "deliveries": "notifications.disposal.DELIVERIES",
    "keys": "coordination.disposing.KEYS",
}
