"""Invitations: a link that works once, for 72 hours, and seats whoever accepts it."""

import datetime as dt
import secrets
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from audit.record import record, set_actor
from audit.verbs import Verb
from coordination import access, people, references
from coordination.actions import add_member
from coordination.errors import Invalid, NotAllowed
from coordination.models import Desk, Invitation, User
from coordination.roles import Role
from coordination.tokens import digest

VALID = dt.timedelta(hours=72)
_BYTES = 32


@transaction.atomic
def invite_person(
    *,
    actor: access.Actor,
    desk: Desk,
    role: Role,
    email: str,
    language: str,
    link: Callable[[str], str],
    at: dt.datetime,
) -> tuple[Invitation, str]:
    """
    Invite somebody to a desk; return the invitation with its link, which is kept nowhere.

    `link` makes an address of the secret. It is mailed too where mail is configured, in words that
    name no desk, place or role.

    :raises NotAllowed: unless the actor administers the desk's agency.
    :raises Invalid: if the desk is closed or has no such role, or not for who stands in.
    """
    people.require_agency(actor, desk.agency)
    people.require_place(desk=desk, role=role, agency=desk.agency, actor=actor)
    return offer_place(
        by=actor.user, desk=desk, role=role, email=email, language=language, link=link, at=at
    )


def offer_place(
    *,
    by: User | None,
    desk: Desk,
    role: Role,
    email: str,
    language: str,
    link: Callable[[str], str],
    at: dt.datetime,
) -> tuple[Invitation, str]:
    """
    Write an invitation inside an action that has checked who may; return it with its link.

    `by` is None for whoever runs Relay: for a steward alone.
    """
    secret = secrets.token_urlsafe(_BYTES)
    invitation = Invitation(
        digest=digest(secret),
        desk=desk,
        role=role,
        email=email,
        language=language,
        invited_by=by,
        invited_at=at,
        expires_at=at + VALID,
    )
    references.insert(invitation)
    record(
        Verb.USER_INVITED,
        subject=f"invitation:{invitation.reference}",
        at=at,
        data={"desk": desk.slug, "role": str(role)},
    )
    address = link(secret)
    if settings.MAIL:  # from here and not from a row: the secret is kept nowhere
        transaction.on_commit(lambda: _mail(email, language, address), robust=True)
    return invitation, address


@transaction.atomic
def revoke_invitation(*, actor: access.Actor, invitation: Invitation, at: dt.datetime) -> None:
    """
    End an invitation that nobody has accepted; its link leads nowhere from now on.

    :raises NotAllowed: unless the actor administers the desk's agency; of a steward's always.
    """
    people.require_agency(actor, invitation.desk.agency)
    if invitation.role == Role.DATA_STEWARD:
        raise NotAllowed(people.OF_A_BODY)
    changed = Invitation.objects.filter(pk=invitation.pk, used_at=None, revoked_at=None).update(
        revoked_at=at
    )
    if changed:
        record(
            Verb.INVITATION_REVOKED, subject=f"invitation:{invitation.reference}", at=at, data={}
        )


def find_invitation(secret: str) -> Invitation | None:
    """Return the open invitation with this secret; wrong, used, expired, revoked are alike None."""
    rows = Invitation.objects.raw("select * from invitation_open(%s)", [secret])
    return next(iter(rows), None)


@transaction.atomic
def accept_invitation(
    *,
    secret: str,
    username: str,
    first_name: str,
    last_name: str,
    password: str,
    language: str,
    at: dt.datetime,
) -> User:
    """
    Make the account that an invitation offers, and seat it; the link is used up.

    :raises NotAllowed: if the invitation is wrong, used, expired or revoked: nobody can tell which.
    :raises Invalid: if the user name is taken, or the password is too weak.
    """
    invitation = find_invitation(secret)
    if invitation is None:
        raise NotAllowed(_("This invitation is not valid. Ask your administrator for a new one."))
    if User.objects.filter(username__iexact=username).exists():
        raise Invalid(_("This user name is taken. Choose another."), field="username")
    named = User(username=username, first_name=first_name, last_name=last_name)
    try:
        validate_password(password, named)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field="password") from error
    with connection.cursor() as cursor:
        cursor.execute(
            "select accept_invitation(%s, %s, %s, %s, %s, %s)",
            [secret, username, first_name, last_name, make_password(password), language],
        )
        (key,) = cursor.fetchone()
    if key is None:
        raise NotAllowed(_("This invitation is not valid. Ask your administrator for a new one."))
    person = User.objects.select_related("agency").get(pk=key)
    set_actor(person.pk)
    record(
        Verb.USER_JOINED,
        subject=f"user:{person.pk}",
        at=at,
        data={"invitation": invitation.reference, "desk": invitation.desk.slug},
    )
    add_member(user=person, desk=invitation.desk, role=Role(invitation.role), at=at)
    return person


def _mail(email: str, language: str, address: str) -> None:
    with override(language):
        words = _("Open this link within 72 hours to make your account. It works once.")
        send_mail(str(_("You are invited to Relay")), f"{words}\n\n{address}", None, [email])
