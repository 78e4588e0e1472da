"""Referrals through the API: boxes, one record, and a view a verb."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.record import record
from audit.verbs import Verb
from cases.models import Case
from coordination.access import Actor
from coordination.cursors import BadCursor
from coordination.errors import Invalid
from coordination.http import note_refusal, visible_or_404
from coordination.models import Agency, Desk, Team
from coordination.rest import IDEMPOTENCY_KEY, create_once, read_input, require_view
from referrals import child_reports, filters, positions, waiting, worklist
from referrals.actions import sending
from referrals.actions.drafting import draft_referral
from referrals.basis_input import basis_given
from referrals.filters import UnknownFilter
from referrals.guard_rails import Said
from referrals.models import Referral
from referrals.outputs import PageOut, ReferralOut, referral_out
from referrals.serializers import TARGETS, ReferralIn
from referrals.states import Box, Side
from referrals.targets import Province, Target


class ReferralsView(APIView):
    """The boxes of the caller's desks, and writing a referral."""

    @extend_schema(
        responses=PageOut,
        operation_id="referrals_list",
        parameters=[
            OpenApiParameter(name, str)
            for name in ("box", "cursor", "sort", *filters.CODED, *filters.CHOICES)
        ],
    )
    def get(self, request: Request) -> Response:
        actor = require_view(request, "referrals.view_referral")
        box = request.query_params.get("box", Box.INBOX)
        if box not in set(Box):
            raise serializers.ValidationError({"box": [_("Choose one of: ") + ", ".join(Box)]})
        try:
            wanted = filters.read(_as_filters(request.query_params))
            after = positions.read(request.query_params.get("cursor", ""), wanted.sort)
        except UnknownFilter as unknown:
            message = _("This value is not known here.")
            raise serializers.ValidationError({unknown.name: [message]}) from None
        except BadCursor:
            raise serializers.ValidationError(
                {"cursor": [_("Start from the first page.")]}
            ) from None
        now = timezone.now()
        page = worklist.page_of(actor, Box(box), after=after, filters=wanted)
        waiting.attach(page.referrals, at=now)
        child_reports.load([each.readable_case for each in page.referrals], actor)
        results = [
            referral_out(each, actor, at=now, side=_side_in(box, each, actor))
            for each in page.referrals
        ]
        record(
            Verb.REFERRALS_LISTED,
            subject=f"box:{box}",
            at=now,
            data={"shown": [each.reference for each in page.referrals], "filter": wanted.query},
        )
        following = None
        if page.next:
            place = positions.write(page.next, wanted.sort)
            query = "&".join(
                filter(None, [urlencode({"box": box}), wanted.query, urlencode({"cursor": place})])
            )
            following = request.build_absolute_uri(f"{request.path}?{query}")
        return Response({"next": following, "previous": None, "results": results})

    @extend_schema(
        request=ReferralIn,
        responses={201: ReferralOut},
        operation_id="referrals_create",
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> Response:
        actor = require_view(request, "referrals.draft_referral")

        def create() -> str:
            return _written(read_input(ReferralIn, request), actor, request)

        def show(reference: str) -> dict[str, Any]:
            now = timezone.now()
            referral = visible(actor, reference)
            record(Verb.REFERRAL_VIEWED, subject=referral.subject, at=now)
            return referral_out(referral, actor, at=now)

        return create_once(request, route="api:referrals", create=create, show=show)


class ReferralView(APIView):
    @extend_schema(responses=ReferralOut, operation_id="referrals_retrieve")
    def get(self, request: Request, reference: str) -> Response:
        actor = require_view(request, "referrals.view_referral")
        referral = visible(actor, reference)
        now = timezone.now()
        record(Verb.REFERRAL_VIEWED, subject=referral.subject, at=now)
        return answer_with(referral, actor)


def _written(given: dict[str, Any], actor: Actor, request: Request) -> str:
    now = timezone.now()
    try:
        case = visible_or_404(Case.objects.visible_to(actor), given["case"])
    except Http404:
        note_refusal(request._request, given["case"], 404)
        raise Invalid(
            _("There is no case with this code that you can open."), field="case"
        ) from None
    referral = draft_referral(
        actor=actor,
        case=case,
        to=addressee(given),
        services=given["services"],
        urgency=given["urgency"],
        basis=basis_given(given["basis"]),
        at=now,
    )
    if given["words"] and not given["send"]:
        raise Invalid(_("Words go along when it is sent."), field="words")
    if given["said"] != Said() and not given["send"]:
        raise Invalid(_("What the guard rails ask is answered when it is sent."), field="overrides")
    if given["send"]:
        sending.send_referral(
            referral=referral,
            actor=actor,
            at=now,
            agreed_by_phone_at=given.get("agreed_by_phone_at"),
            words=given["words"],
            said=given["said"],
        )
    return referral.reference


def addressee(given: dict[str, Any]) -> Target:
    """
    Return whom one of the fields `to_desk`, `to_team`, `to_agency`, `to_province` names.

    :raises Invalid: if there is nobody of this name; an agency on Relay is addressed by its desk.
    """
    (name,) = (each for each in TARGETS if each in given)
    slug = given[name]
    found: Target | None
    match name:
        case "to_desk":
            found = Desk.objects.filter(slug=slug).first()
        case "to_team":
            found = Team.objects.filter(slug=slug).first()
        case "to_agency":
            found = Agency.objects.filter(slug=slug, desks=None).first()
        case _:
            found = Province(slug)
    if found is None:
        raise Invalid(_("There is nobody of this name to send to."), field=name)
    return found


def visible(actor: Actor, reference: str) -> Referral:
    referral = visible_or_404(Referral.objects.visible_to(actor).with_desks(), reference)
    worklist.attach_cases([referral], actor)
    return referral


def answer_with(referral: Referral, actor: Actor) -> Response:
    body = referral_out(referral, actor, at=timezone.now())
    return Response(body, headers={"ETag": f'"{referral.version}"'})


def _as_filters(query: QueryDict) -> QueryDict:
    """:raises ValidationError: for a parameter that is no filter: it is refused, not ignored."""
    known = {"box", "cursor", "sort", *filters.CODED, *filters.CHOICES}
    unknown = sorted(name[:60] for name in query if name not in known)
    if unknown:
        raise serializers.ValidationError(
            {name: [_("There is no such filter.")] for name in unknown}
        )
    return query


def _side_in(box: str, referral: Referral, actor: Actor) -> Side | None:
    if actor.acts_for(referral.from_desk_id):
        return Side.SENDER
    answering_here = box in {Box.INBOX, Box.WAITING, Box.ACTIVE}
    mine = referral.to_desk_id is None or actor.acts_for(referral.to_desk_id)
    return Side.RECEIVER if answering_here and mine else None
