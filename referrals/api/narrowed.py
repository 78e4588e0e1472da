"""The Office's lists through the API, narrowed as their pages are."""

from typing import TypeVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request

from coordination import vocabularies
from referrals import narrowing
from referrals.filters import UnknownFilter

Chosen = TypeVar("Chosen", bound=narrowing.Where)

WHERE = [
    OpenApiParameter("region", str, enum=vocabularies.codes("region")),
    OpenApiParameter("team", str, description="slug"),
]


def narrowed_by(request: Request, form: type[Chosen]) -> Chosen:
    """:raises ValidationError: if a value is not one of its codes."""
    try:
        return narrowing.read(request.query_params, form)
    except UnknownFilter as unknown:
        message = _("This value is not known here.")
        raise serializers.ValidationError({unknown.name: [message]}) from None
