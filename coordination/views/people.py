"""The people of an agency: listed, seated, invited by its administrator."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination import people
from coordination.http import (
    ActorRequest,
    carried_out,
    done,
    form_page,
    link_to,
    pressed,
    require_permission,
    visible_or_404,
)
from coordination.invitations import invite_person, revoke_invitation
from coordination.models import Agency, Desk, Invitation
from coordination.people_forms import InviteForm, SeatForm
from coordination.roles import Role

_LIST = "coordination:people"


@require_safe
def people_list(request: ActorRequest) -> HttpResponse:
    require_permission(request, people.MANAGE)
    agencies = list(people.agencies_of(request.actor))
    agency = _agency(request, agencies)
    now = timezone.now()
    rows = people.people_of(request.actor).filter(agency=agency).prefetch_related(people.seats())
    open_ones = Invitation.objects.visible_to([agency]).filter(
        used_at=None, revoked_at=None, expires_at__gt=now
    )
    context = {
        "agency": agency,
        "others": [each for each in agencies if each != agency],
        "people": rows.filter(is_active=True).order_by("last_name", "first_name", "pk"),
        "gone": rows.filter(is_active=False).order_by("last_name", "first_name", "pk"),
        "invitations": list(open_ones.select_related("desk__agency", "desk__team")),
    }
    return render(request, "coordination/people.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def person(request: ActorRequest, username: str) -> HttpResponse:
    """Show a person; give them a desk, or another role at one of theirs."""
    require_permission(request, people.MANAGE)
    rows = people.people_of(request.actor).prefetch_related(people.seats())
    found = get_object_or_404(rows, username=username)
    form = SeatForm(
        request.POST or None,
        desks=_desks(found.agency),
        roles=people.roles_for(request.actor, found.agency),
    )

    def seated() -> HttpResponse:
        people.seat_person(
            actor=request.actor,
            person=found,
            desk=form.chosen,
            role=Role(form.cleaned_data["role"]),
            at=timezone.now(),
        )
        return done(
            request, _("Saved. It counts from now on."), "coordination:person", found.username
        )

    if answer := carried_out(request, form, seated, _LIST):
        return answer
    context = {"person": found, "form": form, "is_self": found == request.actor.user}
    return form_page(request, "coordination/person.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: ActorRequest) -> HttpResponse:
    """Invite; the link of a new invitation stands in this answer alone and is kept nowhere."""
    require_permission(request, people.MANAGE)
    agency = _agency(request, list(people.agencies_of(request.actor)))
    form = InviteForm(
        request.POST or None,
        desks=_desks(agency),
        roles=people.roles_for(request.actor, agency),
        initial={"language": request.actor.user.language},
    )

    def invited() -> HttpResponse:
        invitation, link = invite_person(
            actor=request.actor,
            desk=form.chosen,
            role=Role(form.cleaned_data["role"]),
            email=form.cleaned_data["email"],
            language=form.cleaned_data["language"],
            link=lambda secret: link_to(request, secret, form.cleaned_data["language"]),
            at=timezone.now(),
        )
        context = {"agency": agency, "made": invitation, "link": link}
        return render(request, "coordination/invite.html", context)

    if answer := carried_out(request, form, invited, _LIST):
        return answer
    context = {"agency": agency, "form": form}
    return form_page(request, "coordination/invite.html", context)


@require_POST
def revoke(request: ActorRequest, reference: str) -> HttpResponse:
    require_permission(request, people.MANAGE)
    own = Invitation.objects.visible_to(people.agencies_of(request.actor))
    invitation = visible_or_404(own.select_related("desk__agency"), reference)
    return pressed(
        request,
        lambda: revoke_invitation(actor=request.actor, invitation=invitation, at=timezone.now()),
        _("Revoked. The link leads nowhere now."),
        _LIST,
    )


def _agency(request: ActorRequest, agencies: list[Agency]) -> Agency:
    """Return the agency that is asked for, else one's own. :raises Http404: if it is not theirs."""
    slug = request.GET.get("agency", request.actor.user.agency.slug)
    found = next((each for each in agencies if each.slug == slug), None)
    if found is None:
        raise Http404
    return found


def _desks(agency: Agency) -> list[Desk]:
    return list(Desk.objects.filter(agency=agency, closed_at=None).select_related("agency", "team"))
