"""What the frame of every page shows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse, translate_url
from django.utils import timezone
from django.utils.translation import get_language

from audit import gauges
from coordination import badges
from coordination.access import Actor

_SECTIONS = {
    "referrals:inbox": "inbox",
    "referrals:box": "inbox",
    "cases:list": "cases",
    "cases:detail": "cases",
    "cases:trace": "trace",
    "cases:import": "cases",
    "cases:export": "cases",
    "cases:importing": "cases",
    "handoffs:list": "handoffs",
    "handoffs:detail": "handoffs",
    "notifications:list": "notifications",
    "coordination:directory": "directory",
    "coordination:desk_card": "directory",
    "coordination:team_card": "directory",
    "coordination:phones": "directory",
    "coordination:rota": "directory",
    "coordination:start": "start",
    "coordination:people": "people",
    "coordination:person": "people",
    "coordination:invite": "people",
    "coordination:desks": "people",
    "coordination:desk": "people",
    "coordination:review": "people",
    "coordination:people_training": "people",
    "coordination:person_training": "people",
    "coordination:desk_training": "people",
    "coordination:training_coverage": "operations",
    "leaving:leave": "people",
    "leaving:overdue": "operations",
    "coordination:services": "operations",
    "coordination:overview": "overview",
    "coordination:region_overview": "overview",
    "coordination:team_overview": "overview",
    "coordination:statistics": "overview",
    "coordination:statistics_about": "overview",
    "coordination:release": "overview",
    "coordination:take_release": "overview",
    "coordination:release_report": "overview",
    "coordination:release_table": "overview",
    "coordination:service": "operations",
    "coordination:service_gap": "operations",
    "coordination:operations": "operations",
    "coordination:groups": "operations",
    "coordination:group": "operations",
    "coordination:action": "operations",
    "leaving:left": "operations",
}
_OTHER = {"en": ("fr", "Français"), "fr": ("en", "English")}


def shell(request: HttpRequest) -> dict[str, Any]:
    language = (get_language() or "en")[:2]
    code, label = _OTHER[language]
    actor: Actor | None = getattr(request, "actor", None)
    works = actor is not None and actor.may("referrals.view_referral")
    return {
        "brand": {"name": settings.BRAND[f"name_{language}"], "owner": settings.BRAND["owner"]},
        "now": timezone.now(),
        "user": request.user,
        "acting_desk": actor.desk if actor else None,
        "section": _SECTIONS.get(request.resolver_match.view_name)
        if request.resolver_match
        else None,
        "desks": [m.desk for m in actor.memberships] if actor else [],
        "can": {
            "work": works,
            "administer": actor is not None and actor.may("coordination.manage_people"),
            "oversee": actor is not None and actor.may("coordination.oversee_desks"),
            "read_statistics": actor is not None and actor.may("coordination.view_statistics"),
            "run_groups": actor is not None and actor.may("coordination.run_group"),
            "trace": actor is not None and actor.may("coordination.trace_access"),
            "confirm_training": actor is not None and actor.may("coordination.confirm_training"),
            "set_capacity": actor is not None and actor.may("coordination.set_capacity"),
        },
        "delayed_since": gauges.delayed(at=timezone.now()) if actor else None,
        "counts": badges.counts(actor) if actor else {},
        "other_language": {
            "code": code,
            "label": label,
            "url": translate_url(request.get_full_path(), code),
            "home": translate_url(reverse("coordination:home"), code),
        },
    }
