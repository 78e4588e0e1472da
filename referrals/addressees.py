"""Whom a referral can be addressed to: desks where somebody works, and teams that have one."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from coordination import access, vocabularies
from coordination.errors import Invalid
from coordination.models import Area, Desk, Team

Choices = list[tuple[str, list[tuple[str, str]]]]


@dataclass(frozen=True)
class Addressees:
    """Desks and teams by their form value, `desk:<slug>` or `team:<slug>`."""

    by_value: dict[str, Desk | Team]
    choices: Choices

    def get(self, value: str) -> Desk | Team:
        """:raises Invalid: for a value that is not offered."""
        try:
            return self.by_value[value]
        except KeyError:
            raise Invalid(_("Choose a desk or a team from the list."), field="to") from None


def addressees(*, without: Desk | None = None) -> Addressees:
    """Return whom the desk `without` can address, grouped by region and team for a select."""
    desks = [desk for desk in access.addressable_desks() if desk != without]
    teams = {desk.team_id: desk.team for desk in desks if desk.team}
    by_value: dict[str, Desk | Team] = {}
    choices: Choices = []
    for team in sorted(teams.values(), key=lambda each: (each.region, each.name)):
        group = [(f"team:{team.slug}", team.name)]
        by_value[f"team:{team.slug}"] = team
        for desk in sorted(desks, key=lambda each: each.name):
            if desk.team_id == team.pk:
                by_value[f"desk:{desk.slug}"] = desk
                group.append((f"desk:{desk.slug}", desk.name))
        region = vocabularies.label("region", team.region)
        choices.append((f"{region}: {team.name}", group))
    return Addressees(by_value, choices)


def area_choices() -> Choices:
    """Return the areas that teams cover, grouped by team."""
    grouped: dict[str, list[tuple[str, str]]] = {}
    for area in Area.objects.select_related("team").order_by("team__region", "team__slug", "slug"):
        grouped.setdefault(area.team.name, []).append((area.slug, area.name))
    return list(grouped.items())


def desk_choices(desks: Sequence[Desk]) -> list[tuple[str, str]]:
    return [(desk.slug, f"{desk.name} ({desk.team.name if desk.team else ''})") for desk in desks]
