"""Training of people: one's own, and of those whom an administrator or a lead looks after."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination.http import (
    ActorRequest,
    carried_out,
    done,
    form_page,
    pressed,
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

    def corrected() -> HttpResponse:
        completions.correct_completion(
            actor=request.actor, completion=found, at=timezone.now(), **form.cleaned_data
        )
        return done(request, _("Corrected."), *_back(request, found.person))

    if answer := carried_out(request, form, corrected, *_back(request, found.person)):
        return answer
    context = {"completion": found, "form": form, "is_self": found.person == request.actor.user}
    return form_page(request, "coordination/completion.html", context)


@require_POST
def remove(request: ActorRequest, reference: str) -> HttpResponse:
    require_permission(request, completions.ENTER)
    found = _load(request, reference)
    return pressed(
        request,
        lambda: completions.remove_completion(
            actor=request.actor, completion=found, at=timezone.now()
        ),
        _("Removed."),
        *_back(request, found.person),
    )


@require_POST
def confirm(request: ActorRequest, reference: str) -> HttpResponse:
    require_permission(request, completions.CONFIRM)
    found = _load(request, reference)
    return pressed(
        request,
        lambda: completions.confirm_completion(
            actor=request.actor, completion=found, at=timezone.now()
        ),
        _("Confirmed."),
        "coordination:people_training",
    )


def _page(request: ActorRequest, of: User) -> HttpResponse:
    """Show what a person completed; take a further one from them or their administrator."""
    actor = request.actor
    is_self = of == actor.user
    enters = is_self or completions.administers(actor, of)
    form = CompletionForm(request.POST or None, courses=courses.for_sector(of.agency.kind))

    def entered() -> HttpResponse:
        completions.enter_completion(
            actor=actor,
            person=of,
            course=form.chosen,
            completed_on=form.cleaned_data["completed_on"],
            at=timezone.now(),
        )
        return done(request, _("Saved."), *_back(request, of))

    if answer := carried_out(request, form, entered, *_back(request, of)):
        return answer
    context = {
        "person": of,
        "is_self": is_self,
        "completions": completions.completions_of(actor, of),
        "form": form if enters else None,
        "today": timezone.localdate(),
        "confirms": actor.may(completions.CONFIRM),
    }
    return form_page(request, "coordination/training.html", context)


def _load(request: ActorRequest, reference: str) -> Completion:
    return visible_or_404(Completion.objects.visible_to(request.actor.user), reference)


def _back(request: ActorRequest, of: User) -> tuple[str, ...]:
    return (OWN,) if of == request.actor.user else (OF, of.username)
