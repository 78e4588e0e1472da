"""Every event that Relay can record, in one list. What is not here cannot happen silently."""

from enum import StrEnum


class Verb(StrEnum):
    """`noun.past_participle`; stored as written, so a name is never changed or used again."""

    SIGNED_IN = "session.started"
    ACCESS_REFUSED = "access.refused"

    NETWORK_LOADED = "network.loaded"
    MEMBER_ADDED = "member.added"
    TOKEN_ISSUED = "token.issued"  # noqa: S105  an event's name, not a secret

    CASE_OPENED = "case.opened"
    CASE_VIEWED = "case.viewed"

    REFERRAL_DRAFTED = "referral.drafted"
    REFERRAL_SENT = "referral.sent"
    REFERRAL_ASKED = "referral.asked"
    REFERRAL_ANSWERED = "referral.answered"
    REFERRAL_ACCEPTED = "referral.accepted"
    REFERRAL_ACCEPT_UNDONE = "referral.accept_undone"
    REFERRAL_DECLINED = "referral.declined"
    REFERRAL_STEPPED_ASIDE = "referral.stepped_aside"
    REFERRAL_WITHDRAWN = "referral.withdrawn"
    REFERRAL_VIEWED = "referral.viewed"
    REFERRALS_LISTED = "referral.listed"
    CASES_LISTED = "case.listed"


READS = frozenset(
    {Verb.CASE_VIEWED, Verb.REFERRAL_VIEWED, Verb.REFERRALS_LISTED, Verb.CASES_LISTED}
)
"""Looking is recorded too; these never change a row and never notify."""
