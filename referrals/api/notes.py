"""Notes about a referral or a case through the API."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.record import record
from audit.verbs import Verb
from cases.actions.notes import Words, add_note
from cases.models import Case, Note
from coordination.access import Actor
from coordination.http import visible_or_404
from coordination.rest import IDEMPOTENCY_KEY, CodeField, create_once, read_input, require_view
from referrals.api.referrals import visible
from referrals.serializers import WordsIn


class NoteIn(WordsIn):
    audience = CodeField("note_audience", default="everyone")


class NoteOut(serializers.Serializer[Any]):
    kind = serializers.CharField()
    audience = serializers.CharField()
    text = serializers.CharField()
    desk = serializers.CharField(source="desk.slug")
    at = serializers.DateTimeField(source="written_at")


class ReferralNotesView(APIView):
    @extend_schema(responses=NoteOut(many=True), operation_id="referrals_notes_list")
    def get(self, request: Request, reference: str) -> Response:
        actor = require_view(request, "referrals.view_referral")
        referral = visible(actor, reference)
        record(Verb.REFERRAL_VIEWED, subject=referral.subject, at=timezone.now())
        return _listed(referral.subject, actor)

    @extend_schema(
        request=NoteIn,
        responses={201: NoteOut},
        operation_id="referrals_notes_create",
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> Response:
        actor = require_view(request, "cases.add_note")
        referral = visible(actor, reference)
        return _create(request, Case(pk=referral.case_id), referral.subject)


class CaseNotesView(APIView):
    @extend_schema(responses=NoteOut(many=True), operation_id="cases_notes_list")
    def get(self, request: Request, reference: str) -> Response:
        actor = require_view(request, "cases.view_case")
        case = visible_or_404(Case.objects.visible_to(actor), reference)
        record(Verb.CASE_VIEWED, subject=case.subject, at=timezone.now())
        return _listed(case.subject, actor)

    @extend_schema(
        request=NoteIn,
        responses={201: NoteOut},
        operation_id="cases_notes_create",
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request, reference: str) -> Response:
        actor = require_view(request, "cases.add_note")
        case = visible_or_404(Case.objects.visible_to(actor), reference)
        return _create(request, case, case.subject)


def _listed(subject: str, actor: Actor) -> Response:
    notes = Note.objects.visible_to(actor).filter(about=subject).select_related("desk")
    return Response({"next": None, "previous": None, "results": NoteOut(notes, many=True).data})


def _create(request: Request, case: Case, about: str) -> Response:
    actor = require_view(request, "cases.add_note")

    def create() -> str:
        given = read_input(NoteIn, request)
        note = add_note(
            actor=actor,
            case=case,
            about=about,
            words=given["words"] or Words(""),
            audience=given["audience"],
            at=timezone.now(),
        )
        return str(note.pk)

    def show(key: str) -> dict[str, Any]:
        return dict(NoteOut(get_object_or_404(Note.objects.visible_to(actor), pk=key)).data)

    return create_once(request, route=f"api:notes:{about}", create=create, show=show)
