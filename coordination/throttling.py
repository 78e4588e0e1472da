"""
How often one person may ask the API, reading more often than writing, and how often a stranger.

Counted in each web process (settings: the cache is local, so that Redis may vanish without taking
the API along): with several processes the limit is as many times higher. A stranger is whoever
presents no valid token and no session; a valid token is never held back for what other systems
behind the same address do.
"""

from typing import TYPE_CHECKING

from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import AnonRateThrottle, SimpleRateThrottle, UserRateThrottle

if TYPE_CHECKING:  # the views read their settings, and these name this module
    from rest_framework.views import APIView


class Person(UserRateThrottle):
    """Counts nobody who is not signed in: that is `Stranger`."""

    def get_cache_key(self, request: Request, view: "APIView") -> str | None:
        if not request.user.is_authenticated:
            return None
        return super().get_cache_key(request, view)


class Reading(Person):
    scope = "read"

    def allow_request(self, request: Request, view: "APIView") -> bool:
        return request.method not in SAFE_METHODS or super().allow_request(request, view)


class Writing(Person):
    scope = "write"

    def allow_request(self, request: Request, view: "APIView") -> bool:
        return request.method in SAFE_METHODS or super().allow_request(request, view)


class Stranger(AnonRateThrottle):
    """By address. Also asked where a request is refused with 401, as that comes before limits."""

    scope = "stranger"


class Invited(SimpleRateThrottle):
    """By address, signed in or not: who opens links of invitations, right ones and wrong ones."""

    scope = "invitation"

    def get_cache_key(self, request: Request, view: "APIView") -> str:  # noqa: ARG002
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}
