"""
How often one person may ask the API: reading more often than writing.

Counted in each web process (settings: the cache is local, so that Redis may vanish without taking
the API along): with several processes the limit is as many times higher.
"""

from typing import TYPE_CHECKING

from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import UserRateThrottle

if TYPE_CHECKING:  # the views read their settings, and these name this module
    from rest_framework.views import APIView


class Reading(UserRateThrottle):
    scope = "read"

    def allow_request(self, request: Request, view: "APIView") -> bool:
        return request.method not in SAFE_METHODS or super().allow_request(request, view)


class Writing(UserRateThrottle):
    scope = "write"

    def allow_request(self, request: Request, view: "APIView") -> bool:
        return request.method in SAFE_METHODS or super().allow_request(request, view)
