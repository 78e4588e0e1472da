"""The pages that belong to no record: help, the account, leaving quickly, errors."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination import start
from coordination.actions import set_preferences
from coordination.http import ActorRequest


@require_safe
def home(request: ActorRequest) -> HttpResponse:
    """Lead to the inbox, or the Office to its overview; others begin with what they may do."""
    if request.actor.may("referrals.view_referral"):
        return redirect("referrals:inbox")
    return redirect(
        "coordination:overview"
        if request.actor.may("coordination.oversee_desks")
        else "coordination:start"
    )


@require_safe
def start_page(request: ActorRequest) -> HttpResponse:
    context = {"doors": start.doors(request.actor), "roles": start.roles_of(request.actor)}
    return render(request, "coordination/start.html", context)


@login_not_required
@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    return render(request, "coordination/help.html")


@login_not_required
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "coordination/accessibility.html")


@login_not_required
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "coordination/privacy.html")


@require_safe
def account(request: ActorRequest) -> HttpResponse:
    memberships = request.actor.memberships
    return render(request, "coordination/account.html", {"memberships": memberships})


@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: ActorRequest) -> HttpResponse:
    """Keep what was ticked; what was not ticked is off. Who comes by the address reads the page."""
    if request.method != "POST":
        return redirect("coordination:account")
    set_preferences(
        user=request.actor.user,
        shortcuts="shortcuts" in request.POST,
        one_page="one_page" in request.POST,
    )
    messages.success(request, _("Saved."))
    return redirect("coordination:account")


@require_safe
def choose_desk(request: ActorRequest) -> HttpResponse:
    return render(request, "coordination/choose_desk.html")


@require_POST
def act_for(request: ActorRequest) -> HttpResponse:
    """Remember at which of one's desks one acts; the desk of another changes nothing."""
    slug = request.POST.get("desk", "")
    if any(m.desk.slug == slug for m in request.actor.memberships):
        request.session["acting_desk"] = slug
    onward = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(onward, {request.get_host()}, request.is_secure()):
        return HttpResponseRedirect(onward)
    return redirect(settings.LOGIN_REDIRECT_URL)


@require_safe
def counts(request: ActorRequest) -> HttpResponse:
    """The badges of the navigation alone, for polling; looking at counts is not recorded."""
    return render(request, "relay/_counts.html")


@login_not_required
@require_safe
def leave_quickly(request: HttpRequest) -> HttpResponseBase:
    """End the session and show something neutral; the help page says what this cannot hide."""
    logout(request)
    response: HttpResponseBase
    if settings.EXIT_URL:
        response = HttpResponseRedirect(settings.EXIT_URL)
    else:
        response = render(request, "coordination/exit.html")
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    return render(request, "403_csrf.html", status=403)
