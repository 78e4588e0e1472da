"""Cases through the API. What a receiver sees follows its referrals, so it lives up here."""

from functools import partial
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.record import record
from audit.verbs import Verb
from cases.actions.leading import change_case
from cases.actions.opening import open_case
from cases.facts import LEAD_FACTS, TASK_FACTS, task_facts
from cases.models import Case
from cases.states import TRANSITIONS
from coordination.access import Actor
from coordination.errors import Invalid
from coordination.http import visible_or_404
from coordination.rest import IDEMPOTENCY_KEY, create_once, read_input, require_view, version_of
from referrals import child_reports, presenting, worklist
from referrals.former_leads import former_leads
from referrals.models import Referral
from referrals.outputs import CaseOut, case_out
from referrals.serializers import CaseIn, FactsIn


class CasesView(APIView):
    @extend_schema(
        responses=CaseOut(many=True),
        operation_id="cases_list",
        parameters=[OpenApiParameter("show", str, enum=["me", "nobody", "error"])],
    )
    def get(self, request: Request) -> Response:
        actor = require_view(request, "cases.view_case")
        paginator = self.settings.DEFAULT_PAGINATION_CLASS()
        rows = Case.objects.visible_to(actor).listed(request.GET.get("show", ""), actor)
        rows = rows.select_related("lead_desk", "lead_facts", "assignee")
        page: list[Case] = paginator.paginate_queryset(rows, request, view=self)
        record(
            Verb.CASES_LISTED,
            subject="box:cases",
            at=timezone.now(),
            data={"shown": [case.reference for case in page]},
        )
        response: Response = paginator.get_paginated_response(_shown(page, actor))
        return response

    @extend_schema(
        request=CaseIn,
        responses={201: CaseOut},
        operation_id="cases_create",
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> Response:
        actor = require_view(request, "cases.open_case")

        def create() -> str:
            given = read_input(CaseIn, request)
            lead = given.pop("lead_desk", None)
            if lead and (actor.desk is None or actor.desk.slug != lead):
                raise Invalid(
                    _("A case is led by the desk you act for: send X-Acting-Desk."),
                    field="lead_desk",
                )
            case = open_case(
                actor=actor,
                facts={k: v for k, v in given.items() if k in TASK_FACTS},
                lead_facts={k: v for k, v in given.items() if k in LEAD_FACTS},
                at=timezone.now(),
            )
            return case.reference

        return create_once(
            request, route="api:cases", create=create, show=partial(shown_one, actor)
        )


class CaseView(APIView):
    @extend_schema(responses=CaseOut, operation_id="cases_retrieve")
    def get(self, request: Request, reference: str) -> Response:
        actor = require_view(request, "cases.view_case")
        case = visible_or_404(
            Case.objects.visible_to(actor).select_related("lead_desk", "lead_facts", "assignee"),
            reference,
        )
        record(Verb.CASE_VIEWED, subject=case.subject, at=timezone.now())
        return Response(_shown([case], actor)[0], headers={"ETag": f'"{case.version}"'})

    @extend_schema(
        request=FactsIn,
        responses=CaseOut,
        operation_id="cases_change",
        parameters=[OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, required=True)],
    )
    def patch(self, request: Request, reference: str) -> Response:
        actor = require_view(request, TRANSITIONS["change"].permission)
        case = visible_or_404(Case.objects.visible_to(actor), reference)
        version = version_of(request)
        given = read_input(FactsIn, request, partial=True)
        change_case(case=case, actor=actor, facts=given, version=version, at=timezone.now())
        body = shown_one(actor, case.reference)
        return Response(body, headers={"ETag": f'"{body["version"]}"'})


def shown_one(actor: Actor, reference: str) -> dict[str, Any]:
    rows = Case.objects.visible_to(actor).select_related("lead_desk", "lead_facts", "assignee")
    case = visible_or_404(rows, reference)
    record(Verb.CASE_VIEWED, subject=case.subject, at=timezone.now())
    return _shown([case], actor)[0]


def _shown(cases: list[Case], actor: Actor) -> list[dict[str, Any]]:
    """Return cases as the reader may see them, in the same number of queries however many."""
    referrals = list(Referral.objects.visible_to(actor).with_desks().filter(case__in=cases))
    worklist.attach_cases(referrals, actor)
    child_reports.load(cases, actor)
    shown, former, now = [], former_leads(cases, actor), timezone.now()
    for case in cases:
        own = [each for each in referrals if each.case_id == case.pk]
        leads = case.lead_desk_id in actor.desk_ids
        facts = task_facts(case) if leads else presenting.facts_through(own, actor, at=now)
        shown.append(case_out(case, actor, facts=facts, former=former.get(case.pk)))
    return shown
