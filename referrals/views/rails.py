"""The one page between typing and sending: what the law and the programs ask first."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from cases.actions.reporting import answers_for
from coordination.http import UNPROCESSABLE, ActorRequest
from referrals import child_reports
from referrals.guard_rails import ASK, BeforeSending
from referrals.rail_forms import MARK, RailsForm


def ask(request: ActorRequest, refusal: BeforeSending) -> HttpResponse:
    """Ask what is missing; what was typed goes along and comes back to the same address."""
    desk = request.actor.desk
    reports = answers_for(desk.agency.kind) if desk else []
    form = RailsForm(request.POST, rails=refusal.rails, reports=reports)
    form.full_clean()
    if MARK in request.POST:
        form.refuse(refusal)
    context: dict[str, Any] = {"form": form}
    if desk and any(rail.effect == ASK for rail in refusal.rails):
        context["societies"] = child_reports.societies(desk)
    return render(request, "referrals/rails.html", context, status=UNPROCESSABLE)
