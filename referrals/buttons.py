"""The buttons of a referral's page: what its reader may do now, the one to expect first."""

import datetime as dt
from dataclasses import dataclass

from django.urls import reverse

from coordination import references
from coordination.access import Actor
from referrals import wording
from referrals.allowed import allowed_verbs
from referrals.models import Referral
from referrals.states import Side

_PRIMARY = frozenset(
    {
        "accept",
        "send",
        "answer",
        "confirm_contact",
        "take_back",
        "confirm_withdrawal",
        "reroute",
    }
)
_TERTIARY = frozenset({"decline", "withdraw", "request_withdrawal", "give_back", "resolve"})
_AT_ONCE = frozenset({"accept", "undo_accept", "send", "start", "take_back", "confirm_withdrawal"})
"""Verbs that need no further word: their button is the form."""


@dataclass(frozen=True)
class Button:
    verb: str
    label: str
    short: str
    url: str
    style: str
    is_form: bool


def offered(
    referral: Referral, actor: Actor, *, at: dt.datetime, side: Side | None
) -> list[Button]:
    """Return the buttons of what the reader may do now, by weight."""
    reference = references.display(referral.reference)
    return [
        Button(
            verb=verb,
            label=str(wording.button(verb, referral)),
            short=str(wording.SHORT[verb]),
            url=reverse(f"referrals:{verb}", args=[reference]),
            style=_style(verb),
            is_form=verb in _AT_ONCE,
        )
        for verb in sorted(allowed_verbs(referral, actor, at=at, side=side), key=_weight)
    ]


def _style(verb: str) -> str:
    if verb in _PRIMARY:
        return "primary"
    return "tertiary" if verb in _TERTIARY else "secondary"


def _weight(verb: str) -> int:
    """Order buttons by weight, the one to expect first."""
    return ("primary", "secondary", "tertiary").index(_style(verb))
