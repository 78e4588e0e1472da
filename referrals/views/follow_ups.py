"""What the Office does about what is late: says that it asked, and asks a desk to look."""

import datetime as dt
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.dateparse import parse_duration
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t
from django.views.decorators.http import require_http_methods

from audit.record import record
from audit.verbs import Verb
from coordination import duty, references, vocabularies
from coordination.http import (
    ActorRequest,
    carried_out,
    done,
    form_page,
    require_permission,
)
from coordination.models import Desk
from coordination.offered import offer
from referrals import overdue
from referrals.actions.following_up import FOLLOW_UP, follow_up
from referrals.actions.reminding import REMIND, asked_lately, remind_desk
from referrals.fields import one
from referrals.models import FollowUp
from referrals.models.follow_up import LONGEST_PROMISE, PROMISED

_LIST = "leaving:overdue"


def _promises() -> dict[str, dt.timedelta]:
    """Return the answer targets that a promise can have: those that no working day changes."""
    targets = vocabularies.entries("answer_target")
    spans = {each.code: parse_duration(str(each.extra["map"])) for each in targets}
    return {code: span for code, span in spans.items() if span and span <= LONGEST_PROMISE}


class FollowUpForm(forms.Form):
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    how = one("follow_up", _t("What did you do?"))
    within = one(
        "answer_target",
        _t("When do they promise an answer?"),
        codes=list(_promises()),
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("how") == PROMISED and not given.get("within"):
            self.add_error("within", _("Choose by when they promise an answer."))
        return given

    def arguments(self, *, at: dt.datetime) -> dict[str, Any]:
        """Return what the action takes."""
        span = _promises().get(self.cleaned_data["within"])
        return {
            "how": self.cleaned_data["how"],
            "seen": self.cleaned_data["seen"],
            "promised_by": at + span if span else None,
        }


@require_http_methods(["GET", "HEAD", "POST"])
def follow_up_page(request: ActorRequest, kind: str, reference: str) -> HttpResponse:
    """Show one line of the list with whom to phone, and take in what was done about it."""
    require_permission(request, FOLLOW_UP)
    late, now = _late(request, kind, reference), timezone.now()
    form = FollowUpForm(request.POST or None, initial={"seen": late.times})

    def followed() -> HttpResponse:
        follow_up(actor=request.actor, subject=late.subject, at=now, **form.arguments(at=now))
        return done(request, _("Recorded. The duty leads of the desk are told."), _LIST)

    if answer := carried_out(request, form, followed, _LIST):
        return answer
    record(Verb.REFERRALS_LISTED, subject="box:overdue", at=now, data={"shown": [late.reference]})
    held = duty.at_desks(set(late.desks), at=now)
    context = {
        "late": late,
        "late_by": late.late_by(now),
        "desks": [(desk, held[desk.pk].rings) for desk in late.desks],
        "done": FollowUp.objects.visible_to(request.actor).filter(subject=late.subject),
        "form": form,
    }
    return form_page(request, "referrals/follow_up.html", context)


class RemindForm(forms.Form):
    about = one("reminder", _t("Why?"))

    def __init__(self, *args: Any, is_late: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reasons = vocabularies.choices("reminder")
        offer(self, "about", [each for each in reasons if is_late or each[0] != "overdue"])


@require_http_methods(["GET", "HEAD", "POST"])
def remind(request: ActorRequest, slug: str) -> HttpResponse:
    """Show a desk's phone first, then what it would be told; and have it told."""
    require_permission(request, REMIND)
    receiving = Desk.objects.filter(team__isnull=False, closed_at=None)
    desk = get_object_or_404(receiving.select_related("agency", "team"), slug=slug)
    now = timezone.now()
    waiting = sum(desk in late.desks for late in overdue.overdue(request.actor))
    form = RemindForm(
        request.POST or None, initial={"about": request.GET.get("about")}, is_late=waiting > 0
    )

    def reminded() -> HttpResponse:
        remind_desk(actor=request.actor, desk=desk, at=now, **form.cleaned_data)
        return done(request, _("Its duty leads and who is on duty are told."), _LIST)

    if answer := carried_out(request, form, reminded, "leaving:remind", desk.slug):
        return answer
    context = {
        "desk": desk,
        "rings": duty.at_desks([desk], at=now)[desk.pk].rings,
        "waiting": waiting,
        "asked": asked_lately(request.actor, at=now).filter(desk=desk).order_by("-at").first(),
        "form": form,
    }
    return form_page(request, "referrals/remind.html", context)


def _late(request: ActorRequest, kind: str, reference: str) -> overdue.Late:
    """:raises Http404: if it is no line of the list: what is not overdue is as if it were not."""
    try:
        subject = f"{kind}:{references.parse(reference)}"
    except references.BadReference:
        raise Http404 from None
    for late in overdue.overdue(request.actor, of=subject):
        return late
    raise Http404
