"""Every event that Relay can record, in one list. What is not here cannot happen silently."""

from enum import StrEnum


class Verb(StrEnum):
    """`noun.past_participle`; stored as written, so a name is never changed or used again."""

    SIGNED_IN = "session.started"
    ACCESS_REFUSED = "access.refused"
    ACCESS_TRACED = "access.traced"

    NETWORK_LOADED = "network.loaded"
    MEMBER_ADDED = "member.added"
    MAIL_SWITCHED_OFF = "mail.switched_off"
    MEMBER_ENDED = "member.ended"
    USER_DEACTIVATED = "user.deactivated"
    USER_INVITED = "user.invited"
    INVITATION_REVOKED = "invitation.revoked"
    USER_JOINED = "user.joined"
    REVIEW_OPENED = "review.opened"
    REVIEW_SEAT_KEPT = "review.seat_kept"
    REVIEW_SIGNED = "review.signed"
    REVIEW_RHYTHM_SET = "review.rhythm_set"
    DESK_CHANGED = "desk.changed"
    DESK_CLOSED = "desk.closed"
    DESK_STRANDED = "desk.stranded"
    DESK_STRANDED_NO_MORE = "desk.stranded_no_more"
    STEWARD_NAMED = "steward.named"
    STEWARD_DISMISSED = "steward.dismissed"
    TOKEN_ISSUED = "token.issued"  # noqa: S105  an event's name, not a secret
    TOKEN_REVOKED = "token.revoked"  # noqa: S105

    CAPACITY_SET = "desk.capacity_set"
    CAPACITY_ENDED = "desk.capacity_ended"
    ROTA_SET = "desk.rota_set"
    DESK_REMINDED = "desk.reminded"
    GAP_REPORTED = "gap.reported"
    AGREEMENT_SET = "agreement.set"
    AGREEMENT_ENDED = "agreement.ended"
    PATTERN_ADDED = "pattern.added"
    PATTERN_RETIRED = "pattern.retired"

    COURSE_ADDED = "course.added"
    COURSE_CHANGED = "course.changed"
    COURSE_RETIRED = "course.retired"
    COMPLETION_ENTERED = "completion.entered"
    COMPLETION_CONFIRMED = "completion.confirmed"
    COMPLETION_CORRECTED = "completion.corrected"
    COMPLETION_REMOVED = "completion.removed"
    COMPLETION_EXPIRING = "completion.expiring"
    COMPLETION_EXPIRED = "completion.expired"
    REQUIREMENT_SET = "requirement.set"

    RELEASE_PUBLISHED = "release.published"
    RELEASE_CORRECTED = "release.corrected"
    RELEASE_REFUSED = "release.refused"
    THRESHOLDS_PROPOSED = "thresholds.proposed"
    THRESHOLDS_CONFIRMED = "thresholds.confirmed"
    THRESHOLDS_SET_ASIDE = "thresholds.set_aside"
    RELEASE_TAKEN = "release.taken"

    GROUP_OPENED = "group.opened"
    GROUP_CHANGED = "group.changed"
    GROUP_CLOSED = "group.closed"
    GROUP_REOPENED = "group.reopened"
    MEETING_PLANNED = "meeting.planned"
    MEETING_MOVED = "meeting.moved"
    MEETING_CANCELLED = "meeting.cancelled"
    MEETING_WRITTEN_UP = "meeting.written_up"
    ACTION_PLANNED = "action.planned"
    ACTION_CHANGED = "action.changed"
    ACTION_TAKEN = "action.taken"
    ACTION_FINISHED = "action.finished"
    ACTION_DROPPED = "action.dropped"
    ACTION_REOPENED = "action.reopened"
    ACTION_DUE_SOON = "action.due_soon"
    ACTION_OVERDUE = "action.overdue"
    STEWARDSHIP_OPENED = "stewardship.opened"
    STEWARDSHIP_RELEASED = "stewardship.released"
    STEWARDSHIP_WITHHELD = "stewardship.withheld"
    STEWARDSHIP_WITHDRAWN = "stewardship.withdrawn"
    SEALED_TAKEN = "sealed.taken"

    CASE_OPENED = "case.opened"
    CASE_CHANGED = "case.changed"
    CASE_FOLLOWED_UP = "case.followed_up"
    CASE_RESUMED = "case.resumed"
    CASE_CLOSED = "case.closed"
    CASE_REOPENED = "case.reopened"
    CASE_ENTERED_IN_ERROR = "case.entered_in_error"
    CASE_LINKED = "case.linked"
    CASE_JOINED = "case.joined"
    REFERRAL_JOINED = "referral.joined"
    CASE_ASSIGNED = "case.assigned"
    CASE_REPORT_SAID = "case.report_said"
    IDENTITY_RECORDED = "identity.recorded"
    IDENTITY_WITHDRAWN = "identity.withdrawn"
    IDENTITY_VIEWED = "identity.viewed"
    CASE_VIEWED = "case.viewed"
    CASE_TOLD = "case.told"

    EXPORT_TAKEN = "export.taken"
    CASE_EXPORTED = "case.exported"
    IMPORT_CHECKED = "import.checked"
    IMPORT_STARTED = "import.started"
    IMPORT_STOPPED = "import.stopped"
    IMPORT_FINISHED = "import.finished"

    CASE_HANDED_OVER = "case.handed_over"
    CASE_PASSED_ON = "case.passed_on"
    NOTE_ADDED = "note.added"

    CONSENT_RECORDED = "consent.recorded"
    CONSENT_MOVED = "consent.moved"
    CONSENT_WITHDRAWN = "consent.withdrawn"
    CONSENT_ENDED = "consent.ended"
    CONSENT_ENDING = "consent.ending"
    HOLD_SET = "hold.set"
    HOLD_LIFTED = "hold.lifted"
    REQUEST_OPENED = "request.opened"
    REQUEST_ANSWERED = "request.answered"
    PROCESS_ENTERED = "process.entered"
    PROCESS_ANSWERED = "process.answered"
    BREACH_ENTERED = "breach.entered"
    BREACH_ASSESSED = "breach.assessed"
    PERIOD_SET = "retention.period_set"
    RETENTION_DISPOSED = "retention.disposed"
    WORDS_DISPOSED = "case.words_disposed"
    CASE_DISPOSED = "case.disposed"

    HANDOFF_PROPOSED = "handoff.proposed"
    HANDOFF_ACCEPTED = "handoff.accepted"
    HANDOFF_DECLINED = "handoff.declined"
    HANDOFF_STEPPED_ASIDE = "handoff.stepped_aside"
    HANDOFF_WITHDRAWN = "handoff.withdrawn"
    HANDOFF_HALF_TIME = "handoff.half_time"
    HANDOFF_THREE_QUARTERS = "handoff.three_quarters"
    HANDOFF_OVERDUE = "handoff.overdue"
    HANDOFF_FOLLOWED_UP = "handoff.followed_up"
    HANDOFF_PROMISE_PASSED = "handoff.promise_passed"
    HANDOFF_ACCEPTED_UNTRAINED = "handoff.accepted_untrained"
    HANDOFF_PASSED_ON = "handoff.passed_on"
    HANDOFF_LAPSED = "handoff.lapsed"
    HANDOFF_VIEWED = "handoff.viewed"
    HANDOFFS_LISTED = "handoff.listed"

    REFERRAL_DRAFTED = "referral.drafted"
    REFERRAL_SENT = "referral.sent"
    REFERRAL_ASKED = "referral.asked"
    REFERRAL_ANSWERED = "referral.answered"
    REFERRAL_ACCEPTED = "referral.accepted"
    REFERRAL_ACCEPTED_UNTRAINED = "referral.accepted_untrained"
    REFERRAL_ACCEPT_UNDONE = "referral.accept_undone"
    REFERRAL_DECLINED = "referral.declined"
    REFERRAL_STEPPED_ASIDE = "referral.stepped_aside"
    REFERRAL_WITHDRAWN = "referral.withdrawn"
    REFERRAL_SEEN = "referral.seen"
    REFERRAL_ASSIGNED = "referral.assigned"
    REFERRAL_CONTACT_CONFIRMED = "referral.contact_confirmed"
    REFERRAL_STARTED = "referral.started"
    REFERRAL_WAITLISTED = "referral.waitlisted"
    REFERRAL_COMPLETED = "referral.completed"
    REFERRAL_REOPENED = "referral.reopened"
    REFERRAL_WITHDRAWAL_REQUESTED = "referral.withdrawal_requested"
    REFERRAL_WITHDRAWAL_CONFIRMED = "referral.withdrawal_confirmed"
    REFERRAL_GIVEN_BACK = "referral.given_back"
    REFERRAL_TAKEN_BACK = "referral.taken_back"
    REFERRAL_REROUTED = "referral.rerouted"
    REFERRAL_RESOLVED = "referral.resolved"
    REFERRAL_LAPSED = "referral.lapsed"
    REFERRAL_BASIS_ENDED = "referral.basis_ended"
    REFERRAL_HANDED_OVER = "referral.handed_over"
    REFERRAL_UNSEEN = "referral.unseen"
    REFERRAL_DRAFT_ENDING = "referral.draft_ending"
    REFERRAL_CONTACT_PENDING = "referral.contact_pending"
    REFERRAL_WITHDRAWAL_WAITS = "referral.withdrawal_waits"
    REFERRAL_HALF_TIME = "referral.half_time"
    REFERRAL_THREE_QUARTERS = "referral.three_quarters"
    REFERRAL_OVERDUE = "referral.overdue"
    REFERRAL_FOLLOWED_UP = "referral.followed_up"
    REFERRAL_PROMISE_PASSED = "referral.promise_passed"
    REFERRAL_PASSED_ON = "referral.passed_on"
    REFERRAL_VIEWED = "referral.viewed"
    REFERRAL_PRINTED = "referral.printed"
    REFERRALS_LISTED = "referral.listed"
    CASES_LISTED = "case.listed"


READS = frozenset(
    {
        Verb.CASE_VIEWED,
        Verb.CASE_EXPORTED,
        Verb.EXPORT_TAKEN,
        Verb.RELEASE_TAKEN,
        Verb.SEALED_TAKEN,
        Verb.IDENTITY_VIEWED,
        Verb.CASE_TOLD,
        Verb.REFERRAL_VIEWED,
        Verb.REFERRAL_PRINTED,
        Verb.REFERRALS_LISTED,
        Verb.CASES_LISTED,
        Verb.HANDOFF_VIEWED,
        Verb.HANDOFFS_LISTED,
    }
)
"""Looking is recorded too; these never change a row and never notify."""

OWN_BUSINESS = frozenset(
    {
        Verb.CASE_ASSIGNED,
        Verb.REFERRAL_ASSIGNED,
        Verb.REFERRAL_ACCEPTED_UNTRAINED,
        Verb.HANDOFF_ACCEPTED_UNTRAINED,
    }
)
"""Who works on it, and who has which course, is a desk's own business: shown to nobody else."""
