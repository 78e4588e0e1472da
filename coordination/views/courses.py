"""Courses for everybody to read and the Office to keep; and the Office's page of who has them."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination import coverage as regions
from coordination import vocabularies
from coordination.http import (
    ActorRequest,
    carried_out,
    done,
    form_page,
    pressed,
    require_permission,
)
from coordination.training import coverage as of_courses
from coordination.training import watching
from coordination.training.courses import MANAGE, add_course, change_course, offered, retire_course
from coordination.training_forms import CourseForm

_LIST = "coordination:courses"


@require_http_methods(["GET", "HEAD", "POST"])
def courses(request: ActorRequest) -> HttpResponse:
    require_permission(request, "coordination.view_network")
    if request.method == "POST":
        require_permission(request, MANAGE)
    form = CourseForm(request.POST or None)

    def added() -> HttpResponse:
        add_course(actor=request.actor, given=form.given(), at=timezone.now())
        return done(request, _("Added."), _LIST)

    if answer := carried_out(request, form, added, _LIST):
        return answer
    context = {"courses": offered(), "form": form if request.actor.may(MANAGE) else None}
    return form_page(request, "coordination/courses.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def course(request: ActorRequest, code: str) -> HttpResponse:
    require_permission(request, MANAGE)
    found = get_object_or_404(offered(), code=code)
    initial = {name: getattr(found, name) for name in CourseForm.base_fields}
    form = CourseForm(request.POST or None, initial=initial)

    def changed() -> HttpResponse:
        change_course(actor=request.actor, course=found, given=form.given(), at=timezone.now())
        return done(request, _("Saved. It counts for what is entered from now on."), _LIST)

    if answer := carried_out(request, form, changed, _LIST):
        return answer
    context = {"course": found, "form": form}
    return form_page(request, "coordination/course.html", context)


@require_POST
def retire(request: ActorRequest, code: str) -> HttpResponse:
    require_permission(request, MANAGE)
    found = get_object_or_404(offered(), code=code)
    return pressed(
        request,
        lambda: retire_course(actor=request.actor, course=found, at=timezone.now()),
        _("Retired."),
        _LIST,
    )


@require_safe
def coverage(request: ActorRequest) -> HttpResponse:
    """Show, of one course, how many people have it by sector and region; and the desks in need."""
    require_permission(request, of_courses.VIEW)
    listed, today = list(offered()), timezone.localdate()
    wanted = request.GET.get("course", "")
    chosen = next((each for each in listed if each.code == wanted), listed[0] if listed else None)
    cells = of_courses.coverage(chosen) if chosen else []
    by_place = {(each.kind, each.region): each for each in cells}
    present = {each.kind for each in cells}
    kinds = [kind for kind in vocabularies.codes("organisation_kind") if kind in present]
    context = {
        "courses": listed,
        "chosen": chosen,
        "regions": regions.REGIONS,
        "rows": [
            (kind, [(region, by_place.get((kind, region))) for region in regions.REGIONS])
            for kind in kinds
        ],
        "least": of_courses.LEAST,
        "day": of_courses.counted_on(at=timezone.now()),
        "unmet": watching.unmet(request.actor, on=today),
    }
    return render(request, "coordination/training_coverage.html", context)
