"""When somebody leaves: what they held and who takes it over, in one form; desks without people."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t
from django.views.decorators.http import require_http_methods, require_safe

from coordination import people
from coordination.errors import NotAllowed
from coordination.http import (
    ActorRequest,
    carried_out,
    form_page,
    refuse,
    require_permission,
)
from coordination.models import Membership, User
from coordination.offered import offer
from referrals.holdings import Held, desks_left, held_by

ALL = "all"
WHOLE = "*"
"""Of a field that asks who takes over: the desk as a whole. No user name looks like it."""


class LeaveForm(forms.Form):
    """What ends, and per desk who takes over; the names of the fields are the desks' slugs."""

    ends = forms.ChoiceField(
        label=_t("What ends?"),
        widget=forms.RadioSelect,
        error_messages={"required": _t("Choose an answer.")},
    )

    sure = forms.BooleanField(label=_t("I have read this: end it all the same"), required=False)

    def __init__(self, *args: Any, held: list[Held], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.held = held
        seats = [(each.desk.slug, _("The seat at %(desk)s") % {"desk": each.desk.name})
                 for each in held]  # fmt: skip
        whole = (ALL, _("Everything: the account is deactivated"))
        offer(self, "ends", [whole, *seats])
        for each in held:
            whole_desk = (WHOLE, _("The desk as a whole"))
            self.fields[each.desk.slug] = forms.ChoiceField(
                label=_("Who takes over at %(desk)s?") % {"desk": each.desk.name},
                help_text=self._says(each),
                choices=[
                    *([("", "")] if each.colleagues else []),
                    whole_desk,
                    *((p.username, p.get_full_name()) for p in each.colleagues),
                ],
                required=False,  # what does not end asks for nobody
                error_messages={"invalid_choice": _("Choose somebody who works at this desk.")},
            )

        self.alone = [each for each in held if each.leads_alone]
        if not self.alone:
            del self.fields["sure"]

    def clean(self) -> dict[str, Any]:
        """Ask who takes over, and once before a desk is left without a duty lead or anybody."""
        ends = self.cleaned_data.get("ends")
        for each in self.held:
            slug = each.desk.slug
            if each.colleagues and ends in (ALL, slug) and self.cleaned_data.get(slug) == "":
                self.add_error(slug, _("Choose who takes over, or the desk as a whole."))
        leaves = [each for each in self.alone if ends in (ALL, each.desk.slug)]
        if leaves and not self.cleaned_data.get("sure"):
            self.add_error("sure", _("Tick this, or name another duty lead first."))
        return self.cleaned_data

    def warnings(self) -> list[str]:
        """Return what it means for each desk that is left without a duty lead."""
        return [_without_a_lead(each) for each in self.alone]

    @staticmethod
    def _says(held: Held) -> str:
        said = _(
            "Cases: %(cases)s. Referrals: %(referrals)s. Drafts: %(drafts)s. Shifts: %(shifts)s. "
            "Exceptions to the rota: %(exceptions)s."
        ) % {
            "cases": held.cases,
            "referrals": held.referrals,
            "drafts": held.drafts,
            "shifts": held.shifts,
            "exceptions": held.exceptions,
        }
        if held.shifts or held.exceptions:
            said = f"{said} {_('They drop out of the rota; the duty leads are told.')}"
        if held.colleagues:
            return said
        return f"{said} {_('Nobody else works there: what is pending goes to who covers it.')}"

    @property
    def takers(self) -> list[forms.BoundField]:
        return [self[each.desk.slug] for each in self.held]

    def successors(self) -> dict[str, User | None]:
        return {
            each.desk.slug: next(
                (p for p in each.colleagues if p.username == self.cleaned_data[each.desk.slug]),
                None,
            )
            for each in self.held
        }


def _without_a_lead(held: Held) -> str:
    desk = held.desk
    if held.colleagues:
        return _(
            "This is the last duty lead of %(desk)s. Nobody there assigns work or is told first of "
            "what is late: everybody who works there is told instead."
        ) % {"desk": desk.name}
    cover = desk.cover_desk or (desk.team.duty_desk if desk.team else None)
    if cover is None or cover == desk:
        return _(
            "Nobody works at %(desk)s after this, and no desk covers it. Nobody there can be told "
            "of anything: what is pending waits on the Office’s list."
        ) % {"desk": desk.name}
    return _(
        "Nobody works at %(desk)s after this. Nobody there can be told of anything: what is "
        "pending goes to %(cover)s."
    ) % {"desk": desk.name, "cover": cover.name}


@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: ActorRequest, username: str) -> HttpResponse:
    """End a seat, or the account; the one form says who takes over what was held."""
    require_permission(request, people.MANAGE)
    person = get_object_or_404(people.people_of(request.actor), username=username, is_active=True)
    said = request.POST if request.method == "POST" else None
    form = LeaveForm(said, held=held_by(person))
    if request.method == "POST" and person == request.actor.user:
        return refuse(request, NotAllowed(people.OWN_SEAT), "coordination:people")

    def ended() -> HttpResponse:
        _end(request, person, form)
        return redirect("coordination:people")

    if answer := carried_out(request, form, ended, "coordination:person", person.username):
        return answer
    context = {"person": person, "form": form, "is_self": person == request.actor.user}
    return form_page(request, "referrals/leave.html", context)


@require_safe
def left(request: ActorRequest) -> HttpResponse:
    """Show the Office the desks at which nobody works: how much is pending, and since when."""
    require_permission(request, "coordination.oversee_desks")
    return render(request, "referrals/left.html", {"rows": desks_left()})


def _end(request: ActorRequest, person: User, form: LeaveForm) -> None:
    successors, ends = form.successors(), form.cleaned_data["ends"]
    now = timezone.now()
    if ends == ALL:
        people.deactivate_person(actor=request.actor, person=person, successors=successors, at=now)
        messages.success(request, _("Deactivated. Sessions and tokens ended at once."))
        return
    seat = Membership.objects.current().select_related("desk").get(user=person, desk__slug=ends)
    people.end_seat(
        actor=request.actor, person=person, desk=seat.desk, successor=successors[ends], at=now
    )
    messages.success(request, _("The seat has ended."))
