"""The rota of the acting desk: its people read it, its duty lead adds and takes away lines."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from coordination import duty
from coordination.errors import Invalid, Refused
from coordination.http import UNPROCESSABLE, ActorRequest, add_refusal, refuse, require_permission
from coordination.models import Desk
from coordination.roles import ROLE_PERMISSIONS
from coordination.rota import SET, VIEW, Rota, rota_of, set_rota
from coordination.rota_forms import ExceptionForm, ShiftForm
from coordination.rota_week import outside, week_of

_PAGE = "coordination:rota"


@require_http_methods(["GET", "HEAD", "POST"])
def rota(request: ActorRequest) -> HttpResponse:
    require_permission(request, VIEW)
    if request.method == "POST":
        require_permission(request, SET)
    acting = request.actor.desk
    if acting is None:
        return redirect("coordination:choose_desk")
    now = timezone.now()
    desk = Desk.objects.select_related("agency", "team", "cover_desk__agency").get(pk=acting.pk)
    found, status = rota_of(desk, at=now), 200
    adding = request.POST.get("do", "")
    forms: dict[str, ShiftForm | ExceptionForm] = {
        name: kind(request.POST if adding == name else None, desk=desk, prefix=name)
        for name, kind in (("shift", ShiftForm), ("exception", ExceptionForm))
    }
    form = forms.get(adding)
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            _change(request, found, form)
        except Invalid as refusal:
            if form is None:
                return refuse(request, refusal, _PAGE)
            # The form is one line, and the refusal names a line of the whole.
            refusal.field = str(refusal.field).rpartition(".")[2]
            add_refusal(form, refusal)
        except Refused as refusal:
            return refuse(request, refusal, _PAGE)
        else:
            messages.success(request, _("Saved."))
            return redirect(_PAGE)
    if request.method == "POST":
        status = UNPROCESSABLE
    context = {
        "desk": desk,
        "rota": found,
        "week": week_of(found),
        "outside": outside(desk),
        "on_duty": duty.at_desks([desk], at=now)[desk.pk],
        "forms": forms if _sets(request) else None,
        "form": form,
    }
    return render(request, "coordination/rota.html", context, status=status)


def _sets(request: ActorRequest) -> bool:
    """Tell whether the person sets the rota of the desk that they act for."""
    role = request.actor.role
    return role is not None and SET in ROLE_PERMISSIONS[role]


def _change(request: ActorRequest, found: Rota, form: ShiftForm | ExceptionForm | None) -> None:
    """Add the line of a form, or take the line away whose button was pressed."""
    shifts, exceptions = list(found.shifts), list(found.exceptions)
    lines: dict[str, list[Any]] = {"shift": shifts, "exception": exceptions}
    if isinstance(form, ShiftForm):
        shifts.append(form.given())
    elif isinstance(form, ExceptionForm):
        exceptions.append(form.given())
    else:
        kind, _dash, number = request.POST.get("remove", "").partition("-")
        of_kind = lines.get(kind, [])
        if not number.isdecimal() or not 0 < int(number) <= len(of_kind):
            raise Invalid(_("This line is not there any more."))
        del of_kind[int(number) - 1]
    version = request.POST.get("version", "")
    set_rota(
        actor=request.actor,
        shifts=shifts,
        exceptions=exceptions,
        version=int(version) if version.isdecimal() and len(version) < 10 else 0,  # noqa: PLR2004
        at=timezone.now(),
    )
