"""Tokens of the API. The person behind the token becomes the actor of the transaction."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from coordination import tokens
from coordination.middleware import take_part
from coordination.models import ApiToken, User


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Token ...`"""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != b"token":
            return None
        text = words[1].decode("latin-1") if len(words) == 2 else ""  # noqa: PLR2004
        token = (
            ApiToken.objects.select_related("user__agency")
            .filter(digest=tokens.digest(text))
            .first()
        )
        if token is None or not token.user.is_active or not token.is_valid(at=timezone.now()):
            raise AuthenticationFailed(_("This token is unknown, expired or revoked."))
        take_part(request._request, token.user)
        if token.scope == tokens.READ and request.method not in SAFE_METHODS:
            raise PermissionDenied(_("This token may only read."))
        tokens.note_use(token, on=timezone.localdate())
        return token.user, token

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002  DRF's signature
        return "Token"
