"""What the identifier gate looks for: for everybody to read, for the Office to extend."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t
from django.views.decorators.http import require_http_methods, require_POST

from coordination.gate import patterns as gate
from coordination.gate.finding import Answer
from coordination.http import (
    ActorRequest,
    carried_out,
    done,
    form_page,
    pressed,
    require_permission,
)
from coordination.patterns import MANAGE, add_pattern, added, retire_pattern

_LIST = "coordination:patterns"


def _text(label: object, *, longest: int, **more: object) -> forms.CharField:
    widget = forms.TextInput(attrs={"class": "text", "autocomplete": "off"})
    return forms.CharField(label=label, max_length=longest, widget=widget, **more)  # type: ignore[arg-type]


class PatternForm(forms.Form):
    label_en = _text(_t("Name in English"), longest=80)
    label_fr = _text(_t("Name in French"), longest=80)
    regex = _text(_t("Pattern (RE2)"), longest=300)
    answer = forms.ChoiceField(
        label=_t("What does the gate do?"),
        choices=[
            (Answer.BLOCK, _t("Refuse the text")),
            (Answer.WARN, _t("Ask whether it can stay, and why")),
        ],
        widget=forms.RadioSelect,
    )
    finds = _text(
        _t("An invented text that it has to find"), longest=280, help_text=_t("Not kept.")
    )
    passes = _text(
        _t("An ordinary text that it must not stop"), longest=280, help_text=_t("Not kept.")
    )


@require_http_methods(["GET", "HEAD", "POST"])
def patterns(request: ActorRequest) -> HttpResponse:
    require_permission(request, "coordination.view_network")
    if request.method == "POST":
        require_permission(request, MANAGE)
    form = PatternForm(request.POST or None)

    def written() -> HttpResponse:
        add_pattern(actor=request.actor, at=timezone.now(), **form.cleaned_data)
        return done(request, _("Added. It counts from the next text on."), _LIST)

    if answer := carried_out(request, form, written, _LIST):
        return answer
    context = {
        "kinds": gate.kinds(),
        "added": added(),
        "form": form if request.actor.may(MANAGE) else None,
    }
    return form_page(request, "coordination/patterns.html", context)


@require_POST
def retire(request: ActorRequest, code: str) -> HttpResponse:
    require_permission(request, MANAGE)
    pattern = get_object_or_404(added(), code=code)
    return pressed(
        request,
        lambda: retire_pattern(actor=request.actor, pattern=pattern, at=timezone.now()),
        _("Retired."),
        _LIST,
    )
