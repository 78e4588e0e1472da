"""Working groups: the list, the page of one, and what the coordinator says of it."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination import groups, references
from coordination.action_states import OPEN
from coordination.group_forms import GroupForm
from coordination.http import (
    ActorRequest,
    carried_out,
    done,
    form_page,
    pressed,
    require_permission,
    visible_or_404,
)
from coordination.models import GroupAction, Meeting, WorkingGroup
from coordination.models.group import READ

_LIST, _PAGE = "coordination:groups", "coordination:group"


@require_safe
def group_list(request: ActorRequest) -> HttpResponse:
    """Show the groups that the person reads: open ones first, with what is open and overdue."""
    require_permission(request, READ)
    rows = list(WorkingGroup.objects.visible_to(request.actor).counted(today=timezone.localdate()))
    context = {
        "open": [group for group in rows if group.closed_at is None],
        "closed": [group for group in rows if group.closed_at is not None],
        "runs": request.actor.may(groups.RUN),
    }
    return render(request, "coordination/groups.html", context)


@require_safe
def group_page(request: ActorRequest, reference: str) -> HttpResponse:
    require_permission(request, READ)
    group = visible_or_404(WorkingGroup.objects.visible_to(request.actor), reference)
    actions = list(
        GroupAction.objects.visible_to(request.actor)
        .filter(group=group)
        .select_related("owner__agency", "owner__team", "about_desk__agency")
    )
    meetings = list(
        Meeting.objects.visible_to(request.actor).filter(group=group).prefetch_related("attending")
    )
    now = timezone.now()
    context = {
        "group": group,
        "members": groups.members_of(group),
        "open": [each for each in actions if each.status in OPEN],
        "ended": [each for each in actions if each.status not in OPEN],
        "coming": [each for each in reversed(meetings) if each.starts_at > now],
        "held": [each for each in meetings if each.starts_at <= now],
        "today": timezone.localdate(),
        "runs": request.actor.may(groups.RUN),
    }
    return render(request, "coordination/group.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def open_group(request: ActorRequest) -> HttpResponse:
    require_permission(request, groups.RUN)
    form = GroupForm(request.POST or None)

    def opened() -> HttpResponse:
        made = groups.open_group(actor=request.actor, given=form.given(), at=timezone.now())
        words = _("The group is open. Its agencies can read it now.")
        return done(request, words, _PAGE, references.display(made.reference))

    answer = carried_out(request, form, opened, _LIST)
    return answer or _form(request, form, title=_("New working group"))


@require_http_methods(["GET", "HEAD", "POST"])
def change_group(request: ActorRequest, reference: str) -> HttpResponse:
    require_permission(request, groups.RUN)
    group = visible_or_404(WorkingGroup.objects.visible_to(request.actor), reference)
    before = {
        "name_en": group.name_en,
        "name_fr": group.name_fr,
        "words": group.purpose,
        "agencies": [agency.slug for agency in groups.members_of(group)],
    }
    form = GroupForm(request.POST or None, initial=before)
    back = references.display(group.reference)

    def changed() -> HttpResponse:
        groups.change_group(actor=request.actor, group=group, given=form.given(), at=timezone.now())
        return done(request, _("Saved."), _PAGE, back)

    answer = carried_out(request, form, changed, _PAGE, back)
    return answer or _form(request, form, title=_("Change the group"), group=group)


@require_POST
def close_group(request: ActorRequest, reference: str) -> HttpResponse:
    return _set_open(request, reference, is_open=False)


@require_POST
def reopen_group(request: ActorRequest, reference: str) -> HttpResponse:
    return _set_open(request, reference, is_open=True)


def _set_open(request: ActorRequest, reference: str, *, is_open: bool) -> HttpResponse:
    require_permission(request, groups.RUN)
    group = visible_or_404(WorkingGroup.objects.visible_to(request.actor), reference)
    back = references.display(group.reference)
    act = groups.reopen_group if is_open else groups.close_group
    words = _("The group is open again.") if is_open else _("Closed.")
    return pressed(
        request,
        lambda: act(actor=request.actor, group=group, at=timezone.now()),
        words,
        _PAGE,
        back,
    )


def _form(
    request: ActorRequest, form: object, *, title: object, group: WorkingGroup | None = None
) -> HttpResponse:
    context = {"form": form, "title": title, "group": group}
    return form_page(request, "coordination/group_form.html", context)
