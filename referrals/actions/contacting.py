"""The warm hand-off: both workers say that they spoke."""

import datetime as dt

from django.db import transaction

from coordination import access, vocabularies
from referrals import moves
from referrals.models import Referral
from referrals.states import Side


@transaction.atomic
def confirm_contact_referral(
    *,
    referral: Referral,
    actor: access.Actor,
    method: str,
    at: dt.datetime,
    version: int | None = None,
) -> Referral:
    """
    Say that the two workers spoke. What they said, and who the person is, is not kept.

    When both sides have said so, the warm hand-off is confirmed. A contact that is not on Relay
    cannot say so itself: there the sender's word is enough.

    :raises NotAllowed, WrongStatus, Stale: see `moves.begin`.
    """
    move = moves.begin("confirm_contact", referral=referral, actor=actor, at=at, version=version)
    vocabularies.entry("contact_method", method)
    sides = list(Side) if move.referral.is_external else [move.side]
    columns = {f"{side}_contact_at": at for side in sides}
    both = all(f"{s}_contact_at" in columns or move.referral.contact_at(s) for s in Side)
    return move.make(data={"method": method, "side": str(move.side), "both": both}, **columns)
