"""The page on which a duty lead takes cases of the own desk out, and sees who took which before."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _t
from django.views.decorators.http import require_http_methods

from cases.actions.exporting import EXPORT, File, Wanted, export_cases
from cases.actions.notes import Words
from cases.models import Export
from coordination import vocabularies
from coordination.http import (
    ActorRequest,
    carried_out,
    form_page,
    require_permission,
)
from coordination.spreadsheets import TYPES
from coordination.words import WordsForm, optional
from referrals.fields import day, one

SHOWN = 20


class ExportForm(WordsForm):
    purpose = one("export_purpose", _t("What do you download it for?"))
    status = forms.ChoiceField(
        label=_t("Which cases?"),
        required=False,
        choices=lambda: [("", _t("All")), *vocabularies.choices("case_status")],
    )
    opened_from = day(optional(_t("Opened from")), required=False)
    opened_until = day(optional(_t("Opened until")), required=False)
    format = one("import_format", _t("File"), initial="csv")

    def wanted(self) -> Wanted:
        words = Words(self.typed(), self.kept())
        return Wanted(**self.codes(), words=words)


@require_http_methods(["GET", "HEAD", "POST"])
def export(request: ActorRequest) -> HttpResponse:
    require_permission(request, EXPORT)
    form = ExportForm(request.POST or None)

    def left() -> HttpResponse:
        taken = export_cases(actor=request.actor, wanted=form.wanted(), at=timezone.now())
        return attached(taken)

    if answer := carried_out(request, form, left, "cases:export"):
        return answer
    context: dict[str, Any] = {
        "form": form,
        "earlier": Export.objects.visible_to(request.actor).select_related("taker")[:SHOWN],
    }
    return form_page(request, "referrals/export.html", context)


def attached(taken: File) -> HttpResponse:
    """Return a file as the answer itself; its name says nothing."""
    response = HttpResponse(taken.content, content_type=TYPES[taken.made.format])
    response.headers["Content-Disposition"] = f'attachment; filename="{taken.name}"'
    return response
