"""Working groups through the API: their agencies read, the Office writes."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from coordination import groups
from coordination.access import Actor
from coordination.groups import RUN, GroupGiven
from coordination.http import visible_or_404
from coordination.models import Agency, WorkingGroup
from coordination.models.group import NAME, READ
from coordination.registers_api import line_of, page_of
from coordination.rest import (
    IDEMPOTENCY_KEY,
    CodeField,
    StrictSerializer,
    create_once,
    read_input,
    require_view,
    shown_reference,
    version_of,
)

IF_MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, required=True)
LONGEST = 2_000
"""Characters that are read; the gate says how many may stay."""


class KeepIn(StrictSerializer):
    """`keep` says why what may identify stays in the texts: kind -> code of `keep_reason`."""

    keep = serializers.DictField(child=CodeField("keep_reason"), required=False)


class GroupIn(KeepIn):
    name_en = serializers.CharField(max_length=NAME)
    name_fr = serializers.CharField(max_length=NAME)
    purpose = serializers.CharField(max_length=LONGEST)
    agencies = serializers.ListField(child=serializers.SlugField(), allow_empty=False)


class ReferencedOut(serializers.Serializer[Any]):
    reference = serializers.SerializerMethodField()
    version = serializers.IntegerField()

    def get_reference(self, row: Any) -> str:
        return shown_reference(row.reference)


class GroupOut(ReferencedOut):
    name_en = serializers.CharField()
    name_fr = serializers.CharField()
    purpose = serializers.CharField()
    agencies = serializers.SerializerMethodField()
    opened_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)

    def get_agencies(self, group: WorkingGroup) -> list[str]:
        here = [each for each in group.members.all() if each.left_at is None]
        return sorted(each.agency.slug for each in here)


class GroupsView(APIView):
    @extend_schema(responses=GroupOut(many=True), operation_id="groups_list")
    def get(self, request: Request) -> Response:
        return page_of(self, request, _groups(require_view(request, READ)), GroupOut)

    @extend_schema(
        request=GroupIn,
        responses={201: GroupOut},
        operation_id="groups_open",
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> Response:
        actor = require_view(request, RUN)

        def create() -> str:
            given = _given(read_input(GroupIn, request))
            return groups.open_group(actor=actor, given=given, at=timezone.now()).reference

        def show(reference: str) -> dict[str, Any]:
            return dict(GroupOut(visible_or_404(_groups(actor), reference)).data)

        return create_once(request, route="api:groups", create=create, show=show)


class GroupView(APIView):
    @extend_schema(responses=GroupOut, operation_id="groups_retrieve")
    def get(self, request: Request, reference: str) -> Response:
        group = visible_or_404(_groups(require_view(request, READ)), reference)
        return line_of(group, GroupOut)

    @extend_schema(
        request=GroupIn, responses=GroupOut, operation_id="groups_change", parameters=[IF_MATCH]
    )
    def put(self, request: Request, reference: str) -> Response:
        """Say the whole anew: its names, its purpose, and which agencies are in it."""
        actor = require_view(request, RUN)
        group = visible_or_404(_groups(actor), reference)
        version = version_of(request)
        given = _given(read_input(GroupIn, request))
        groups.change_group(
            actor=actor, group=group, given=given, version=version, at=timezone.now()
        )
        return line_of(_groups(actor).get(pk=group.pk), GroupOut)


class CloseGroupView(APIView):
    """Close a group whose actions have all ended."""

    act = staticmethod(groups.close_group)

    @extend_schema(
        request=None, responses=GroupOut, operation_id="groups_close", parameters=[IF_MATCH]
    )
    def post(self, request: Request, reference: str) -> Response:
        actor = require_view(request, RUN)
        group = visible_or_404(_groups(actor), reference)
        self.act(actor=actor, group=group, version=version_of(request), at=timezone.now())
        return line_of(_groups(actor).get(pk=group.pk), GroupOut)


class ReopenGroupView(CloseGroupView):
    """Open a closed group again."""

    act = staticmethod(groups.reopen_group)

    @extend_schema(
        request=None, responses=GroupOut, operation_id="groups_reopen", parameters=[IF_MATCH]
    )
    def post(self, request: Request, reference: str) -> Response:
        return super().post(request, reference)


def agencies_named(slugs: list[str], *, field: str) -> list[Agency]:
    """:raises ValidationError: if one is no agency with a desk."""
    found = {agency.slug: agency for agency in groups.may_join().filter(slug__in=slugs)}
    if set(slugs) - found.keys():
        raise serializers.ValidationError({field: [_("No agency with a desk has this slug.")]})
    return list(found.values())


def _given(said: Mapping[str, Any]) -> GroupGiven:
    agencies = agencies_named(said["agencies"], field="agencies")
    return GroupGiven(**{**said, "agencies": agencies})


def _groups(actor: Actor) -> Any:
    return WorkingGroup.objects.visible_to(actor).prefetch_related("members__agency")
