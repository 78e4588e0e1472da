"""Whom a referral can be addressed to: desks where somebody works, and teams that have one."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from coordination import access, vocabularies
from coordination.errors import Invalid
from coordination.models import Agency, Area, Desk
from referrals.targets import Province, Target

Choices = list[tuple[str, list[tuple[str, str]]]]


@dataclass(frozen=True)
class Addressees:
    """
    Whom one can send to, by form value.

    `desk:<slug>` or `team:<slug>`; of those not on Relay, `agency:<slug>` or `province:<code>`.
    """

    by_value: dict[str, Target]
    choices: Choices

    def get(self, value: str) -> Target:
        """:raises Invalid: for a value that is not offered."""
        try:
            return self.by_value[value]
        except KeyError:
            raise Invalid(_("Choose a desk or a team from the list."), field="to") from None


def addressees(*, without: Desk | None = None, declined: Collection[int] = ()) -> Addressees:
    """
    Return whom the desk `without` can address, grouped by region and team for a select.

    Desks that `declined` this need, by key, are not offered again.
    """
    desks = [
        desk for desk in access.addressable_desks() if desk != without and desk.pk not in declined
    ]
    teams = {desk.team_id: desk.team for desk in desks if desk.team}
    by_value: dict[str, Target] = {}
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
    for label, contacts in _contacts():
        by_value |= contacts
        choices.append((label, [(value, each.name) for value, each in contacts.items()]))
    return Addressees(by_value, choices)


def _contacts() -> Iterator[tuple[str, dict[str, Target]]]:
    """Yield those who are not on Relay: the sender phones them and reports what they say."""
    agencies = Agency.objects.filter(source="directory", desks=None).order_by("name_en")
    for region in vocabularies.entries("region"):
        found: dict[str, Target] = {
            f"agency:{agency.slug}": agency for agency in agencies if agency.region == region.code
        }
        if found:
            name = vocabularies.label("region", region.code)
            yield _("By phone, not on Relay: %(place)s") % {"place": name}, found
    provinces = {
        f"province:{each.code}": Province(each.code) for each in vocabularies.entries("province")
    }
    yield str(_("By phone: another province")), dict(provinces)


def area_choices() -> Choices:
    """Return the areas that teams cover, grouped by team."""
    grouped: dict[str, list[tuple[str, str]]] = {}
    for area in Area.objects.select_related("team").order_by("team__region", "team__slug", "slug"):
        grouped.setdefault(area.team.name, []).append((area.slug, area.name))
    return list(grouped.items())


def desk_choices(desks: Sequence[Desk]) -> list[tuple[str, str]]:
    return [(desk.slug, f"{desk.name} ({desk.team.name if desk.team else ''})") for desk in desks]
