from django.db import models
from django.db.models.functions import Now


class IdempotentAnswer(models.Model):
    """What a creating request answered, so that the same request sent again creates nothing."""

    user = models.ForeignKey("coordination.User", models.CASCADE)
    route = models.CharField(max_length=60)
    key = models.CharField(max_length=100)
    fingerprint = models.CharField(max_length=64)
    status = models.SmallIntegerField()
    body = models.JSONField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "route", "key"], name="idempotent_answer_once_per_key"
            )
        ]

    def __str__(self) -> str:
        return f"{self.route} {self.key}"
