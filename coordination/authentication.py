"""Tokens of the API. The person behind the token becomes the actor of the transaction."""

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from coordination import tokens
from coordination.middleware import NOT_YOURS, names_a_desk_of_others, take_part
from coordination.models import ApiToken, User

if TYPE_CHECKING:  # the views read their settings, and these name this module
    from rest_framework.views import APIView


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Token ...`"""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != b"token":
            return None
        text = words[1].decode("latin-1") if len(words) == 2 else ""  # noqa: PLR2004
        token = tokens.find_token(text)
        if token is None or not token.user.is_active or not token.is_valid(at=timezone.now()):
            raise AuthenticationFailed(_("This token is unknown, expired or revoked."))
        take_part(request._request, token.user)
        tokens.note_use(token, on=timezone.localdate())
        return token.user, token

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002  DRF's signature
        return "Token"


class WithinScope(BasePermission):
    """
    Hold a token to its scope, at every address of the API.

    A permission and not part of authentication: the person is known, so the refusal is recorded.
    """

    message = _("This token may only read.")

    def has_permission(self, request: Request, view: "APIView") -> bool:  # noqa: ARG002
        token = request.auth
        reads = isinstance(token, ApiToken) and token.scope == tokens.READ
        return request.method in SAFE_METHODS or not reads


class ActsForOwnDesk(BasePermission):
    """Refuse who names a desk that is not theirs: no look is recorded as nobody's."""

    message = NOT_YOURS

    def has_permission(self, request: Request, view: "APIView") -> bool:  # noqa: ARG002
        asked = request._request
        return not names_a_desk_of_others(asked, asked.actor)  # type: ignore[attr-defined]
