"""What the timeline says of an event: its title, and its coded detail in words."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.verbs import Verb
from coordination import references, vocabularies
from coordination.models import Desk
from coordination.templatetags.relay import moment, one_stop
from referrals.labels import desk_label
from referrals.questions import in_order

TITLES: Mapping[str, Promise] = {
    Verb.CASE_OPENED: gettext_lazy("Case opened"),
    Verb.CASE_CHANGED: gettext_lazy("Facts corrected"),
    Verb.CASE_FOLLOWED_UP: gettext_lazy("In follow-up now"),
    Verb.CASE_RESUMED: gettext_lazy("Taken up again"),
    Verb.CASE_REPORT_SAID: gettext_lazy("Said whether it was reported to a children’s aid society"),
    Verb.CASE_CLOSED: gettext_lazy("Case closed"),
    Verb.CASE_REOPENED: gettext_lazy("Case opened again"),
    Verb.CASE_LINKED: gettext_lazy("Closed: the same person as another case"),
    Verb.CASE_JOINED: gettext_lazy("Another case of the same person was joined to it"),
    Verb.REFERRAL_JOINED: gettext_lazy("Two cases are the same person: under one code now"),
    Verb.CASE_ENTERED_IN_ERROR: gettext_lazy("Entered in error"),
    Verb.CASE_ASSIGNED: gettext_lazy("Assigned within the desk"),
    Verb.WORDS_DISPOSED: gettext_lazy("What was written in words was deleted: its time was over"),
    Verb.CASE_HANDED_OVER: gettext_lazy("Handed off: another desk leads"),
    Verb.CASE_PASSED_ON: gettext_lazy("Another desk leads: nobody works where it was"),
    Verb.HANDOFF_PASSED_ON: gettext_lazy("Offered to another desk: nobody works where it was"),
    Verb.REFERRAL_PASSED_ON: gettext_lazy("Passed on: nobody works where it was"),
    Verb.HANDOFF_PROPOSED: gettext_lazy("Hand-off proposed"),
    Verb.HANDOFF_ACCEPTED: gettext_lazy("Hand-off accepted"),
    Verb.HANDOFF_DECLINED: gettext_lazy("Hand-off declined"),
    Verb.HANDOFF_STEPPED_ASIDE: gettext_lazy("One desk of the team declined"),
    Verb.HANDOFF_WITHDRAWN: gettext_lazy("Hand-off withdrawn"),
    Verb.REFERRAL_HANDED_OVER: gettext_lazy("Handed off with its case: another desk is the sender"),
    Verb.NOTE_ADDED: gettext_lazy("Note"),
    Verb.CONSENT_RECORDED: gettext_lazy("Consent recorded"),
    Verb.CONSENT_MOVED: gettext_lazy("Consent moved to the case that is the same person"),
    Verb.CONSENT_WITHDRAWN: gettext_lazy("Consent taken back by the person"),
    Verb.CONSENT_ENDING: gettext_lazy("Consent ends within 7 days"),
    Verb.CONSENT_ENDED: gettext_lazy("Consent ended"),
    Verb.HANDOFF_LAPSED: gettext_lazy("Its basis ended before an answer"),
    Verb.REFERRAL_LAPSED: gettext_lazy("Its basis ended before an answer: back with the sender"),
    Verb.REFERRAL_BASIS_ENDED: gettext_lazy("Its basis ended: nothing new is shared"),
    Verb.REFERRAL_DRAFTED: gettext_lazy("Referral written"),
    Verb.REFERRAL_SENT: gettext_lazy("Referral sent"),
    Verb.REFERRAL_ASKED: gettext_lazy("Information requested"),
    Verb.REFERRAL_ANSWERED: gettext_lazy("Information provided"),
    Verb.REFERRAL_ACCEPTED: gettext_lazy("Accepted: responsibility moved"),
    Verb.REFERRAL_ACCEPTED_UNTRAINED: gettext_lazy("Accepted without the course the desk asks for"),
    Verb.HANDOFF_ACCEPTED_UNTRAINED: gettext_lazy("Accepted without the course the desk asks for"),
    Verb.REFERRAL_ACCEPT_UNDONE: gettext_lazy("Acceptance undone: responsibility moved back"),
    Verb.REFERRAL_DECLINED: gettext_lazy("Declined"),
    Verb.REFERRAL_STEPPED_ASIDE: gettext_lazy("One desk of the team declined"),
    Verb.REFERRAL_WITHDRAWN: gettext_lazy("Withdrawn"),
    Verb.REFERRAL_SEEN: gettext_lazy("Seen"),
    Verb.REFERRAL_ASSIGNED: gettext_lazy("Assigned within the desk"),
    Verb.REFERRAL_CONTACT_CONFIRMED: gettext_lazy("Contact confirmed: the workers spoke"),
    Verb.REFERRAL_STARTED: gettext_lazy("Service started"),
    Verb.REFERRAL_WAITLISTED: gettext_lazy("Put on the waiting list"),
    Verb.REFERRAL_COMPLETED: gettext_lazy("Completed"),
    Verb.REFERRAL_REOPENED: gettext_lazy("Opened again"),
    Verb.REFERRAL_WITHDRAWAL_REQUESTED: gettext_lazy("The sender asks to close it"),
    Verb.REFERRAL_WITHDRAWAL_CONFIRMED: gettext_lazy(
        "Closed at the sender’s request: responsibility moved back"
    ),
    Verb.REFERRAL_GIVEN_BACK: gettext_lazy("Being given back"),
    Verb.REFERRAL_TAKEN_BACK: gettext_lazy("Taken back: responsibility moved back"),
    Verb.REFERRAL_UNSEEN: gettext_lazy("Nobody has looked: the sender was told to phone"),
    Verb.REFERRAL_DRAFT_ENDING: gettext_lazy("Deleted in a day: the writer was told"),
    Verb.REFERRAL_CONTACT_PENDING: gettext_lazy("No contact confirmed after a day: both were told"),
    Verb.REFERRAL_WITHDRAWAL_WAITS: gettext_lazy("Not closed after a day: the receiver was told"),
    Verb.REFERRAL_HALF_TIME: gettext_lazy("Half of the time has passed: a reminder went out"),
    Verb.REFERRAL_THREE_QUARTERS: gettext_lazy(
        "Three quarters of the time have passed: the duty lead was told"
    ),
    Verb.REFERRAL_OVERDUE: gettext_lazy("Overdue: the duty desk and the Office see it"),
    Verb.HANDOFF_HALF_TIME: gettext_lazy("Half of the time has passed: a reminder went out"),
    Verb.HANDOFF_THREE_QUARTERS: gettext_lazy(
        "Three quarters of the time have passed: the duty lead was told"
    ),
    Verb.HANDOFF_OVERDUE: gettext_lazy("Overdue: the duty desk and the Office see it"),
    Verb.REFERRAL_FOLLOWED_UP: gettext_lazy("The Office asked about this"),
    Verb.REFERRAL_PROMISE_PASSED: gettext_lazy("The time promised to the Office has passed"),
    Verb.HANDOFF_FOLLOWED_UP: gettext_lazy("The Office asked about this"),
    Verb.HANDOFF_PROMISE_PASSED: gettext_lazy("The time promised to the Office has passed"),
    Verb.REFERRAL_REROUTED: gettext_lazy("Sent on to another door"),
    Verb.REFERRAL_RESOLVED: gettext_lazy("Resolved by the sender"),
}

UNTOLD = frozenset(
    {
        Verb.CASE_ASSIGNED,
        Verb.REFERRAL_DRAFTED,
        Verb.REFERRAL_SENT,
        Verb.REFERRAL_SEEN,
        Verb.REFERRAL_ASSIGNED,
        Verb.REFERRAL_ACCEPTED_UNTRAINED,
        Verb.HANDOFF_ACCEPTED_UNTRAINED,
        Verb.REFERRAL_UNSEEN,
        Verb.REFERRAL_DRAFT_ENDING,
        Verb.REFERRAL_CONTACT_PENDING,
        Verb.REFERRAL_WITHDRAWAL_WAITS,
        Verb.REFERRAL_HALF_TIME,
        Verb.REFERRAL_THREE_QUARTERS,
        Verb.REFERRAL_FOLLOWED_UP,
        Verb.REFERRAL_PROMISE_PASSED,
    }
)
"""What is not read aloud to the person: said already, or a desk's business. Words always are."""

