"""A new referral in one go: the case where there is none yet, the draft, the sending."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from cases.actions.notes import Words
from cases.actions.opening import open_case
from cases.facts import TASK_FACTS
from cases.models import Case
from coordination import access
from referrals.actions.drafting import draft_referral
from referrals.actions.sending import send_referral
from referrals.basis_forms import BasisForm
from referrals.guard_rails import NOTHING_SAID, Said
from referrals.models import Referral
from referrals.new_forms import moment_of_call
from referrals.targets import Target


@transaction.atomic
def refer(
    *,
    actor: access.Actor,
    case: Case | None,
    to: Target,
    typed: Mapping[str, Any],
    at: dt.datetime,
    words: Words | None = None,
    said: Said = NOTHING_SAID,
) -> Referral:
    """
    Send what the forms of `referrals.new_forms` took; all of it is done, or nothing.

    :raises NotAllowed, Invalid: as the actions that it calls.
    """
    facts = {name: typed[name] for name in TASK_FACTS if name in typed}
    of = case or open_case(actor=actor, facts={**facts, "needs": typed["services"]}, at=at)
    draft = draft_referral(
        actor=actor,
        case=of,
        to=to,
        services=typed["services"],
        urgency=typed["urgency"],
        basis=BasisForm.basis_given(typed),
        at=at,
    )
    return send_referral(
        referral=draft,
        actor=actor,
        agreed_by_phone_at=moment_of_call(typed["agreed_at"], now=at),
        at=at,
        words=words,
        said=said,
    )
