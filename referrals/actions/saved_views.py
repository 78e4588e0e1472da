"""Views of the worklists that a person keeps."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from coordination import access
from coordination.errors import Invalid
from referrals.filters import Filters
from referrals.models import SavedView
from referrals.states import Box

MOST = 20


@transaction.atomic
def save_view(
    *, actor: access.Actor, box: Box, filters: Filters, shared: bool, default: bool
) -> SavedView:
    """
    Keep a box with its filters; saved again it changes who sees it. A new default ends the old.

    :raises Invalid: without a filter, or beyond twenty views.
    """
    desk = access.require(actor, "referrals.view_referral")
    if not filters:
        raise Invalid(_("Choose a filter first, then save the view."))
    own = SavedView.objects.filter(owner=actor.user)
    if own.exclude(box=box, query=filters.query).count() >= MOST:
        raise Invalid(_("You have 20 saved views. Delete one first."))
    if default:
        own.update(is_default=False)
    view, _created = SavedView.objects.update_or_create(
        owner=actor.user,
        box=str(box),
        query=filters.query,
        defaults={"desk": desk, "is_shared": shared, "is_default": default},
    )
    return view


@transaction.atomic
def delete_view(*, view: SavedView, actor: access.Actor) -> None:
    """Delete one's own view; another's stays."""
    SavedView.objects.filter(pk=view.pk, owner=actor.user).delete()
