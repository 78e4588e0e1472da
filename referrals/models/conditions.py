"""What holds of a referral and of a hand-off alike: whom it goes to, and who took it."""

from django.db.models import F, Q

_TARGETS = ("to_desk", "to_team", "to_agency")


def to_one() -> Q:
    """Return that it is sent to one desk, team, agency or province, and to nobody besides."""
    return _to("to_desk") | _to("to_team") | _to("to_agency") | _to("to_province")


def _to(wanted: str) -> Q:
    return Q(**{f"{name}__isnull": name != wanted for name in _TARGETS}) & (
        ~Q(to_province="") if wanted == "to_province" else Q(to_province="")
    )


def accepting_desk_iff(**accepted: object) -> Q:
    """Return that a desk is said to have accepted just if one has, and never one off Relay."""
    return (
        Q(
            Q(to_desk__isnull=False) | Q(to_team__isnull=False),
            accepting_desk__isnull=False,
            **accepted,
        )
        | Q(
            Q(to_agency__isnull=False) | ~Q(to_province=""),
            accepting_desk__isnull=True,
            **accepted,
        )
        | (~Q(**accepted) & Q(accepting_desk__isnull=True))
    )


def accepted_by_the_desk_addressed() -> Q:
    """Return that what one desk was asked no other accepts."""
    return Q(accepting_desk__isnull=True) | Q(to_desk__isnull=True) | Q(accepting_desk=F("to_desk"))
