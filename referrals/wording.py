"""The sentences of a referral's life: titles of its timeline, labels of its buttons and boxes."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.verbs import Verb
from coordination import vocabularies
from referrals.states import Box

TITLES: Mapping[str, Promise] = {
    Verb.CASE_OPENED: gettext_lazy("Case opened"),
    Verb.REFERRAL_DRAFTED: gettext_lazy("Referral written"),
    Verb.REFERRAL_SENT: gettext_lazy("Referral sent"),
    Verb.REFERRAL_ASKED: gettext_lazy("Information requested"),
    Verb.REFERRAL_ANSWERED: gettext_lazy("Information provided"),
    Verb.REFERRAL_ACCEPTED: gettext_lazy("Accepted: responsibility moved"),
    Verb.REFERRAL_ACCEPT_UNDONE: gettext_lazy("Acceptance undone: responsibility moved back"),
    Verb.REFERRAL_DECLINED: gettext_lazy("Declined"),
    Verb.REFERRAL_STEPPED_ASIDE: gettext_lazy("One desk of the team declined"),
    Verb.REFERRAL_WITHDRAWN: gettext_lazy("Withdrawn"),
}

BUTTONS: Mapping[str, Promise] = {
    "send": gettext_lazy("Send referral"),
    "ask": gettext_lazy("Request information"),
    "answer": gettext_lazy("Answer the questions"),
    "accept": gettext_lazy("Accept referral"),
    "undo_accept": gettext_lazy("Undo the acceptance"),
    "decline": gettext_lazy("Decline or suggest another desk"),
    "withdraw": gettext_lazy("Withdraw referral"),
}

SHORT: Mapping[str, Promise] = {
    "send": gettext_lazy("Send"),
    "ask": gettext_lazy("Ask"),
    "answer": gettext_lazy("Answer"),
    "accept": gettext_lazy("Accept"),
    "undo_accept": gettext_lazy("Undo"),
    "decline": gettext_lazy("Decline"),
    "withdraw": gettext_lazy("Withdraw"),
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


def detail_of(verb: str, data: Mapping[str, Any]) -> str:
    """Return the coded detail of an event in words, or nothing."""
    tell = _DETAILS.get(verb)
    return tell(data) if tell else ""


def _reason(vocabulary: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda data: (
        _("Reason: %(reason)s") % {"reason": vocabularies.label(vocabulary, data["reason"])}
    )


def _questions(data: Mapping[str, Any]) -> str:
    return " ".join(vocabularies.label("question", code) for code in data["questions"])


def _answers(data: Mapping[str, Any]) -> str:
    return " ".join(
        f"{vocabularies.label('question', question)} {vocabularies.label('answer', answer)}."
        for question, answer in data["answers"].items()
    )


_DETAILS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    Verb.REFERRAL_ASKED: _questions,
    Verb.REFERRAL_ANSWERED: _answers,
    Verb.REFERRAL_DECLINED: _reason("decline_reason"),
    Verb.REFERRAL_STEPPED_ASIDE: _reason("decline_reason"),
    Verb.REFERRAL_WITHDRAWN: _reason("withdraw_reason"),
}
