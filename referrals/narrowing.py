"""What the overdue list is narrowed to, as an address says it; and who must be phoned first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

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
class Narrowed:
    """The codes chosen; an empty one leaves nothing out."""

    region: str = ""
    team: str = ""
    urgency: str = ""
    followed_up: str = ""

    def __bool__(self) -> bool:
        return bool(self.region or self.team or self.urgency or self.followed_up)

    def of(self, rows: Sequence[Late]) -> list[Late]:
        return [each for each in rows if self._fits(each)]

    def _fits(self, row: Late) -> bool:
        return (
            (not self.region or self.region in row.regions)
            and (not self.team or self.team in row.teams)
            and (not self.urgency or self.urgency == row.urgency)
            and (not self.followed_up or row.followed is None)
        )

    def panel(self) -> list[dict[str, Any]]:
        """Return what the form offers, with what is chosen."""
        return [
            _field("region", _("Region"), _codes("region"), self.region),
            _field("team", _("Team"), _teams(), self.team),
            _field("urgency", _("Urgency"), _codes("urgency_short"), self.urgency),
            _field(
                "followed_up",
                _("Followed up"),
                [(NOT_YET, _("Not followed up"))],
                self.followed_up,
            ),
        ]


def read(query: QueryDict) -> Narrowed:
    """
    Return what an address narrows the list to; names that are no filter are left to others.

    :raises UnknownFilter: if a value is not one of its codes.
    """
    found = Narrowed(**{name: query.get(name, "") for name in Narrowed.__dataclass_fields__})
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
