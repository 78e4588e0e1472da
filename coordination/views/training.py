"""Training of people: one's own, and of those whom an administrator or a lead looks after."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination.errors import Invalid, Refused
from coordination.http import (
    UNPROCESSABLE,
    ActorRequest,
    add_refusal,
    refuse,
    require_permission,
    visible_or_404,
)
from coordination.models import Completion, User
from coordination.training import completions, courses, requirements
from coordination.training_forms import CompletionForm, CorrectionForm

OWN, OF = "coordination:training", "coordination:person_training"


@require_http_methods(["GET", "HEAD", "POST"])
def own(request: ActorRequest) -> HttpResponse:
    """Show what one completed oneself, and take a further one."""
    require_permission(request, completions.ENTER)
    return _page(request, request.actor.user)


@require_safe
def people(request: ActorRequest) -> HttpResponse:
    """Show who of the agency, or of the desk, has which course."""
    require_permission(request, completions.CONFIRM)
    found = list(completions.looked_after(request.actor))
    rows = Completion.objects.visible_to(request.actor.user).filter(person__in=found)
    held: dict[int, list[Completion]] = {}
    for each in rows.order_by("course__code"):
        held.setdefault(each.person_id, []).append(each)
    context = {
        "people": [(person, held.get(person.pk, [])) for person in found],
        "today": timezone.localdate(),
        "waiting": completions.to_confirm(request.actor),
        "desks": requirements.desks_of(request.actor),
    }
    return render(request, "coordination/people_training.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def person(request: ActorRequest, username: str) -> HttpResponse:
    require_permission(request, completions.CONFIRM)
    found = get_object_or_404(completions.looked_after(request.actor), username=username)
    return _page(request, found)


@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: ActorRequest, reference: str) -> HttpResponse:
    require_permission(request, completions.ENTER)
    found = _load(request, reference)
    form = CorrectionForm(request.POST or None, initial={"completed_on": found.completed_on})
    status = 200
    if request.method == "POST":
        status = UNPROCESSABLE
        if form.is_valid():
            try:
                completions.correct_completion(
                    actor=request.actor, completion=found, at=timezone.now(), **form.cleaned_data
                )
            except Invalid as refusal:
                add_refusal(form, refusal)
            except Refused as refusal:
                return refuse(request, refusal, *_back(request, found.person))
            else:
                messages.success(request, _("Corrected."))
                return redirect(*_back(request, found.person))
    context = {"completion": found, "form": form, "is_self": found.person == request.actor.user}
    return render(request, "coordination/completion.html", context, status=status)


@require_POST
def remove(request: ActorRequest, reference: str) -> HttpResponse:
    require_permission(request, completions.ENTER)
    found = _load(request, reference)
    try:
        completions.remove_completion(actor=request.actor, completion=found, at=timezone.now())
    except Refused as refusal:
        return refuse(request, refusal, *_back(request, found.person))
    messages.success(request, _("Removed."))
    return redirect(*_back(request, found.person))


@require_POST
def confirm(request: ActorRequest, reference: str) -> HttpResponse:
    require_permission(request, completions.CONFIRM)
    found = _load(request, reference)
    try:
        completions.confirm_completion(actor=request.actor, completion=found, at=timezone.now())
    except Refused as refusal:
        return refuse(request, refusal, "coordination:people_training")
    messages.success(request, _("Confirmed."))
    return redirect("coordination:people_training")


def _page(request: ActorRequest, of: User) -> HttpResponse:
    """Show what a person completed; take a further one from them or their administrator."""
    actor, status = request.actor, 200
    is_self = of == actor.user
    enters = is_self or completions.administers(actor, of)
    form = CompletionForm(request.POST or None, courses=courses.for_sector(of.agency.kind))
    if request.method == "POST":
        status = UNPROCESSABLE
        if form.is_valid():
            try:
                completions.enter_completion(
                    actor=actor,
                    person=of,
                    course=form.chosen,
                    completed_on=form.cleaned_data["completed_on"],
                    at=timezone.now(),
                )
            except Invalid as refusal:
                add_refusal(form, refusal)
            except Refused as refusal:
                return refuse(request, refusal, *_back(request, of))
            else:
                messages.success(request, _("Saved."))
                return redirect(*_back(request, of))
    context = {
        "person": of,
        "is_self": is_self,
        "completions": completions.completions_of(actor, of),
        "form": form if enters else None,
        "today": timezone.localdate(),
        "confirms": actor.may(completions.CONFIRM),
    }
    return render(request, "coordination/training.html", context, status=status)


def _load(request: ActorRequest, reference: str) -> Completion:
    return visible_or_404(Completion.objects.visible_to(request.actor.user), reference)


def _back(request: ActorRequest, of: User) -> tuple[str, ...]:
    return (OWN,) if of == request.actor.user else (OF, of.username)
