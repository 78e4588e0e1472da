"""Actions of working groups: planning one from what caused it, its page, and its moves."""

from collections.abc import Mapping

from django.db import models
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t
from django.views.decorators.http import require_http_methods, require_safe

from coordination import group_actions, references
from coordination.action_states import TRANSITIONS
from coordination.errors import Invalid
from coordination.group_forms import ActionForm, CauseForm, MoveForm
from coordination.groups import RUN
from coordination.http import (
    UNPROCESSABLE,
    ActorRequest,
    carried_out,
    done,
    form_page,
    require_permission,
    visible_or_404,
)
from coordination.models import GroupAction, WorkingGroup
from coordination.models.group import READ

_GROUP, _PAGE = "coordination:group", "coordination:action"

BUTTONS: Mapping[str, str | Promise] = {
    "take": _t("It is in hand"),
    "finish": _t("It is done"),
    "drop": _t("Drop it"),
    "reopen": _t("Open it again"),
}


@require_http_methods(["GET", "HEAD", "POST"])
def plan_action(request: ActorRequest) -> HttpResponse:
    """Plan an action for what the address names; first the group, unless there is one alone."""
    require_permission(request, RUN)
    found = WorkingGroup.objects.visible_to(request.actor).open()
    open_groups = {references.display(each.reference): each for each in found}
    asked = CauseForm(request.GET, known={code: each.name for code, each in open_groups.items()})
    if not asked.is_valid():
        raise Http404
    cause = asked.cause()
    shown = {"cause": GroupAction(**cause_columns(request, cause)), "asked": asked}
    code = asked.cleaned_data["group"] or (next(iter(open_groups)) if len(found) == 1 else "")
    if not code:
        status = 200
        if "choose" in request.GET:
            asked.add_error("group", _("Choose a group."))
            status = UNPROCESSABLE
        context = {**shown, "form": asked, "groups": open_groups}
        return render(request, "coordination/choose_group.html", context, status=status)
    group = open_groups[code]
    form = ActionForm(request.POST or None, group=group)

    def planned() -> HttpResponse:
        made = group_actions.plan_action(
            actor=request.actor,
            group=group,
            what=form.typed(),
            owner=form.owner_desk(),
            due_on=form.cleaned_data["due_on"],
            cause=cause,
            keep=form.kept(),
            at=timezone.now(),
        )
        words = _("Planned. The desk’s leads are told.")
        return done(request, words, _PAGE, references.display(made.reference))

    context = {**shown, "form": form, "group": group, "title": _("Plan an action")}
    return carried_out(request, form, planned, _GROUP, code) or _form(request, context)


def cause_columns(request: ActorRequest, cause: group_actions.Cause) -> dict[str, object]:
    """:raises Http404: if the address names no gap, figure or desk that there is."""
    try:
        return cause.columns(request.actor)
    except Invalid:
        raise Http404 from None


@require_http_methods(["GET", "HEAD", "POST"])
def change_action(request: ActorRequest, reference: str) -> HttpResponse:
    require_permission(request, RUN)
    action = visible_or_404(_rows(request), reference)
    before = {"owner": action.owner.slug, "due_on": action.due_on, "words": action.what}
    form = ActionForm(request.POST or None, initial=before, group=action.group)
    back = references.display(action.reference)

    def changed() -> HttpResponse:
        group_actions.change_action(
            actor=request.actor,
            action=action,
            what=form.typed(),
            owner=form.owner_desk(),
            due_on=form.cleaned_data["due_on"],
            keep=form.kept(),
            at=timezone.now(),
        )
        return done(request, _("Saved."), _PAGE, back)

    context = {
        "cause": action,
        "form": form,
        "group": action.group,
        "title": _("Change the action"),
    }
    return carried_out(request, form, changed, _PAGE, back) or _form(request, context)


@require_safe
def action_page(request: ActorRequest, reference: str) -> HttpResponse:
    require_permission(request, READ)
    action = visible_or_404(_rows(request), reference)
    verbs = group_actions.allowed(action, request.actor)
    context = {
        "action": action,
        "moves": [(verb, BUTTONS[verb]) for verb in verbs if verb in BUTTONS],
        "today": timezone.localdate(),
        "runs": request.actor.may(RUN),
    }
    return render(request, "coordination/action.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def move_action(request: ActorRequest, reference: str, verb: str) -> HttpResponse:
    """Say with a word what becomes of an action: one page for each verb of its life cycle."""
    require_permission(request, READ)
    action = visible_or_404(_rows(request), reference)
    step = TRANSITIONS.get(verb)
    if step is None:
        raise Http404
    require_permission(request, step.permission)
    form = MoveForm(request.POST if request.method == "POST" else None, step=step)
    back = references.display(action.reference)

    def moved() -> HttpResponse:
        group_actions.move_action(
            actor=request.actor,
            action=action,
            verb=verb,
            given=group_actions.MoveGiven(form.typed(), keep=form.kept(), **form.codes()),
            at=timezone.now(),
        )
        return done(request, _("Written down."), _PAGE, back)

    context = {"form": form, "action": action, "group": action.group, "title": BUTTONS[verb]}
    return carried_out(request, form, moved, _PAGE, back) or _form(request, context)


def _rows(request: ActorRequest) -> "models.QuerySet[GroupAction]":
    return GroupAction.objects.visible_to(request.actor).select_related(
        "group", "owner__agency", "owner__team", "about_desk__agency"
    )


def _form(request: ActorRequest, context: dict[str, object]) -> HttpResponse:
    return form_page(request, "coordination/group_form.html", context)
