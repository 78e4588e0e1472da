"""Tokens of the API: issued, shown once, revoked. Only their digest is kept."""

import datetime as dt
import hashlib
import secrets

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.record import record
from audit.verbs import Verb
from coordination import access, vocabularies
from coordination.errors import Invalid
from coordination.models import ApiToken, User

READ = "read"
DAYS = (7, 30, 90, 365)
MOST = 10
_BYTES = 32


@transaction.atomic
def create_token(
    *, actor: access.Actor, use: str, scope: str, days: int, at: dt.datetime
) -> tuple[ApiToken, str]:
    """
    Issue a token of one's own; return it with its text, which is kept nowhere.

    :raises NotAllowed: if no role of the person may use the API.
    :raises Invalid: beyond ten valid tokens, or for a number of days that is not offered.
    """
    if not actor.may("coordination.manage_token"):
        access.require(actor, "coordination.manage_token")
    vocabularies.entry("token_use", use)
    vocabularies.entry("token_scope", scope)
    if days not in DAYS:
        raise Invalid(_("Choose how long it is valid."), field="days")
    own = ApiToken.objects.visible_to(actor.user).select_for_update()
    if own.filter(revoked_at=None, expires_at__gt=at).count() >= MOST:
        raise Invalid(_("You have ten tokens. Revoke one first."))
    number = own.filter(name__startswith=f"{use}-").count() + 1
    text = f"relay_{secrets.token_hex(_BYTES)}"
    token = issue_token(
        user=actor.user,
        name=f"{use}-{number}",
        text=text,
        scope=scope,
        expires_at=at + dt.timedelta(days=days),
        at=at,
    )
    return token, text


@transaction.atomic
def issue_token(
    *,
    user: User,
    name: str,
    text: str,
    expires_at: dt.datetime,
    at: dt.datetime,
    scope: str = "read_write",
) -> ApiToken:
    """Keep the digest of a token's text; a token of the same name is replaced."""
    token, _created = ApiToken.objects.update_or_create(
        user=user,
        name=name,
        defaults={
            "digest": digest(text),
            "scope": scope,
            "expires_at": expires_at,
            "revoked_at": None,
        },
    )
    record(Verb.TOKEN_ISSUED, subject=f"user:{user.pk}", at=at, data={"name": name, "scope": scope})
    return token


@transaction.atomic
def revoke_token(*, token: ApiToken, actor: access.Actor, at: dt.datetime) -> None:
    """End a token of one's own; the next request with it is refused."""
    changed = (
        ApiToken.objects.visible_to(actor.user)
        .filter(pk=token.pk, revoked_at=None)
        .update(revoked_at=at)
    )
    if changed:
        name = token.name
        record(Verb.TOKEN_REVOKED, subject=f"user:{actor.user.pk}", at=at, data={"name": name})


def note_use(token: ApiToken, *, on: dt.date) -> None:
    """Keep the day of the last use, once a day: no entry tells of it, polling would flood them."""
    if token.last_used_on != on:
        ApiToken.objects.filter(pk=token.pk).update(last_used_on=on)


def digest(text: str) -> str:
    """Return what is stored of a token. No salt is needed: the text is 256 random bits."""
    return hashlib.sha256(text.encode()).hexdigest()
