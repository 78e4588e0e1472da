"""Pages of imports: send a file and read the answer of each row, start it, watch it."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _t
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.record import record
from audit.verbs import Verb
from cases.actions import importing
from cases.actions.importing import IMPORT, Answer, Checked
from cases.importing.answers import kinds_found
from cases.importing.columns import COLUMNS
from cases.importing.tables import too_large
from cases.models import Case, Import, Imported
from coordination import references
from coordination.access import Actor
from coordination.errors import Invalid, Refused
from coordination.http import (
    UNPROCESSABLE,
    ActorRequest,
    add_refusal,
    pressed,
    refuse,
    require_permission,
    visible_or_404,
)
from coordination.words import optional

_PAGE = "cases:importing"
SHOWN = 20
MADE_SHOWN = 100


class ImportForm(forms.Form):
    file = forms.FileField(
        label=_t("File"),
        help_text=_t("CSV or Excel (.xlsx). Relay reads it and does not keep it."),
        error_messages={"required": _t("Choose a file."), "empty": _t("This file has no rows.")},
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
    )
    key = forms.CharField(
        label=optional(_t("Heading of the column that knows a row again")),
        help_text=_t("Only if it is not “key”."),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"class": "text", "autocomplete": "off"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def import_cases(request: ActorRequest) -> HttpResponse:
    """Take a file and answer each of its rows: the answers stand on this page alone."""
    require_permission(request, IMPORT)
    status = 200
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        status = UNPROCESSABLE
        form = ImportForm(request.POST, request.FILES)
        if int(request.headers.get("Content-Length") or 0) > settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
            form.errors["file"] = form.error_class([str(too_large())])
        elif form.is_valid():
            try:
                checked = importing.check_import(
                    actor=request.actor,
                    content=form.cleaned_data["file"].read(),
                    key_heading=form.cleaned_data["key"].strip(),
                    at=timezone.now(),
                )
            except Invalid as refusal:
                add_refusal(form, refusal)
            except Refused as refusal:
                return refuse(request, refusal, "cases:list")
            else:
                return render(request, "referrals/import_checked.html", _report(checked, request))
    context = {
        "form": form,
        "columns": [each for each in COLUMNS if each.fact != "key"],
        "earlier": Import.objects.visible_to(request.actor)[:SHOWN],
        "most": {"rows": settings.IMPORT_MAX_ROWS, "kB": settings.IMPORT_MAX_BYTES // 1024},
    }
    return render(request, "referrals/import.html", context, status=status)


@require_safe
def import_detail(request: ActorRequest, reference: str) -> HttpResponse:
    """Show how far an import is, and the cases that it made; a page that asks again by itself."""
    require_permission(request, IMPORT)
    found = _load(request, reference)
    context = _progress(found, request.actor)
    if request.htmx:
        return render(request, "referrals/_import.html", context)
    record(
        Verb.CASES_LISTED,
        subject=found.subject,
        at=timezone.now(),
        data={"shown": [each.reference for each in context["made"]]},
    )
    return render(request, "referrals/importing.html", context)


@require_POST
def start_import(request: ActorRequest, reference: str) -> HttpResponse:
    require_permission(request, IMPORT)
    found = _load(request, reference)
    try:
        importing.start_import(importing=found, actor=request.actor, at=timezone.now())
    except Refused as refusal:
        return refuse(request, refusal, _PAGE, references.display(found.reference))
    return redirect(_PAGE, references.display(found.reference))


@require_POST
def stop_import(request: ActorRequest, reference: str) -> HttpResponse:
    require_permission(request, IMPORT)
    found = _load(request, reference)
    return pressed(
        request,
        lambda: importing.stop_import(importing=found, actor=request.actor, at=timezone.now()),
        str(_t("Stopped. Cases that were made stay.")),
        _PAGE,
        references.display(found.reference),
    )


def _load(request: ActorRequest, reference: str) -> Import:
    rows = Import.objects.visible_to(request.actor).select_related("desk__agency", "asker")
    return visible_or_404(rows, reference)


def _progress(found: Import, actor: Actor) -> dict[str, Any]:
    made = Imported.objects.visible_to(actor).filter(by=found)
    waiting = found.rows.filter(failed="").count()
    return {
        "i": found,
        "number_made": made.count(),
        "done": found.rows_taken - waiting,
        "waiting": waiting,
        "made": list(
            Case.objects.visible_to(actor)
            .filter(pk__in=made.values("case_id"))
            .order_by("pk")[:MADE_SHOWN]
        ),
        "actions": importing.allowed_verbs(found, actor),
    }


def _report(checked: Checked, request: ActorRequest) -> dict[str, Any]:
    """Return what the page of a checked file shows: refused rows first."""
    found = _cases_of(checked.answers, request.actor)
    record(
        Verb.CASES_LISTED,
        subject=checked.made.subject,
        at=timezone.now(),
        data={"shown": sorted(each.reference for each in found.values())},
    )
    return {
        "i": checked.made,
        "not_kept": checked.not_kept,
        "refused": [
            {
                "number": each.number,
                "reason": each.refusal.reason,
                "column": each.refusal.column,
                "kinds": kinds_found(each.refusal),
                "case": found.get(each.case_id),
            }
            for each in checked.answers
            if each.refusal
        ],
        "known": [
            {"number": each.number, "case": found.get(each.case_id)}
            for each in checked.answers
            if each.answer == "already_imported"
        ],
        "actions": importing.allowed_verbs(checked.made, request.actor),
    }


def _cases_of(answers: Sequence[Answer], actor: Actor) -> dict[int | None, Case]:
    """Return the cases that rows became before, as far as the reader sees them."""
    keys = {each.case_id for each in answers if each.case_id}
    return {case.pk: case for case in Case.objects.visible_to(actor).filter(pk__in=keys)}
