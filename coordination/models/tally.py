"""How many, under which codes: counted from the record, read by releases alone."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class Tally(models.Model):
    """
    One change of a count, or, once it was added up, the count itself. Their sum is what counts.

    Of an agency by its key, without a foreign key: counts outlive what they counted.
    """

    population = models.CharField(max_length=20)
    month = models.DateField(help_text="its first day, in Ontario")
    codes = ArrayField(models.CharField(max_length=40), help_text="one for each dimension")
    agency = models.IntegerField(help_text="whose count it is; 0 is nobody's")
    number = models.IntegerField()
    is_change = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["population", "month", "codes", "agency"],
                condition=Q(is_change=False),
                name="tally_one_count",
            )
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(is_change=True), name="tally_changes"),
            models.Index(fields=["month", "population"], name="tally_of_a_month"),
        ]

    def __str__(self) -> str:
        return f"{self.population} {self.month}: {self.number}"
