"""The Office's releases: which there are, their tables, what they mean, and the report to print."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from coordination import vocabularies
from coordination.errors import Invalid, Refused
from coordination.http import (
    ActorRequest,
    carried_out,
    form_page,
    refuse,
    require_permission,
)
from coordination.overview import province
from coordination.overview.choosing import beside
from coordination.releasing import reading
from coordination.releasing.coming import SETTLING
from coordination.releasing.computing import EXPORTED, NETWORK
from coordination.releasing.periods import Period
from coordination.releasing.tables import ENOUGH
from coordination.releasing.taking import PRINT, File, Wanted, take, tell
from coordination.releasing.thresholds import Thresholds
from coordination.releasing.wording import why_in_words
from coordination.statistics_forms import TakeForm
from coordination.templatetags.relay import day

_LIST = "coordination:statistics"
_LONGEST = 4
"""Digits of a version in an address, at most."""


@require_safe
def releases(request: ActorRequest) -> HttpResponse:
    require_permission(request, reading.VIEW)
    context = {
        "editions": reading.editions(request.actor),
        "refused": reading.refused(request.actor),
        "missing": [
            (each.period, why_in_words(each.why, day=day(each.on)))
            for each in reading.missing(request.actor, at=timezone.now())
        ],
    }
    return render(request, "coordination/statistics.html", context)


@require_safe
def release(request: ActorRequest, period: str) -> HttpResponse:
    edition = _edition(request, period, NETWORK)
    context = {"edition": edition, "newest": _newest(request, edition)}
    return render(request, "coordination/release.html", context)


@require_safe
def table(request: ActorRequest, period: str, name: str) -> HttpResponse:
    edition = _edition(request, period, NETWORK)
    shown = edition.table(name)
    if shown is None:
        raise Http404
    context = {"edition": edition, "table": shown, "newest": _newest(request, edition)}
    return render(request, "coordination/release_table.html", context)


@require_safe
def about(request: ActorRequest) -> HttpResponse:
    require_permission(request, reading.VIEW)
    listed = reading.editions(request.actor)
    made_with = listed[0].version.thresholds if listed else Thresholds()
    context = {
        "thresholds": made_with,
        "settling": SETTLING.days,
        "enough": ENOUGH,
    }
    return render(request, "coordination/statistics_about.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def take_out(request: ActorRequest, period: str) -> HttpResponse:
    """Ask what for, record it, and answer with the file, or lead to the report to print."""
    edition = _edition(request, period, EXPORTED)
    form = TakeForm(
        request.POST or None, edition=edition, initial={"what": request.GET.get("what")}
    )

    def left() -> HttpResponse:
        wanted = form.wanted()
        if wanted.form == PRINT:
            address = reverse("coordination:release_report", args=[edition.period.name])
            return redirect(f"{address}?purpose={wanted.purpose}")
        taken = take(actor=request.actor, edition=edition, wanted=wanted, at=timezone.now())
        return attached(taken)

    if answer := carried_out(request, form, left, _LIST):
        return answer
    context = {"edition": edition, "form": form}
    return form_page(request, "coordination/release_take.html", context)


@require_safe
def report(request: ActorRequest, period: str) -> HttpResponse:
    """Show what leaves, made for paper: each look is recorded, as nobody sees who prints it."""
    edition, purpose = _edition(request, period, EXPORTED), request.GET.get("purpose", "")
    if purpose not in vocabularies.codes("statistics_purpose"):
        address = reverse("coordination:take_release", args=[edition.period.name])
        return redirect(f"{address}?what={PRINT}")
    try:
        wanted = Wanted(PRINT, purpose)
        tell(actor=request.actor, edition=edition, wanted=wanted, at=timezone.now())
    except Refused as refusal:
        return refuse(request, refusal, _LIST)
    cards = province.by_table(beside(request.actor, edition))
    context = {
        "edition": edition,
        "purpose": purpose,
        "told": [(each, cards.get(each.name)) for each in edition.tables if not each.is_all_hidden],
        "untold": [each for each in edition.tables if each.is_all_hidden],
    }
    return render(request, "coordination/release_report.html", context)


def attached(taken: File) -> HttpResponse:
    response = HttpResponse(taken.content, content_type=taken.content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{taken.name}"'
    return response


def _edition(request: ActorRequest, period: str, audience: str) -> reading.Edition:
    """
    Return what stands of a period, or the version that is asked for.

    :raises PermissionDenied: if the person reads no statistics.
    :raises Http404: if there is no such release.
    """
    require_permission(request, reading.VIEW)
    asked = request.GET.get("version", "")
    version = int(asked) if asked.isdecimal() and len(asked) <= _LONGEST else None
    try:
        of = Period.named(period)
    except Invalid:
        raise Http404 from None
    edition = reading.released(request.actor, of, audience=audience, version=version)
    if edition is None:
        raise Http404
    return edition


def _newest(request: ActorRequest, edition: reading.Edition) -> reading.Version | None:
    """Return the version that stands, if an earlier one is shown."""
    stands = reading.released(request.actor, edition.period)
    if stands is None or stands.version.number == edition.version.number:
        return None
    return stands.version
