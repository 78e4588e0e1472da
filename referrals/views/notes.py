"""Notes about a referral or a case: one page, one field, behind the identifier gate."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases.actions.notes import Words, add_note
from cases.models import Case
from coordination import references
from coordination.http import (
    ActorRequest,
    carried_out,
    done,
    form_page,
    require_permission,
    visible_or_404,
)
from coordination.words import WordsForm
from referrals import audience
from referrals.fields import one
from referrals.views.pages import load


class NoteForm(WordsForm):
    audience = one("note_audience", "", initial="everyone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["audience"].label = _("Who can read it?")
        words = self.fields["words"]
        words.label, words.required = _("Note"), True
        words.error_messages["required"] = _("Write something.")
        self.order_fields(["words"])


@require_http_methods(["GET", "HEAD", "POST"])
def note_on_referral(request: ActorRequest, reference: str) -> HttpResponse:
    require_permission(request, "cases.add_note")
    referral = load(request, reference)
    page = references.display(referral.reference)
    case = Case(pk=referral.case_id)
    ended = audience.has_ended(referral, at=timezone.now())
    unread = ended and request.actor.acts_for(referral.from_desk_id)
    return _take(request, case, referral.subject, "referrals:detail", page, unread=unread)


@require_http_methods(["GET", "HEAD", "POST"])
def note_on_case(request: ActorRequest, reference: str) -> HttpResponse:
    require_permission(request, "cases.add_note")
    case = visible_or_404(Case.objects.visible_to(request.actor), reference)
    page = references.display(case.reference)
    return _take(request, case, case.subject, "cases:detail", page)


def _take(
    request: ActorRequest, case: Case, about: str, back: str, page: str, *, unread: bool = False
) -> HttpResponse:
    """Show and take a note; `unread` says that its basis ended, so that the receiver reads none."""
    form = NoteForm(request.POST or None, initial={"audience": "everyone"})

    def noted() -> HttpResponse:
        add_note(
            actor=request.actor,
            case=case,
            about=about,
            words=Words(form.typed(), form.kept()),
            audience=form.cleaned_data["audience"],
            at=timezone.now(),
        )
        return done(request, _("Note added."), back, page)

    if answer := carried_out(request, form, noted, back, page):
        return answer
    context = {"form": form, "back": back, "page": page, "unread": unread}
    return form_page(request, "referrals/note.html", context)
