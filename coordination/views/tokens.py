"""One's own tokens of the API, on the account page."""

from django import forms
from django.contrib import messages
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from coordination import vocabularies
from coordination.errors import Invalid
from coordination.http import UNPROCESSABLE, ActorRequest, add_refusal, require_permission
from coordination.models import ApiToken
from coordination.tokens import DAYS, create_token, revoke_token

SHOWN = 50
_REQUIRED = {"required": _t("Choose an answer.")}


class TokenForm(forms.Form):
    use = forms.ChoiceField(
        label=_t("What is it for?"),
        choices=lambda: vocabularies.choices("token_use"),
        widget=forms.RadioSelect,
        error_messages=_REQUIRED,
    )
    scope = forms.ChoiceField(
        label=_t("What may it do?"),
        choices=lambda: vocabularies.choices("token_scope"),
        widget=forms.RadioSelect,
        error_messages=_REQUIRED,
        initial="read",
    )
    days = forms.TypedChoiceField(
        label=_t("How long is it valid?"),
        coerce=int,
        choices=lambda: [
            (n, ngettext("%(days)s day", "%(days)s days", n) % {"days": n}) for n in DAYS
        ],
        initial=30,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: ActorRequest) -> HttpResponse:
    """List and issue; the text of a new one stands in this answer alone and is kept nowhere."""
    require_permission(request, "coordination.manage_token")
    now, status, text = timezone.now(), 200, ""
    form = TokenForm(request.POST or None)
    if request.method == "POST":
        status = UNPROCESSABLE
        if form.is_valid():
            try:
                _token, text = create_token(actor=request.actor, at=now, **form.cleaned_data)
            except Invalid as refusal:
                add_refusal(form, refusal)
            else:
                status, form = 200, TokenForm()
    # The valid ones, at most ten, come first: they are not revoked, and end after all that ended.
    own = ApiToken.objects.visible_to(request.actor.user).order_by(
        F("revoked_at").desc(nulls_first=True), "-expires_at"
    )[:SHOWN]
    rows = [
        {
            "token": token,
            "use": token.name.rpartition("-")[0],
            "number": token.name.rpartition("-")[2],
            "is_valid": token.is_valid(at=now),
        }
        for token in own
    ]
    context = {"form": form, "rows": rows, "text": text}
    return render(request, "coordination/tokens.html", context, status=status)


@require_POST
def revoke(request: ActorRequest, pk: int) -> HttpResponse:
    require_permission(request, "coordination.manage_token")
    token = get_object_or_404(ApiToken.objects.visible_to(request.actor.user), pk=pk)
    revoke_token(token=token, actor=request.actor, at=timezone.now())
    messages.success(request, _("Revoked. The next request with it is refused."))
    return redirect("coordination:tokens")
