"""
Who is told what, by verb: the whole table. To tell someone something new, add a row.

A test fails for a verb that is neither here nor in SILENT.
"""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from audit.verbs import Verb
from coordination.models import Desk
from notifications.kinds import Kind, kind_of
from notifications.told import Rule, Told
from referrals.states import Side

_FOLLOWED_UP = _("The Coordination Office asked about something that is overdue.")
_IN_VAIN = _("A desk promised the Office an answer, and its time has passed without one.")

RULES: Mapping[Verb, Rule] = {
    Verb.REFERRAL_SENT: Rule(Side.RECEIVER, _("A referral is waiting for your answer.")),
    Verb.REFERRAL_ASKED: Rule(Side.SENDER, _("The receiving desk asks for information.")),
    Verb.REFERRAL_ANSWERED: Rule(Side.RECEIVER, _("The sender has answered your questions.")),
    Verb.REFERRAL_ACCEPTED: Rule(
        Side.SENDER, _("Your referral was accepted. The receiving desk is responsible now.")
    ),
    Verb.REFERRAL_ACCEPT_UNDONE: Rule(
        Side.SENDER, _("The acceptance was undone. Your desk is responsible again.")
    ),
    Verb.REFERRAL_DECLINED: Rule(
        Side.SENDER, _("Your referral was declined. Your desk is still responsible.")
    ),
    Verb.REFERRAL_WITHDRAWN: Rule(Side.RECEIVER, _("The sender has withdrawn a referral.")),
    Verb.REFERRAL_WAITLISTED: Rule(
        Side.SENDER, _("The receiving desk put your referral on a waiting list.")
    ),
    Verb.REFERRAL_STARTED: Rule(Side.SENDER, _("The service has started for your referral.")),
    Verb.REFERRAL_COMPLETED: Rule(Side.SENDER, _("Your referral is completed.")),
    Verb.REFERRAL_REOPENED: Rule(Side.SENDER, _("A completed referral was opened again.")),
    Verb.REFERRAL_GIVEN_BACK: Rule(
        Side.SENDER, _("A referral is being given back. Take it back so that nobody is left.")
    ),
    Verb.REFERRAL_TAKEN_BACK: Rule(
        Side.RECEIVER, _("The sender took the referral back and is responsible again.")
    ),
    Verb.REFERRAL_WITHDRAWAL_REQUESTED: Rule(
        Side.RECEIVER, _("The sender asks you to close a referral that you accepted.")
    ),
    Verb.REFERRAL_WITHDRAWAL_CONFIRMED: Rule(
        Side.SENDER, _("The receiving desk closed the referral as you asked.")
    ),
    Verb.MAIL_SWITCHED_OFF: Rule(
        (Told.ADMINS,),
        _("Mail to somebody of your agency does not arrive: it was switched off for them."),
    ),
    Verb.USER_JOINED: Rule(
        (Told.SEAT_LEADS,), _("Somebody new sits at your desk. Ask who it is if you do not know.")
    ),
    Verb.MEMBER_ADDED: Rule(
        (Told.OFFICE_SEATS,),
        _("Somebody was given a role at the Office. Ask who it is if you do not know."),
    ),
    Verb.MEMBER_ENDED: Rule(
        (Told.LEADS_LEFT,),
        _("Somebody works at your desk no more. Their shifts are gone: look at the rota."),
    ),
    Verb.REFERRAL_UNSEEN: Rule(
        (Told.OTHER_SIDE,), _("Nobody has looked at your immediate referral. Phone them now.")
    ),
    Verb.CAPACITY_ENDED: Rule(
        (Told.SEAT_LEADS,),
        _("What you said of your capacity has ended: your desk shows as open. Say it anew."),
    ),
    Verb.COMPLETION_EXPIRING: Rule(
        (Told.HOLDER,), _("A course that you completed ends within 30 days. Renew it.")
    ),
    Verb.COMPLETION_EXPIRED: Rule(
        (Told.HOLDER,), _("A course that you completed is not valid any more. Renew it.")
    ),
    Verb.COMPLETION_CORRECTED: Rule(
        (Told.HOLDER,), _("Somebody corrected which course you completed, and when.")
    ),
    Verb.COMPLETION_REMOVED: Rule(
        (Told.HOLDER,), _("Somebody removed a course from those that you completed.")
    ),
    Verb.REQUIREMENT_SET: Rule(
        (Told.DESK_PEOPLE,),
        _("What one has to have completed to accept at your desk has changed, or will."),
    ),
    Verb.REFERRAL_ACCEPTED_UNTRAINED: Rule(
        (Told.LEADS,), _("Accepted at your desk by somebody without the course it asks for.")
    ),
    Verb.HANDOFF_ACCEPTED_UNTRAINED: Rule(
        (Told.LEADS,), _("Accepted at your desk by somebody without the course it asks for.")
    ),
    Verb.RELEASE_REFUSED: Rule(
        (Told.OFFICE,),
        _("A release of statistics was not published: it failed its check. Nothing was shown."),
    ),
    Verb.THRESHOLDS_PROPOSED: Rule(
        (Told.PRIVACY,), _("Other thresholds for statistics are proposed. Confirm them, or do not.")
    ),
    Verb.THRESHOLDS_CONFIRMED: Rule(
        (Told.OFFICE,), _("Other thresholds for statistics are in force from the next release on.")
    ),
    Verb.THRESHOLDS_SET_ASIDE: Rule(
        (Told.OFFICE, Told.PRIVACY), _("The proposed thresholds for statistics were set aside.")
    ),
    Verb.MEETING_MOVED: Rule((Told.IN_GROUP,), _("A meeting of a working group was moved.")),
    Verb.MEETING_CANCELLED: Rule(
        (Told.IN_GROUP,), _("A meeting of a working group was cancelled.")
    ),
    Verb.ACTION_PLANNED: Rule((Told.OWNERS,), _("A working group gave your desk an action.")),
    Verb.ACTION_CHANGED: Rule((Told.OWNERS,), _("An action of your desk was changed.")),
    Verb.ACTION_REOPENED: Rule((Told.OWNERS,), _("An action of your desk was opened again.")),
    Verb.ACTION_DROPPED: Rule((Told.OWNERS,), _("An action of your desk was dropped.")),
    Verb.ACTION_FINISHED: Rule((Told.OFFICE,), _("An action of a working group is done.")),
    Verb.ACTION_DUE_SOON: Rule(
        (Told.OWNERS, Told.OFFICE), _("An action of a working group is due within 7 days.")
    ),
    Verb.ACTION_OVERDUE: Rule(
        (Told.OWNERS, Told.OFFICE), _("An action of a working group is overdue.")
    ),
    Verb.STEWARDSHIP_OPENED: Rule(
        (Told.STEWARDS,), _("Tables that concern your governance body wait for your decision.")
    ),
    Verb.STEWARDSHIP_WITHDRAWN: Rule(
        (Told.STEWARDS, Told.OPENED_TO),
        _("A table was withdrawn by its stewards. Do not use its figures any more."),
    ),
    Verb.REFERRAL_DRAFT_ENDING: Rule(
        (Told.WRITER,), _("A draft of yours is deleted in a day unless you send it.")
    ),
    Verb.REFERRAL_CONTACT_PENDING: Rule(
        (Told.WHO_ACTS, Told.OTHER_SIDE),
        _("A day after the acceptance, the two workers have not both said that they spoke."),
    ),
    Verb.REFERRAL_WITHDRAWAL_WAITS: Rule(
        (Told.WHO_ACTS,), _("A day ago the sender asked you to close a referral. It is still open.")
    ),
    Verb.REFERRAL_HALF_TIME: Rule(
        (Told.WHO_ACTS,), _("Half of the time for the next step of a referral has passed.")
    ),
    Verb.REFERRAL_THREE_QUARTERS: Rule(
        (Told.LEADS,), _("Three quarters of the time for the next step of a referral have passed.")
    ),
    Verb.REFERRAL_OVERDUE: Rule(
        (Told.WHO_ACTS, Told.LEADS, Told.DUTY_DESK, Told.OTHER_SIDE),
        _("The next step of a referral is overdue."),
    ),
    Verb.REFERRAL_FOLLOWED_UP: Rule((Told.LEADS,), _FOLLOWED_UP),
    Verb.HANDOFF_FOLLOWED_UP: Rule((Told.LEADS,), _FOLLOWED_UP),
    Verb.REFERRAL_PROMISE_PASSED: Rule((Told.OFFICE,), _IN_VAIN),
    Verb.HANDOFF_PROMISE_PASSED: Rule((Told.OFFICE,), _IN_VAIN),
    Verb.DESK_REMINDED: Rule(
        (Told.DESK,),
        _("The Coordination Office asks your desk to look at its inbox: answers are late there."),
    ),
    Verb.HANDOFF_HALF_TIME: Rule(
        (Told.WHO_ACTS,), _("Half of the time to answer a hand-off has passed.")
    ),
    Verb.HANDOFF_THREE_QUARTERS: Rule(
        (Told.LEADS,), _("Three quarters of the time to answer a hand-off have passed.")
    ),
    Verb.HANDOFF_OVERDUE: Rule(
        (Told.WHO_ACTS, Told.LEADS, Told.DUTY_DESK, Told.OTHER_SIDE),
        _("The answer to a hand-off is overdue."),
    ),
    Verb.HANDOFF_PROPOSED: Rule(Side.RECEIVER, _("A case is offered to your desk to lead.")),
    Verb.HANDOFF_ACCEPTED: Rule(
        Side.SENDER, _("Your hand-off was accepted. The other desk leads the case now.")
    ),
    Verb.HANDOFF_DECLINED: Rule(
        Side.SENDER, _("Your hand-off was declined. Your desk still leads the case.")
    ),
    Verb.HANDOFF_WITHDRAWN: Rule(Side.RECEIVER, _("A case is no longer offered to your desk.")),
    Verb.REFERRAL_PASSED_ON: Rule(
        Side.RECEIVER, _("A referral came to your desk: nobody works where it was.")
    ),
    Verb.HANDOFF_PASSED_ON: Rule(
        Side.RECEIVER, _("A case is offered to your desk to lead: nobody works where it was.")
    ),
    Verb.CASE_PASSED_ON: Rule(
        Side.SENDER, _("Your desk leads a case now: nobody works where it was.")
    ),
    Verb.CONSENT_ENDING: Rule(
        Side.SENDER, _("A consent ends within 7 days. Ask the person before it does.")
    ),
    Verb.REFERRAL_LAPSED: Rule(
        Side.SENDER,
        _("The basis of a referral has ended before an answer. It is yours again."),
        lost=_("A referral that waited at your desk was taken back: its basis has ended."),
    ),
    Verb.REFERRAL_BASIS_ENDED: Rule(
        Side.RECEIVER,
        _("The basis of a referral has ended. You keep what you need to finish."),
    ),
    Verb.HANDOFF_LAPSED: Rule(
        Side.SENDER,
        _("The basis of a hand-off has ended before an answer. You still lead."),
        lost=_("A case is no longer offered to your desk: its basis has ended."),
    ),
    Verb.CASE_ENTERED_IN_ERROR: Rule(
        (),
        _("A case was closed as entered in error."),
        lost=_("A case that your desk could read was closed as entered in error."),
    ),
    Verb.REFERRAL_HANDED_OVER: Rule(
        Side.RECEIVER, _("Another desk leads this case now and is your contact.")
    ),
}

LOST = frozenset(verb for verb, rule in RULES.items() if rule.lost is not None)

OVERDUE_THERE = _("An item of %(desk)s is overdue. It opens only there: phone %(phone)s.")
WAITS_THERE = _("An item of %(desk)s needs an answer. It opens only there: phone %(phone)s.")


def words_of(verb: str, reference: str, *, for_desk: Desk | None = None) -> str:
    """
    Return what a notice says, in the reader's language; without a reference, of a loss.

    To who stands in for a desk it says only whom to phone.
    """
    if for_desk is not None:
        words = OVERDUE_THERE if kind_of(verb) == Kind.OVERDUE else WAITS_THERE
        return str(words) % {"desk": for_desk.name, "phone": for_desk.duty_phone}
    rule = RULES[Verb(verb)]
    return str(rule.words if reference or rule.lost is None else rule.lost)
