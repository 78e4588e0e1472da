"""The sentences of a referral on its pages: labels of its buttons and boxes, and what is due."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy

from referrals.models import Referral
from referrals.states import AWAITING_ANSWER, Box, Status

BUTTONS: Mapping[str, Promise] = {
    "send": gettext_lazy("Send referral"),
    "ask": gettext_lazy("Request information"),
    "answer": gettext_lazy("Answer the questions"),
    "accept": gettext_lazy("Accept referral"),
    "undo_accept": gettext_lazy("Undo the acceptance"),
    "decline": gettext_lazy("Decline or suggest another desk"),
    "withdraw": gettext_lazy("Withdraw referral"),
    "confirm_contact": gettext_lazy("Confirm that you spoke"),
    "start": gettext_lazy("Service has started"),
    "waitlist": gettext_lazy("Put on the waiting list"),
    "complete": gettext_lazy("Complete with outcomes"),
    "request_withdrawal": gettext_lazy("Ask the receiver to close it"),
    "confirm_withdrawal": gettext_lazy("Close as the sender asks"),
    "give_back": gettext_lazy("Give back"),
    "take_back": gettext_lazy("Take back"),
    "reopen": gettext_lazy("Open again"),
    "reroute": gettext_lazy("Send on to another desk"),
    "resolve": gettext_lazy("Nothing left to do"),
}

HANDOFF_BUTTONS: Mapping[str, Promise] = {
    "accept": gettext_lazy("Accept: our desk leads"),
    "decline": gettext_lazy("Decline"),
    "withdraw": gettext_lazy("Withdraw"),
}

CASE_BUTTONS: Mapping[str, Promise] = {
    "change": gettext_lazy("Correct the facts"),
    "follow_up": gettext_lazy("Put in follow-up"),
    "resume": gettext_lazy("Take up again"),
    "report": gettext_lazy("Say whether a report was made"),
    "close": gettext_lazy("Close the case"),
    "enter_in_error": gettext_lazy("Mark as entered in error"),
    "link": gettext_lazy("Same person as another case"),
    "reopen": gettext_lazy("Open the case again"),
}

SHORT: Mapping[str, Promise] = {
    "send": gettext_lazy("Send"),
    "ask": gettext_lazy("Ask"),
    "answer": gettext_lazy("Answer"),
    "accept": gettext_lazy("Accept"),
    "undo_accept": pgettext_lazy("action bar", "Undo"),
    "decline": gettext_lazy("Decline"),
    "withdraw": gettext_lazy("Withdraw"),
    "confirm_contact": gettext_lazy("We spoke"),
    "start": pgettext_lazy("action bar", "Start"),
    "waitlist": gettext_lazy("Waitlist"),
    "complete": gettext_lazy("Complete"),
    "request_withdrawal": gettext_lazy("Ask to close"),
    "confirm_withdrawal": pgettext_lazy("action bar", "Close"),
    "give_back": pgettext_lazy("action bar", "Give back"),
    "take_back": gettext_lazy("Take back"),
    "reopen": gettext_lazy("Reopen"),
    "reroute": gettext_lazy("Send on"),
    "resolve": gettext_lazy("Resolve"),
}
"""Labels of the bar at the bottom of a phone."""

BOXES: Mapping[Box, Promise] = {
    Box.INBOX: gettext_lazy("Needs our response"),
    Box.WAITING: gettext_lazy("Waiting on sender"),
    Box.ACTIVE: gettext_lazy("Accepted, active"),
    Box.SENT: gettext_lazy("Sent by us"),
    Box.NEEDS_ACTION: gettext_lazy("Needs action"),
    Box.DRAFTS: gettext_lazy("Drafts"),
    Box.CLOSED: gettext_lazy("Closed"),
}


ANSWER_BY = gettext_lazy("Answer by")
DUE: Mapping[str, Promise] = {
    Status.DRAFT: gettext_lazy("Kept until"),
    Status.SENT: ANSWER_BY,
    Status.QUESTIONED: ANSWER_BY,
    Status.ACCEPTED: gettext_lazy("First contact by"),
    Status.WAITLISTED: gettext_lazy("Review on"),
    Status.RETURNING: gettext_lazy("Take back by"),
}
"""What is due at `due_at`; of a status that is not here, nothing is."""

CONFIRM_BY = gettext_lazy("Agreed by phone, to be confirmed by")

REPORTED: Mapping[str, Promise] = {
    "accept": gettext_lazy("They accepted, by phone"),
    "undo_accept": gettext_lazy("Undo: they did not accept"),
    "decline": gettext_lazy("They declined, by phone"),
    "start": gettext_lazy("They say the service has started"),
    "waitlist": gettext_lazy("They put it on a waiting list"),
    "complete": gettext_lazy("They completed it"),
    "confirm_withdrawal": gettext_lazy("They closed it"),
    "give_back": gettext_lazy("They give it back"),
    "reopen": gettext_lazy("They opened it again"),
}
"""Buttons of the sender for what a contact that is not on Relay says."""


def due_label(referral: Referral) -> str:
    """Return what is due at `due_at`, in words, or nothing."""
    if referral.agreed_by_phone_at and referral.status in AWAITING_ANSWER:
        return str(CONFIRM_BY)
    return str(DUE.get(referral.status, ""))


def button(verb: str, referral: Referral) -> Promise:
    """Return what the button of a verb says on this referral."""
    if referral.is_external and verb in REPORTED:
        return REPORTED[verb]
    if verb == "accept" and referral.agreed_by_phone_at:
        return gettext_lazy("Confirm: agreed by phone")
    return BUTTONS[verb]
