"""Whether Relay is well: for people, for the load balancer and for whoever watches the machines."""

import datetime as dt
import hmac
from collections.abc import Mapping

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from audit import gauges, sweeps
from coordination.http import ActorRequest

CLOCK_OFF = dt.timedelta(seconds=30)
DETAILS = "coordination.view_status"

_QUEUES: Mapping[str, Promise] = {
    "notify": _("Telling people"),
    "mail": _("Sending mail"),
    "ladder": _("Planning reminders and escalation"),
    "steps": _("Reminders and escalation that are due"),
    "count": _("Counting for the statistics"),
    "pace": _("Learning how soon desks answer"),
    "grants": _("Access that does not agree with what it derives from"),
}
"""What a queue does, for people; whoever keeps Relay running knows it by its name."""


@login_not_required
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """The process answers; whether it can work is `readyz`."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    """
    The process reaches PostgreSQL; while it does not, the answer is 503 by `outage`.

    The record refuses a clock that is a minute off: a process with such a one is not ready either.
    """
    if abs(timezone.now() - sweeps.now()) > CLOCK_OFF:
        return HttpResponse("the clock is wrong\n", status=503, content_type="text/plain")
    return HttpResponse("ready\n", content_type="text/plain")


@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """What is owed, as Prometheus reads it; absent without `METRICS_TOKEN`."""
    given = request.headers.get("Authorization", "")
    wanted = f"Bearer {settings.METRICS_TOKEN}"
    if not settings.METRICS_TOKEN or not hmac.compare_digest(given.encode(), wanted.encode()):
        raise Http404
    now, registry = timezone.now(), CollectorRegistry()
    shown = {
        name: Gauge(f"relay_owed_{name}", text, ["queue"], registry=registry)
        for name, text in (
            ("waiting", "Rows that are due and not dealt with"),
            ("age_seconds", "Age of the oldest of them"),
            ("parked", "Rows that were given up after repeated failures"),
            ("measured_seconds_ago", "Age of this measure; it grows when no worker runs"),
        )
    }
    for each in gauges.last():
        age = (now - each.oldest_at).total_seconds() if each.oldest_at else 0
        shown["waiting"].labels(each.name).set(each.waiting)
        shown["age_seconds"].labels(each.name).set(max(age, 0))
        shown["parked"].labels(each.name).set(each.parked)
        since = (now - each.measured_at).total_seconds()
        shown["measured_seconds_ago"].labels(each.name).set(since)
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


@require_safe
def status(request: ActorRequest) -> HttpResponse:
    details = None
    if request.actor.may(DETAILS):
        details = [(_QUEUES.get(each.name, ""), each) for each in gauges.last()]
    since = gauges.delayed_since(at=timezone.now())
    return render(request, "coordination/status.html", {"since": since, "details": details})
