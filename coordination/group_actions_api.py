"""Actions of working groups through the API: planned by the Office, moved by their desks."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from coordination import group_actions
from coordination.access import Actor
from coordination.action_states import TRANSITIONS
from coordination.group_actions import Cause, MoveGiven
from coordination.groups import RUN
from coordination.groups_api import IF_MATCH, LONGEST, KeepIn, ReferencedOut
from coordination.http import visible_or_404
from coordination.models import Desk, GroupAction, WorkingGroup
from coordination.models.group import READ
from coordination.registers_api import page_of
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


class CauseIn(StrictSerializer):
    """A gap (service, region), a figure (table, period, place: dimension -> code), or a desk."""

    service = CodeField("service_need", required=False)
    region = CodeField("region", required=False)
    table = serializers.CharField(max_length=40, required=False)
    period = serializers.CharField(max_length=7, required=False)
    place = serializers.DictField(child=serializers.CharField(max_length=40), required=False)
    desk = serializers.SlugField(required=False)


class ActionChangeIn(KeepIn):
    what = serializers.CharField(max_length=LONGEST)
    owner = serializers.SlugField()
    due_on = serializers.DateField()


class ActionIn(ActionChangeIn):
    group = serializers.CharField(max_length=20)
    cause = CauseIn()


class MoveIn(KeepIn):
    words = serializers.CharField(max_length=LONGEST, required=False, allow_blank=True)
    reason = CodeField("action_drop_reason", required=False)
    due_on = serializers.DateField(required=False)


class ActionOut(ReferencedOut):
    group = serializers.SerializerMethodField()
    what = serializers.CharField()
    owner = serializers.CharField(source="owner.slug")
    due_on = serializers.DateField()
    status = serializers.CharField()
    said = serializers.CharField()
    drop_reason = serializers.CharField()
    planned_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    cause = serializers.SerializerMethodField()
    actions = serializers.SerializerMethodField(help_text="Verbs that you have now.")

    def get_group(self, action: GroupAction) -> str:
        return shown_reference(action.group.reference)

    def get_cause(self, action: GroupAction) -> dict[str, Any]:
        if action.cause == "gap":
            return {"service": action.service, "region": action.region}
        if action.about_desk is not None:
            return {"desk": action.about_desk.slug}
        return {"table": action.table, "period": action.period, "place": action.at_place}

    def get_actions(self, action: GroupAction) -> list[str]:
        return group_actions.allowed(action, self.context["actor"])


class ActionsView(APIView):
    """Actions of the groups that you read, the soonest due first within a page."""

    @extend_schema(responses=ActionOut(many=True), operation_id="actions_list")
    def get(self, request: Request) -> Response:
        actor = require_view(request, READ)

        def shape(rows: Any, **options: Any) -> Any:
            return ActionOut(rows, context={"actor": actor}, **options)

        return page_of(self, request, _actions(actor), shape)

    @extend_schema(
        request=ActionIn,
        responses={201: ActionOut},
        operation_id="actions_plan",
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> Response:
        actor = require_view(request, RUN)

        def create() -> str:
            given = read_input(ActionIn, request)
            group = visible_or_404(WorkingGroup.objects.visible_to(actor), given.pop("group"))
            owner = _desk(given.pop("owner"), field="owner")
            cause = _cause(given.pop("cause"))
            now = timezone.now()
            made = group_actions.plan_action(
                actor=actor, group=group, owner=owner, cause=cause, at=now, **given
            )
            return made.reference

        def show(reference: str) -> dict[str, Any]:
            return _shown(visible_or_404(_actions(actor), reference), actor)

        return create_once(request, route="api:actions", create=create, show=show)


class ActionView(APIView):
    @extend_schema(responses=ActionOut, operation_id="actions_retrieve")
    def get(self, request: Request, reference: str) -> Response:
        actor = require_view(request, READ)
        return _answer(visible_or_404(_actions(actor), reference), actor)

    @extend_schema(
        request=ActionChangeIn,
        responses=ActionOut,
        operation_id="actions_change",
        parameters=[IF_MATCH],
    )
    def put(self, request: Request, reference: str) -> Response:
        """Say the whole anew: what it is, which desk does it, and by which day."""
        actor = require_view(request, RUN)
        action = visible_or_404(_actions(actor), reference)
        version = version_of(request)
        given = read_input(ActionChangeIn, request)
        owner, now = _desk(given.pop("owner"), field="owner"), timezone.now()
        group_actions.change_action(
            actor=actor, action=action, owner=owner, version=version, at=now, **given
        )
        return _answer(_actions(actor).get(pk=action.pk), actor)


def view_of(verb: str) -> Any:
    """Return the view of a verb of `action_states.TRANSITIONS`."""

    class VerbView(APIView):
        """With a word; `drop` with a reason, `reopen` with a new day if the old one is over."""

        @extend_schema(
            request=MoveIn,
            responses=ActionOut,
            operation_id=f"actions_{verb}",
            parameters=[IF_MATCH],
        )
        def post(self, request: Request, reference: str) -> Response:
            actor = require_view(request, READ)
            action = visible_or_404(_actions(actor), reference)
            require_view(request, TRANSITIONS[verb].permission)
            version = version_of(request)
            given = MoveGiven(**read_input(MoveIn, request))
            group_actions.move_action(
                actor=actor,
                action=action,
                verb=verb,
                given=given,
                version=version,
                at=timezone.now(),
            )
            return _answer(_actions(actor).get(pk=action.pk), actor)

    return VerbView.as_view()


def _actions(actor: Actor) -> Any:
    return GroupAction.objects.visible_to(actor).select_related(
        "group", "owner__agency", "owner__team", "about_desk"
    )


def _shown(action: GroupAction, actor: Actor) -> dict[str, Any]:
    return dict(ActionOut(action, context={"actor": actor}).data)


def _answer(action: GroupAction, actor: Actor) -> Response:
    return Response(_shown(action, actor), headers={"ETag": f'"{action.version}"'})


def _cause(given: Mapping[str, Any]) -> Cause:
    desk = given.get("desk")
    found = _desk(desk, field="cause") if desk else None
    return Cause(**{**given, "desk": found})


def _desk(slug: str, *, field: str) -> Desk:
    """:raises ValidationError: if there is no such desk."""
    found = Desk.objects.filter(slug=slug).select_related("agency", "team").first()
    if found is None:
        raise serializers.ValidationError({field: [_("No desk has this slug.")]})
    return found
