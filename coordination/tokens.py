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
from coordination.models import Agency, ApiToken, User
from coordination.prepared import Joined, ask

READ = "read"
DAYS = (7, 30, 90, 365)
MOST = 10
_BYTES = 32

_FOUND = Joined(t=ApiToken, u=User, a=Agency)
_TOKEN = f"""
select {_FOUND.columns} from (select * from token_of(%(digest)s) limit 1) t
  join coordination_user u on u.id = t.user_id
  join coordination_agency a on a.id = u.agency_id
"""  # noqa: S608  the columns of the models


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
    # One at a time: of two that take the same number, one would replace what the other showed.
    User.objects.select_for_update(no_key=True).get(pk=actor.user.pk)
    own = ApiToken.objects.visible_to(actor.user)
    if own.filter(revoked_at=None, expires_at__gt=at).count() >= MOST:
        raise Invalid(_("You have ten tokens. Revoke one first."))
    number = own.filter(name__startswith=f"{use}-").count() + 1
    text = f"relay_{secrets.token_hex(_BYTES)}"
    token = ApiToken.objects.create(
        user=actor.user,
        name=f"{use}-{number}",
        digest=digest(text),
        scope=scope,
        expires_at=at + dt.timedelta(days=days),
    )
    _record_issued(token, at=at)
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
    """
    Keep the digest of a token's text; a token of the same name is replaced.

    For commands and tests: the web process may not change a token's digest.
    """
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
    _record_issued(token, at=at)
    return token


def _record_issued(token: ApiToken, *, at: dt.datetime) -> None:
    record(
        Verb.TOKEN_ISSUED,
        subject=f"user:{token.user_id}",
        at=at,
        data={"name": token.name, "scope": token.scope},
    )


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


def find_token(text: str) -> ApiToken | None:
    """
    Return the token with this text, and its person.

    Through a function of the database: a process sees only the tokens of its actor, and who that is
    the token has yet to say.
    """
    for row in ask(_TOKEN, digest=digest(text)):
        token: ApiToken
        token, token.user, token.user.agency = _FOUND.instances(row)
        return token
    return None


def note_use(token: ApiToken, *, on: dt.date) -> None:
    """
    Keep the day of the last use, once a day: no entry tells of it, polling would flood them.

    Never waits: while another request of the same token notes it, this one need not.
    """
    if token.last_used_on != on:
        free = ApiToken.objects.filter(pk=token.pk).select_for_update(skip_locked=True)
        ApiToken.objects.filter(pk__in=free.values("pk")).update(last_used_on=on)


def digest(text: str) -> str:
    """Return what is stored of a token. No salt is needed: the text is 256 random bits."""
    return hashlib.sha256(text.encode()).hexdigest()
