"""A new referral that is being filled in: kept step by step, and thrown away."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from coordination import access, references
from referrals import clock
from referrals.models import UnsentForm


@transaction.atomic
def keep_unsent(
    *,
    actor: access.Actor,
    answers: Mapping[str, Any],
    at: dt.datetime,
    unsent: UnsentForm | None = None,
) -> UnsentForm:
    """
    Keep what a step took; `answers` are cleaned values by field, which JSON can hold.

    :raises NotAllowed: if the role at the acting desk cannot write referrals.
    """
    desk = access.require(actor, "referrals.draft_referral")
    kept_until = at + clock.DRAFT_KEPT
    if unsent is None:
        unsent = UnsentForm(
            writer=actor.user, desk=desk, answers=dict(answers), saved_at=at, kept_until=kept_until
        )
        references.insert(unsent)
        return unsent
    unsent.answers = {**unsent.answers, **answers}
    unsent.saved_at, unsent.kept_until = at, kept_until
    unsent.save(update_fields=["answers", "saved_at", "kept_until"])
    return unsent


@transaction.atomic
def discard_unsent(*, unsent: UnsentForm) -> None:
    """Throw away what was filled in."""
    unsent.delete()


def forget_unsent(*, at: dt.datetime) -> int:
    """Delete what nobody went on with for 7 days, and return how many there were."""
    deleted, _by_model = UnsentForm.objects.filter(kept_until__lte=at).delete()
    return deleted
