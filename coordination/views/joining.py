"""Where an invitation leads: whoever holds the link makes their account."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from coordination.errors import Invalid, NotAllowed
from coordination.http import UNPROCESSABLE, add_refusal
from coordination.invitations import accept_invitation, find_invitation
from coordination.people_forms import JoinForm
from coordination.throttling import Invited

_GONE = 404
_TOO_MANY = 429


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """
    Make an account. A link that is wrong, used, expired or revoked gets one and the same page.

    The secret stands in the query and not in the path, which logs name.
    """
    secret = request.GET.get("key", "")
    if not Invited().allow_request(request, view=None):  # type: ignore[arg-type]  # asks for META
        return render(request, "coordination/join.html", {"wait": True}, status=_TOO_MANY)
    invitation = find_invitation(secret)
    if invitation is None:
        return render(request, "coordination/join.html", status=_GONE)
    form = JoinForm(request.POST or None, initial={"language": invitation.language})
    status = 200
    if request.method == "POST":
        status = UNPROCESSABLE
        if form.is_valid():
            try:
                accept_invitation(secret=secret, at=timezone.now(), **form.cleaned_data)
            except Invalid as refusal:
                add_refusal(form, refusal)
            except NotAllowed:
                return render(request, "coordination/join.html", status=_GONE)
            else:
                messages.success(request, _("Your account is ready. Sign in."))
                return redirect("account_login")
    return render(request, "coordination/join.html", {"form": form}, status=status)
