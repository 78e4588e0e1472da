"""What a desk asks of whoever accepts there: set by the administrator of its agency."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coordination.http import (
    ActorRequest,
    carried_out,
    done,
    form_page,
    require_permission,
)
from coordination.models import Desk
from coordination.training import requirements
from coordination.training_forms import RequirementForm

_PAGE = "coordination:desk_training"


@require_http_methods(["GET", "HEAD", "POST"])
def desk(request: ActorRequest, slug: str) -> HttpResponse:
    require_permission(request, requirements.SET)
    found = get_object_or_404(requirements.desks_of(request.actor), slug=slug)
    lines = requirements.told(Desk.objects.filter(pk=found.pk), on=timezone.localdate())
    now = next((line.requirement.courses for line in lines if line.is_now), [])
    form = RequirementForm(
        request.POST or None,
        courses=requirements.courses_for(found),
        holders=requirements.holders(request.actor, found, on=timezone.localdate()),
        initial={"begins_on": timezone.localdate(), "courses": now},
    )

    def required() -> HttpResponse:
        requirements.require_training(
            actor=request.actor, desk=found, at=timezone.now(), **form.cleaned_data
        )
        return done(request, _("Saved. The people of the desk are told."), _PAGE, found.slug)

    if answer := carried_out(request, form, required, _PAGE, found.slug):
        return answer
    context = {"desk": found, "form": form, "lines": lines}
    return form_page(request, "coordination/desk_training.html", context)
