"""A view of the API for each verb of a case: what its lead desk does with it."""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cases.actions import leading, reporting
from cases.actions.assigning import assign_case
from cases.models import Case
from cases.states import TRANSITIONS
from coordination.access import Actor, people_at
from coordination.errors import Invalid
from coordination.http import visible_or_404
from coordination.rest import (
    CodeField,
    CodesField,
    MomentField,
    StrictSerializer,
    read_input,
    require_view,
    version_of,
)
from referrals.actions import closing, linking, mistakes
from referrals.api.cases import shown_one
from referrals.outputs import CaseOut
from referrals.serializers import AssignIn, NothingIn, WordsIn

MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, required=True)


class FollowUpIn(WordsIn):
    review_at = MomentField()


class ReportIn(StrictSerializer):
    child_report = CodeField("child_report")


class CloseIn(WordsIn):
    reason = CodeField("closure_reason")
    outcomes = serializers.DictField(child=CodeField("outcome"))


class MistakeIn(WordsIn):
    reason = CodeField("case_error")


class LinkIn(WordsIn):
    same_as = serializers.CharField(max_length=20)
    needs = CodesField("service_need", required=False)


def _link(*, case: Case, actor: Actor, same_as: str, **given: Any) -> Case:
    """Link a case to the one that a code names; without `needs` it has those of both."""
    try:
        kept = _visible(actor, same_as)
    except Http404:
        raise Invalid(
            _("There is no other open case with this code that your desk leads."), field="same_as"
        ) from None
    needs = given.pop("needs", list(dict.fromkeys([*kept.needs, *case.needs])))
    return linking.link_cases(case=case, same_as=kept, actor=actor, needs=needs, **given)


_ACTIONS: Mapping[str, tuple[Callable[..., Case], type[serializers.Serializer[Any]]]] = {
    "follow_up": (leading.follow_up_case, FollowUpIn),
    "resume": (leading.resume_case, NothingIn),
    "report": (reporting.report_case, ReportIn),
    "close": (closing.close_case, CloseIn),
    "enter_in_error": (mistakes.enter_case_in_error, MistakeIn),
    "link": (_link, LinkIn),
    "reopen": (leading.reopen_case, WordsIn),
}


def view_of(verb: str) -> Any:
    """Return the view of a verb of `cases.states.TRANSITIONS`; facts are changed by PATCH."""
    action, shape = _ACTIONS[verb]

    class VerbView(APIView):
        @extend_schema(
            request=shape, responses=CaseOut, operation_id=f"cases_{verb}", parameters=[MATCH]
        )
        def post(self, request: Request, reference: str) -> Response:
            actor = require_view(request, TRANSITIONS[verb].permission)
            case = _visible(actor, reference)
            version = version_of(request)
            given = read_input(shape, request)
            action(case=case, actor=actor, version=version, at=timezone.now(), **given)
            return _answer(actor, reference)

    return VerbView.as_view()


class AssignCaseView(APIView):
    """Give a case to somebody of its lead desk, by user name, or to nobody with null."""

    @extend_schema(request=AssignIn, responses=CaseOut, operation_id="cases_assign")
    def post(self, request: Request, reference: str) -> Response:
        actor = require_view(request, "cases.assign_case")
        case = _visible(actor, reference)
        username = read_input(AssignIn, request)["to"]
        people = {p.username: p for p in people_at(actor.desk)} if actor.desk else {}
        if username is not None and username not in people:
            raise Invalid(_("Choose somebody who works at your desk."), field="to")
        to = people[username] if username else None
        assign_case(case=case, actor=actor, to=to, at=timezone.now())
        return _answer(actor, reference)


def _visible(actor: Actor, reference: str) -> Case:
    return visible_or_404(Case.objects.visible_to(actor), reference)


def _answer(actor: Actor, reference: str) -> Response:
    body = shown_one(actor, _visible(actor, reference).reference)
    return Response(body, headers={"ETag": f'"{body["version"]}"'})