STEPS = frozenset(
    {
        Verb.CASE_FOLLOWED_UP,
        Verb.CASE_RESUMED,
        Verb.CASE_CLOSED,
        Verb.CASE_REOPENED,
        Verb.CASE_LINKED,
        Verb.CASE_JOINED,
        Verb.CASE_ENTERED_IN_ERROR,
    }
)
"""What is done with a case itself."""


def detail_of(verb: str, data: Mapping[str, Any]) -> str:
    """Return the coded detail of an event in words; nothing where its body is not as expected."""
    tell = _DETAILS.get(verb)
    try:
        words = tell(data) if tell and data else ""
    except (LookupError, TypeError, ValueError, AttributeError):
        words = ""
    return f"{words} {_('Reported by phone.')}".strip() if data.get("reported") else words


def _reason(vocabulary: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda data: (
        _("Reason: %(reason)s") % {"reason": vocabularies.label(vocabulary, data["reason"])}
    )


def _end(data: Mapping[str, Any]) -> str:
    return f"{vocabularies.label('basis_end', data['end'])}."


def _questions(data: Mapping[str, Any]) -> str:
    return " ".join(vocabularies.label("question", code) for code in in_order(data["questions"]))


def _answers(data: Mapping[str, Any]) -> str:
    return " ".join(
        f"{vocabularies.label('question', question)} "
        f"{vocabularies.label('answer', data['answers'][question])}."
        for question in in_order(data["answers"])
    )


def _outcomes(data: Mapping[str, Any]) -> str:
    return " ".join(
        _("%(service)s: %(outcome)s.")
        % {
            "service": vocabularies.label("service_need", service),
            "outcome": vocabularies.label("outcome", outcome),
        }
        for service, outcome in data["outcomes"].items()
    )


def _contact(data: Mapping[str, Any]) -> str:
    how = vocabularies.label("contact_method", data["method"])
    return f"{how}. {_('The warm hand-off is confirmed.')}" if data["both"] else f"{how}."


def _passed_on(data: Mapping[str, Any]) -> str:
    if "writer" in data:
        return _("A colleague goes on with the draft.")
    desks = Desk.objects.select_related("agency", "team").in_bulk(
        [data["from"], data["to"]], field_name="slug"
    )
    return _("It came from %(from)s to %(to)s.") % {
        "from": desk_label(desks[data["from"]]),
        "to": desk_label(desks[data["to"]]),
    }


def _overrides(data: Mapping[str, Any]) -> str:
    return " ".join(
        _("Sent although: %(rail)s. Reason: %(reason)s.")
        % {
            "rail": vocabularies.label("guard_rail", rail),
            "reason": vocabularies.label("override_reason", reason),
        }
        for rail, reason in data.get("overrides", {}).items()
    )


def _followed_up(data: Mapping[str, Any]) -> str:
    words = f"{vocabularies.label('follow_up', data['how'])}."
    if not data["promised_by"]:
        return words
    promised = moment(dt.datetime.fromisoformat(data["promised_by"]))
    return one_stop(_("%(said)s By %(when)s.") % {"said": words, "when": promised})


_DETAILS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    Verb.REFERRAL_ASKED: _questions,
    Verb.REFERRAL_ANSWERED: _answers,
    Verb.REFERRAL_DECLINED: _reason("decline_reason"),
    Verb.REFERRAL_STEPPED_ASIDE: _reason("decline_reason"),
    Verb.REFERRAL_ACCEPTED_UNTRAINED: _reason("untrained_reason"),
    Verb.HANDOFF_ACCEPTED_UNTRAINED: _reason("untrained_reason"),
    Verb.REFERRAL_WITHDRAWN: _reason("withdraw_reason"),
    Verb.REFERRAL_WITHDRAWAL_REQUESTED: _reason("withdraw_reason"),
    Verb.REFERRAL_WITHDRAWAL_CONFIRMED: _reason("withdraw_reason"),
    Verb.REFERRAL_GIVEN_BACK: _reason("give_back_reason"),
    Verb.REFERRAL_REOPENED: _reason("reopen_reason"),
    Verb.REFERRAL_RESOLVED: _reason("resolve_reason"),
    Verb.REFERRAL_COMPLETED: _outcomes,
    Verb.REFERRAL_CONTACT_CONFIRMED: _contact,
    Verb.REFERRAL_PASSED_ON: _passed_on,
    Verb.CASE_PASSED_ON: _passed_on,
    Verb.HANDOFF_PASSED_ON: _passed_on,
    Verb.HANDOFF_DECLINED: _reason("decline_reason"),
    Verb.HANDOFF_STEPPED_ASIDE: _reason("decline_reason"),
    Verb.HANDOFF_WITHDRAWN: _reason("withdraw_reason"),
    Verb.CASE_LINKED: lambda data: references.display(data["same_as"]),
    Verb.CASE_JOINED: lambda data: references.display(data["of"]),
    Verb.CASE_ENTERED_IN_ERROR: _reason("case_error"),
    Verb.CASE_REPORT_SAID: lambda data: vocabularies.label("child_report", data["after"]),
    Verb.REFERRAL_SENT: _overrides,
    Verb.REFERRAL_FOLLOWED_UP: _followed_up,
    Verb.HANDOFF_FOLLOWED_UP: _followed_up,
    Verb.HANDOFF_LAPSED: _end,
    Verb.REFERRAL_LAPSED: _end,
    Verb.REFERRAL_BASIS_ENDED: _end,
    Verb.CONSENT_RECORDED: lambda data: f"{vocabularies.label('consent_basis', data['kind'])}.",
    Verb.CASE_CLOSED: lambda data: f"{_reason('closure_reason')(data)}. {_outcomes(data)}".strip(),
}
