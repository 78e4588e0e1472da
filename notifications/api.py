"""A person's own notices through the API."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from coordination.rest import require_view, shown_reference
from notifications import actions
from notifications.models import Notice
from notifications.rules import words_of


class NoticeOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    verb = serializers.CharField()
    text = serializers.SerializerMethodField()
    referral = serializers.SerializerMethodField()
    case = serializers.SerializerMethodField()
    for_desk = serializers.SlugField(
        source="for_desk.slug",
        default=None,
        allow_null=True,
        help_text="The desk that you stand in for: what it is about opens only there.",
    )
    occurred_at = serializers.DateTimeField()
    done_at = serializers.DateTimeField(allow_null=True)

    def get_text(self, notice: Notice) -> str:
        return words_of(notice.verb, notice.reference, for_desk=notice.for_desk)

    def get_referral(self, notice: Notice) -> str | None:
        return shown_reference(notice.reference) if _is_of_referral(notice) else None

    def get_case(self, notice: Notice) -> str | None:
        return shown_reference(notice.reference) if _is_of_case(notice) else None


def _is_of_case(notice: Notice) -> bool:
    return notice.verb.startswith(("case.", "consent.")) and bool(notice.reference)


def _is_of_referral(notice: Notice) -> bool:
    return notice.verb.startswith(("referral.", "handoff.")) and bool(notice.reference)


class NoticesView(APIView):
    @extend_schema(
        responses=NoticeOut(many=True),
        operation_id="notifications_list",
        parameters=[OpenApiParameter("unread", bool)],
    )
    def get(self, request: Request) -> Response:
        actor = require_view(request, "notifications.view_notice")
        notices = Notice.objects.visible_to(actor).select_related("for_desk__agency")
        if request.query_params.get("unread") == "true":
            notices = notices.unread()
        paginator = self.settings.DEFAULT_PAGINATION_CLASS()
        paginator.ordering = "-pk"
        page = paginator.paginate_queryset(notices, request, view=self)
        response: Response = paginator.get_paginated_response(NoticeOut(page, many=True).data)
        return response


class DoneView(APIView):
    @extend_schema(request=None, responses={204: None}, operation_id="notifications_done")
    def post(self, request: Request, pk: int) -> Response:
        actor = require_view(request, "notifications.view_notice")
        notice = get_object_or_404(Notice.objects.visible_to(actor), pk=pk)
        actions.mark_done(notices=[notice.pk], actor=actor, at=timezone.now())
        return Response(status=204)


class UndoView(APIView):
    @extend_schema(request=None, responses={204: None}, operation_id="notifications_undo")
    def post(self, request: Request, pk: int) -> Response:
        actor = require_view(request, "notifications.view_notice")
        notice = get_object_or_404(Notice.objects.visible_to(actor), pk=pk)
        actions.undo_done(notices=[notice.pk], actor=actor)
        return Response(status=204)
