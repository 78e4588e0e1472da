"""Changes to the network: who sits where, and the tokens of their systems."""

import datetime as dt
import hashlib

from django.db import transaction

from audit.record import record
from audit.verbs import Verb
from coordination.errors import Invalid
from coordination.models import ApiToken, Desk, Membership, User
from coordination.roles import Role


@transaction.atomic
def add_member(*, user: User, desk: Desk, role: Role, at: dt.datetime) -> Membership:
    """
    Seat a person at a desk of their own agency, and keep the Django group in step.

    :raises Invalid: if the desk is another agency's; acting for two agencies takes two accounts.
    """
    if user.agency_id != desk.agency_id:
        raise Invalid("A person sits at desks of their own agency only.")
    membership = Membership.objects.create(user=user, desk=desk, role=role, since=at)
    user.groups.add(desk.group)
    record(
        Verb.MEMBER_ADDED,
        subject=f"user:{user.pk}",
        at=at,
        data={"desk": desk.slug, "role": str(role)},
    )
    return membership


@transaction.atomic
def issue_token(
    *, user: User, name: str, text: str, expires_at: dt.datetime, at: dt.datetime
) -> ApiToken:
    """Keep the digest of a token's text; a token of the same name is replaced."""
    token, _created = ApiToken.objects.update_or_create(
        user=user,
        name=name,
        defaults={"digest": digest(text), "expires_at": expires_at, "revoked_at": None},
    )
    record(Verb.TOKEN_ISSUED, subject=f"user:{user.pk}", at=at, data={"name": name})
    return token


@transaction.atomic
def set_preferences(*, user: User, shortcuts: bool, one_page: bool) -> None:
    """Keep how a person likes to work. A preference, not a record: no entry tells of it."""
    user.shortcuts, user.one_page = shortcuts, one_page
    user.save(update_fields=["shortcuts", "one_page"])


def digest(text: str) -> str:
    """Return what is stored of a token. No salt is needed: the text is 256 random bits."""
    return hashlib.sha256(text.encode()).hexdigest()
