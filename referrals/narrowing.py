"""What the Office's lists are narrowed to, as an address says it."""

from collections.abc import Collection, Sequence
from dataclasses import astuple, dataclass, fields
from typing import Any, TypeVar

from django.http import QueryDict
from django.utils.translation import gettext as _

from coordination import vocabularies
from coordination.directory_filters import any_of
from coordination.models import Team
from referrals.filters import UnknownFilter
from referrals.overdue import Late

NOT_YET = "no"
"""What `followed_up` says of that which the Office did nothing about."""


@dataclass(frozen=True)
class Where:
    """The codes chosen; an empty one leaves nothing out."""

    region: str = ""
    team: str = ""

    def __bool__(self) -> bool:
        return any(astuple(self))

    def covers(self, regions: Collection[str], teams: Collection[str]) -> bool:
        """Tell whether something in these regions, of teams with these slugs, is left in."""
        return (not self.region or self.region in regions) and (not self.team or self.team in teams)

    def panel(self) -> list[dict[str, Any]]:
        """Return what the form offers, with what is chosen."""
        return [
            _field("region", _("Region"), _codes("region"), self.region),
            _field("team", _("Team"), _teams(), self.team),
        ]


@dataclass(frozen=True)
class Narrowed(Where):
    """Of the overdue list."""

    urgency: str = ""
    followed_up: str = ""

    def of(self, rows: Sequence[Late]) -> list[Late]:
        return [each for each in rows if self._fits(each)]

    def _fits(self, row: Late) -> bool:
        return (
            self.covers(row.regions, row.teams)
            and (not self.urgency or self.urgency == row.urgency)
            and (not self.followed_up or row.followed is None)
        )

    def panel(self) -> list[dict[str, Any]]:
        return [
            *super().panel(),
            _field("urgency", _("Urgency"), _codes("urgency_short"), self.urgency),
            _field(
                "followed_up",
                _("Followed up"),
                [(NOT_YET, _("Not followed up"))],
                self.followed_up,
            ),
        ]


Chosen = TypeVar("Chosen", bound=Where)


def read(query: QueryDict, form: type[Chosen]) -> Chosen:
    """
    Return what an address narrows a list to; names that are no filter are left to others.

    :raises UnknownFilter: if a value is not one of its codes.
    """
    found = form(**{each.name: query.get(each.name, "") for each in fields(form)})
    for field in found.panel():
        name = field["name"]
        if getattr(found, name) not in {"", *(each["code"] for each in field["options"])}:
            raise UnknownFilter(name)
    return found


def _teams() -> list[tuple[str, str]]:
    teams = Team.objects.order_by("region", "slug")
    return [(team.slug, team.name) for team in teams]


def _codes(vocabulary: str) -> list[tuple[str, str]]:
    return [(c, vocabularies.label(vocabulary, c)) for c in vocabularies.codes(vocabulary)]


def _field(
    name: str, label: str, options: Sequence[tuple[str, str]], chosen: str
) -> dict[str, Any]:
    return {
        "name": name,
        "label": label,
        "any": any_of(name),
        "options": [
            {"code": code, "label": words, "chosen": code == chosen} for code, words in options
        ],
    }
