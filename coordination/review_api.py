"""The access review through the API."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from coordination import reviews
from coordination.http import visible_or_404
from coordination.models import AccessReview, ReviewLine
from coordination.rest import require_view, shown_reference

_REFERENCE = OpenApiParameter("reference", str, OpenApiParameter.PATH)


class LineOut(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    username = serializers.CharField(source="seat.user.username")
    desk = serializers.CharField(source="seat.desk.slug")
    role = serializers.CharField(source="seat.role")
    kept_at = serializers.DateTimeField(allow_null=True)
    is_open = serializers.SerializerMethodField()

    def get_is_open(self, line: ReviewLine) -> bool:
        return line.pk in self.context["undecided"]


class ReviewOut(serializers.Serializer[Any]):
    reference = serializers.SerializerMethodField()
    agency = serializers.CharField(source="agency.slug")
    due_at = serializers.DateTimeField()
    signed_at = serializers.DateTimeField(allow_null=True)
    lines = LineOut(many=True, source="lines.all")

    def get_reference(self, review: AccessReview) -> str:
        return shown_reference(review.reference)


class AccessReviewView(APIView):
    """Open and signed reviews of one's agency; for the Office, of all."""

    @extend_schema(responses=ReviewOut(many=True), operation_id="access_review_list")
    def get(self, request: Request) -> Response:
        actor = require_view(request, reviews.REVIEW)
        rows = reviews.reviews_of(actor).prefetch_related("lines__seat__user", "lines__seat__desk")
        paginator = self.settings.DEFAULT_PAGINATION_CLASS()
        page = paginator.paginate_queryset(rows.order_by("pk"), request, view=self)
        response: Response = paginator.get_paginated_response(
            ReviewOut(page, many=True, context=_undecided(page)).data
        )
        return response


class KeepView(APIView):
    @extend_schema(
        request=None,
        responses=ReviewOut,
        parameters=[_REFERENCE],
        operation_id="access_review_keep",
    )
    def post(self, request: Request, reference: str, number: int) -> Response:
        actor = require_view(request, reviews.REVIEW)
        review = visible_or_404(reviews.reviews_of(actor), reference)
        lines = review.lines.select_related("review__agency", "seat__user", "seat__desk")
        line = get_object_or_404(lines, number=number)
        reviews.keep_seat(actor=actor, line=line, at=timezone.now())
        return _shown(visible_or_404(reviews.reviews_of(actor), reference))


class SignView(APIView):
    @extend_schema(
        request=None,
        responses=ReviewOut,
        parameters=[_REFERENCE],
        operation_id="access_review_sign",
    )
    def post(self, request: Request, reference: str) -> Response:
        actor = require_view(request, reviews.REVIEW)
        review = visible_or_404(reviews.reviews_of(actor), reference)
        reviews.sign_review(actor=actor, review=review, at=timezone.now())
        return _shown(visible_or_404(reviews.reviews_of(actor), reference))


def _shown(review: AccessReview) -> Response:
    return Response(ReviewOut(review, context=_undecided([review])).data)


def _undecided(page: list[AccessReview]) -> dict[str, set[int]]:
    return {"undecided": reviews.undecided_of(page)}
