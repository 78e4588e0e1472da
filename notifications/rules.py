"""
Who is told what, by verb: the whole table. To tell someone something new, add a row.

A test fails for a verb that is in neither RULES nor SILENT.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from audit.verbs import Verb
from referrals.states import Side


@dataclass(frozen=True)
class Rule:
    """Which side of the referral is told, in which words. The words carry no place and no need."""

    tells: Side
    words: Promise


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
}

SILENT = frozenset(
    {
        Verb.SIGNED_IN,
        Verb.ACCESS_REFUSED,
        Verb.NETWORK_LOADED,
        Verb.MEMBER_ADDED,
        Verb.TOKEN_ISSUED,
        Verb.CASE_OPENED,
        Verb.CASE_VIEWED,
        Verb.CASES_LISTED,
        Verb.REFERRAL_DRAFTED,
        Verb.REFERRAL_VIEWED,
        Verb.REFERRALS_LISTED,
        # One desk of a team stepping aside changes nothing for the sender while others remain.
        Verb.REFERRAL_STEPPED_ASIDE,
    }
)


def words_of(verb: str) -> str:
    """Return what a notice of this verb says, in the reader's language."""
    return str(RULES[Verb(verb)].words)
