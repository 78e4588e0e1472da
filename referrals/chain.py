"""The doors that were tried for one need, one re-route after the other."""

from collections.abc import Iterator

from coordination.access import Actor
from referrals.models import Referral, ReferralGrant
from referrals.states import Side

LONGEST = 30
"""Nobody re-routes more often; a bound, so that a chain is read in bounded time."""


def declined_desk_ids(referral: Referral) -> set[int]:
    """Return the desks that said no to this need, here or at an earlier door, or gave it back."""
    keys = [each.pk for each in _backwards(referral)]
    lines = ReferralGrant.objects.filter(
        content_object_id__in=keys, reason=Side.RECEIVER, declined=True
    )
    return set(lines.values_list("group_id", flat=True))


def doors_of(referral: Referral, actor: Actor) -> list[Referral]:
    """Return the whole chain as far as the reader may see it, the first door first."""
    if referral.doors == 1 and not hasattr(referral, "rerouted_as"):
        return []
    found = list(_backwards(referral))[::-1]
    following = getattr(referral, "rerouted_as", None)
    while following is not None and len(found) < LONGEST:
        found.append(following)
        following = getattr(following, "rerouted_as", None)
    visible = Referral.objects.visible_to(actor).with_desks().in_bulk([each.pk for each in found])
    return [visible[each.pk] for each in found if each.pk in visible]


def _backwards(referral: Referral) -> Iterator[Referral]:
    current: Referral | None = referral
    for _step in range(LONGEST):
        if current is None:
            return
        yield current
        # Not a join: row-level security shows a receiver its own door only.
        current = (
            Referral.objects.filter(pk=current.reroutes_id).first() if current.reroutes_id else None
        )
