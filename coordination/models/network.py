"""The network: agencies, regional teams with the areas they cover, and desks."""

from django.contrib.auth.models import Group
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import get_language

from coordination.fields import CodeField, CodesField

PHONE = r"^[0-9+() x.-]{0,20}$"
"""A phone number as it is typed here, or none: never a name beside it."""


class Named(models.Model):
    """Names in both languages; `name` is the one for the reader."""

    name_en = models.CharField(max_length=200)
    name_fr = models.CharField(max_length=200)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name_en

    @property
    def name(self) -> str:
        return self.name_fr if (get_language() or "en").startswith("fr") else self.name_en


class Agency(Named):
    slug = models.SlugField(max_length=80, unique=True)
    kind = CodeField("organisation_kind")
    region = CodeField("region")
    city = models.CharField(max_length=80, blank=True)
    city_hidden = models.BooleanField(default=False)
    police_involved = models.BooleanField(default=False)
    privacy_regime = CodeField("privacy_regime")
    review_every = CodeField("review_interval", default="yearly")
    source = models.CharField(max_length=10, default="live")

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                condition=Q(source__in=["directory", "demo", "live"]), name="agency_source_known"
            )
        ]


class Team(Named):
    slug = models.SlugField(max_length=80, unique=True)
    region = CodeField("region")
    duty_desk = models.ForeignKey("Desk", models.PROTECT, null=True, related_name="+")
    source = models.CharField(max_length=10, default="live")

    class Meta:
        ordering = ["slug"]


class Area(Named):
    """A place that a team covers: what "areas to avoid" are chosen from."""

    slug = models.SlugField(max_length=80, unique=True)
    team = models.ForeignKey(Team, models.PROTECT, related_name="areas")

    class Meta:
        ordering = ["slug"]


class Desk(models.Model):
    """One agency's place in one regional team: the unit of responsibility, access, addressing."""

    # The key of the desk is the key of its Django group, so that policies and grants need no join.
    group = models.OneToOneField(Group, models.PROTECT, primary_key=True)
    slug = models.SlugField(max_length=80, unique=True)
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="desks")
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="desks")
    services = CodesField("service_need")
    age_bands = CodesField("age_band")
    genders = CodesField("gender_identity")
    languages = CodesField("service_language")
    duty_phone = models.CharField(max_length=20, blank=True)
    opens_at = models.TimeField(null=True)
    closes_at = models.TimeField(null=True)
    time_zone = models.CharField(max_length=40, default="America/Toronto")
    is_addressable = models.BooleanField(default=True)
    governance_body = CodeField(
        "governance_body", blank=True, default="", help_text="whose data stewards sit here"
    )
    created_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True, help_text="the desk stopped existing")
    cover_desk = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="takes over when nobody is left",
    )
    stranded_at = models.DateTimeField(
        null=True, help_text="nobody works here, and no desk could take what is pending"
    )

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(is_addressable=False),
                name="desk_closed_is_not_addressable",
            ),
            models.CheckConstraint(
                condition=Q(cover_desk=None) | ~Q(cover_desk=F("group")),
                name="desk_covered_by_another",
            ),
            models.UniqueConstraint(fields=["agency", "team"], name="desk_one_per_agency_and_team"),
            models.CheckConstraint(
                condition=Q(governance_body="") | Q(team__isnull=True),
                name="desk_of_stewards_in_no_team",
            ),
            models.UniqueConstraint(
                fields=["governance_body"],
                condition=~Q(governance_body=""),
                name="desk_one_per_governance_body",
            ),
            models.CheckConstraint(
                condition=Q(is_addressable=False) | Q(team__isnull=False),
                name="desk_addressable_only_in_a_team",
            ),
            models.CheckConstraint(
                condition=Q(duty_phone__regex=PHONE), name="desk_duty_phone_holds_no_words"
            ),
            models.CheckConstraint(
                condition=Q(time_zone__in=["America/Toronto", "America/Winnipeg"]),
                name="desk_time_zone_of_ontario",
            ),
        ]

    def __str__(self) -> str:
        return self.slug

    @property
    def name(self) -> str:
        return self.agency.name
