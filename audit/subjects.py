"""
What each event speaks of, and who says it: the database refuses every entry that does not fit.

The database has this table as rows of `KnownVerb`; `manage.py migrate` writes them.
"""

from collections.abc import Mapping

from django.db import connection

from audit.models import KnownVerb
from audit.verbs import READS, Verb

V = Verb

_KINDS: Mapping[Verb, tuple[str, ...]] = {
    V.SIGNED_IN: ("user",),
    V.ACCESS_REFUSED: ("asked",),
    V.ACCESS_TRACED: ("trace",),
    V.MEMBER_ADDED: ("user",),
    V.MEMBER_ENDED: ("user",),
    V.MAIL_SWITCHED_OFF: ("user",),
    V.USER_INVITED: ("invitation",),
    V.REVIEW_RHYTHM_SET: ("agency",),
    V.TOKEN_ISSUED: ("user",),
    V.TOKEN_REVOKED: ("user",),
    V.NOTE_ADDED: ("case", "referral", "handoff"),
    V.STEWARD_NAMED: ("desk",),
    V.STEWARD_DISMISSED: ("desk",),
    V.CONSENT_RECORDED: ("case",),
    V.CONSENT_MOVED: ("case",),
    V.CONSENT_WITHDRAWN: ("case",),
    V.CONSENT_ENDED: ("case",),
    V.CONSENT_ENDING: ("case",),
    V.CASES_LISTED: ("box", "import"),
    V.REFERRALS_LISTED: ("box",),
    V.HANDOFFS_LISTED: ("box",),
}
"""Kinds of subjects of the events that are not named after theirs."""

VERSIONED = frozenset({"case", "referral", "handoff", "import"})
"""What has versions: an event of it makes the next one."""

_BESIDE = READS | {
    V.NOTE_ADDED,
    V.REFERRAL_FOLLOWED_UP,
    V.REFERRAL_PROMISE_PASSED,
    V.HANDOFF_FOLLOWED_UP,
    V.HANDOFF_PROMISE_PASSED,
    V.CONSENT_RECORDED,
    V.CONSENT_MOVED,
    V.CONSENT_WITHDRAWN,
    V.CONSENT_ENDED,
    V.CONSENT_ENDING,
    V.CASE_ASSIGNED,
    V.REFERRAL_ASSIGNED,
    V.REFERRAL_SEEN,
    V.REFERRAL_ACCEPTED_UNTRAINED,
    V.HANDOFF_ACCEPTED_UNTRAINED,
    V.REFERRAL_DRAFT_ENDING,
    V.REFERRAL_CONTACT_PENDING,
    V.REFERRAL_WITHDRAWAL_WAITS,
    V.REFERRAL_UNSEEN,
    V.REFERRAL_HALF_TIME,
    V.REFERRAL_THREE_QUARTERS,
    V.REFERRAL_OVERDUE,
    V.HANDOFF_HALF_TIME,
    V.HANDOFF_THREE_QUARTERS,
    V.HANDOFF_OVERDUE,
    V.WORDS_DISPOSED,
    V.CASE_DISPOSED,
}
"""Events of what has versions that make none."""

BY_WORKER = frozenset(
    {
        V.NETWORK_LOADED,
        V.MAIL_SWITCHED_OFF,
        V.REVIEW_OPENED,
        V.CAPACITY_ENDED,
        V.COMPLETION_EXPIRING,
        V.COMPLETION_EXPIRED,
        V.DESK_STRANDED,
        V.RELEASE_PUBLISHED,
        V.RELEASE_CORRECTED,
        V.RELEASE_REFUSED,
        V.ACTION_DUE_SOON,
        V.ACTION_OVERDUE,
        V.STEWARDSHIP_OPENED,
        V.STEWARD_NAMED,
        V.STEWARD_DISMISSED,
        V.DESK_STRANDED_NO_MORE,
        V.IMPORT_FINISHED,
        V.CASE_PASSED_ON,
        V.REFERRAL_PASSED_ON,
        V.HANDOFF_PASSED_ON,
        V.CONSENT_ENDED,
        V.CONSENT_ENDING,
        V.RETENTION_DISPOSED,
        V.WORDS_DISPOSED,
        V.CASE_DISPOSED,
        V.REFERRAL_DRAFT_ENDING,
        V.REFERRAL_CONTACT_PENDING,
        V.REFERRAL_WITHDRAWAL_WAITS,
        V.REFERRAL_UNSEEN,
        V.REFERRAL_HALF_TIME,
        V.REFERRAL_THREE_QUARTERS,
        V.REFERRAL_OVERDUE,
        V.HANDOFF_HALF_TIME,
        V.HANDOFF_THREE_QUARTERS,
        V.HANDOFF_OVERDUE,
        V.REFERRAL_PROMISE_PASSED,
        V.HANDOFF_PROMISE_PASSED,
    }
)
"""What only time, a command or the network's own rules bring about: no person says it."""


_NAMES = frozenset(str(verb) for verb in Verb)


def kinds_of(verb: Verb) -> tuple[str, ...]:
    """Return the kinds of subjects that an event speaks of: as a rule the one in its name."""
    return _KINDS.get(verb, (verb.partition(".")[0],))


def makes_version(verb: Verb) -> bool:
    """Tell whether an event is that of a new version of its subject."""
    return verb not in _BESIDE and VERSIONED.issuperset(kinds_of(verb))


def fits(verb: str, subject: str) -> bool:
    """Tell whether there is such an event, and of such a subject."""
    return verb in _NAMES and subject.partition(":")[0] in kinds_of(Verb(verb))


def tell_the_database() -> None:
    """Write the table for the database to check entries by; a name that went stays known."""
    if KnownVerb._meta.db_table not in connection.introspection.table_names():
        return
    rows = [
        KnownVerb(
            verb=verb,
            kinds=list(kinds_of(verb)),
            makes_version=makes_version(verb),
            by_worker=verb in BY_WORKER,
        )
        for verb in Verb
    ]
    KnownVerb.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["verb"],
        update_fields=["kinds", "makes_version", "by_worker"],
    )
