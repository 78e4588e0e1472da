"""Verbs that nobody is told of, and why."""

from audit.verbs import Verb

SILENT = frozenset(
    {
        Verb.SIGNED_IN,
        Verb.ACCESS_REFUSED,
        Verb.ACCESS_TRACED,
        Verb.NETWORK_LOADED,
        Verb.USER_DEACTIVATED,
        Verb.USER_INVITED,
        Verb.INVITATION_REVOKED,
        # Its page and the Office's show it until it is signed.
        Verb.REVIEW_OPENED,
        Verb.REVIEW_SEAT_KEPT,
        Verb.REVIEW_SIGNED,
        Verb.REVIEW_RHYTHM_SET,
        Verb.DESK_CHANGED,
        Verb.DESK_CLOSED,
        # The Office's list shows it for as long as it is so.
        Verb.DESK_STRANDED,
        Verb.DESK_STRANDED_NO_MORE,
        # The governance body knows, as it wrote the letter; that somebody is seated is told.
        Verb.STEWARD_NAMED,
        Verb.STEWARD_DISMISSED,
        # The page of the releases shows them.
        Verb.RELEASE_PUBLISHED,
        Verb.RELEASE_CORRECTED,
        # The pages of the group show it to whoever is in it.
        Verb.GROUP_OPENED,
        Verb.GROUP_CHANGED,
        Verb.GROUP_CLOSED,
        Verb.GROUP_REOPENED,
        Verb.MEETING_PLANNED,
        Verb.MEETING_WRITTEN_UP,
        Verb.ACTION_TAKEN,
        Verb.RELEASE_TAKEN,
        # The page of the tables shows them.
        Verb.STEWARDSHIP_RELEASED,
        Verb.STEWARDSHIP_WITHHELD,
        Verb.SEALED_TAKEN,
        Verb.TOKEN_ISSUED,
        Verb.TOKEN_REVOKED,
        Verb.CAPACITY_SET,
        # The desk's own page shows it, and who is on duty now.
        Verb.ROTA_SET,
        Verb.GAP_REPORTED,
        # The agencies made it; the Office writes it down.
        Verb.AGREEMENT_SET,
        Verb.AGREEMENT_ENDED,
        Verb.PATTERN_ADDED,
        Verb.PATTERN_RETIRED,
        # The list of courses shows them; who has completed one has its own reminders.
        Verb.COURSE_ADDED,
        Verb.COURSE_CHANGED,
        Verb.COURSE_RETIRED,
        # The page of the agency's training shows what waits to be confirmed.
        Verb.COMPLETION_ENTERED,
        Verb.COMPLETION_CONFIRMED,
        Verb.CASE_OPENED,
        # The lead desk does these itself, and nobody else works on a case that is closed.
        Verb.CASE_CHANGED,
        Verb.CASE_FOLLOWED_UP,
        Verb.CASE_RESUMED,
        Verb.CASE_REPORT_SAID,
        # Nobody else learns of it.
        Verb.IDENTITY_RECORDED,
        Verb.IDENTITY_WITHDRAWN,
        Verb.IDENTITY_VIEWED,
        Verb.CASE_CLOSED,
        Verb.CASE_REOPENED,
        # The same desks work on the same thing as before, under another code.
        Verb.CASE_LINKED,
        Verb.CASE_JOINED,
        Verb.REFERRAL_JOINED,
        Verb.CASE_ASSIGNED,
        Verb.CASE_VIEWED,
        Verb.CASE_TOLD,
        Verb.CASES_LISTED,
        Verb.EXPORT_TAKEN,
        Verb.CASE_EXPORTED,
        # Whoever imports watches its page; it only makes cases of the own desk.
        Verb.IMPORT_CHECKED,
        Verb.IMPORT_STARTED,
        Verb.IMPORT_STOPPED,
        Verb.IMPORT_FINISHED,
        # Whoever sets or lifts a hold answers for it; what is disposed of has nobody left to act.
        Verb.HOLD_SET,
        Verb.HOLD_LIFTED,
        Verb.PERIOD_SET,
        # Registers: whoever writes a line keeps it, and the case page shows what is due.
        Verb.REQUEST_OPENED,
        Verb.REQUEST_ANSWERED,
        Verb.PROCESS_ENTERED,
        Verb.PROCESS_ANSWERED,
        Verb.BREACH_ENTERED,
        Verb.BREACH_ASSESSED,
        Verb.RETENTION_DISPOSED,
        Verb.WORDS_DISPOSED,
        Verb.CASE_DISPOSED,
        # The hand-off itself tells both desks.
        Verb.CASE_HANDED_OVER,
        Verb.HANDOFF_STEPPED_ASIDE,
        Verb.HANDOFF_VIEWED,
        Verb.HANDOFFS_LISTED,
        Verb.REFERRAL_DRAFTED,
        Verb.NOTE_ADDED,
        # The lead desk records and takes back itself; what it ends is told of each referral.
        Verb.CONSENT_RECORDED,
        Verb.CONSENT_MOVED,
        Verb.CONSENT_WITHDRAWN,
        Verb.CONSENT_ENDED,
        Verb.REFERRAL_VIEWED,
        Verb.REFERRALS_LISTED,
        Verb.REFERRAL_PRINTED,
        # One desk of a team stepping aside changes nothing for the sender while others remain.
        Verb.REFERRAL_STEPPED_ASIDE,
        # Shown on the page; the person is told of what changes for them, not of each look.
        Verb.REFERRAL_SEEN,
        Verb.REFERRAL_ASSIGNED,
        Verb.REFERRAL_CONTACT_CONFIRMED,
        Verb.REFERRAL_REROUTED,
        Verb.REFERRAL_RESOLVED,
    }
)
