import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import coordination.fields


class Migration(migrations.Migration):
    dependencies = [
        ("coordination", "0040_digests_of_what_leaves"),
    ]

    operations = [
        migrations.AddField(
            model_name="release",
            name="thresholds",
            field=models.JSONField(default=dict, help_text="it was made with; empty: the floors"),
        ),
        migrations.CreateModel(
            name="ThresholdProposal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(unique=True)),
                (
                    "network",
                    models.PositiveSmallIntegerField(
                        help_text="what counts fewer is hidden in Relay"
                    ),
                ),
                (
                    "exported",
                    models.PositiveSmallIntegerField(
                        help_text="the same, of whatever leaves Relay"
                    ),
                ),
                (
                    "base",
                    models.PositiveSmallIntegerField(help_text="the multiple that is shown; odd"),
                ),
                (
                    "dominance",
                    models.PositiveSmallIntegerField(
                        help_text="largest part of one agency, per cent"
                    ),
                ),
                ("proposed_at", models.DateTimeField()),
                (
                    "decision",
                    coordination.fields.CodeField(
                        blank=True, default="", max_length=40, vocabulary="threshold_decision"
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-number"],
            },
        ),
        migrations.AddConstraint(
            model_name="thresholdproposal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("decision", "")),
                fields=("decision",),
                name="thresholds_one_proposal",
            ),
        ),
        migrations.AddConstraint(
            model_name="thresholdproposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("exported__range", (20, 200)),
                    ("network__range", (11, 100)),
                    ("exported__gte", models.F("network")),
                    ("base__in", [5, 7, 9, 11]),
                    ("dominance__range", (50, 85)),
                ),
                name="thresholds_above_the_floors",
            ),
        ),
        migrations.AddConstraint(
            model_name="thresholdproposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at", None), ("decided_by", None), ("decision", "")),
                    models.Q(
                        models.Q(("decision", ""), _negated=True),
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="thresholds_decided_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="thresholdproposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by", models.F("proposed_by")),
                    ("decision", "confirmed"),
                    _negated=True,
                ),
                name="thresholds_confirmed_by_another",
            ),
        ),
    ]
