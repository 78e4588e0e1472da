"""The whole life cycle: what a referral says after it was accepted, given back or re-routed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import coordination.fields
import referrals.states

# Rows from before: row-level security is forced on the owner too, and no entry tells of a column
# that is only moved.
_TABLES = ("referrals_referral", "referrals_requestedservice", "referrals_referralgrant")
FILL = (
    "".join(
        f"alter table {table} no force row level security; alter table {table} disable trigger user;"
        for table in _TABLES
    )
    + """
update referrals_requestedservice set target = coalesce('desk:' || to_desk_id, 'team:' || to_team_id);
update referrals_referral set need_since = sent_at where sent_at is not null;
update referrals_referral set settled_at = due_at where status = 'withdrawn';
update referrals_referralgrant g set declined = true from referrals_referral r
  where r.id = g.content_object_id and g.reason = 'receiver' and g.box = 'closed'
    and r.status <> 'withdrawn';
"""
    + "".join(
        f"alter table {table} enable trigger user; alter table {table} force row level security;"
        for table in _TABLES
    )
)


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0003_walls"),
        ("coordination", "0002_walls"),
        ("referrals", "0002_walls"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="referral",
            name="referral_to_one_desk_or_one_team",
        ),
        migrations.RemoveConstraint(
            model_name="referral",
            name="referral_accepting_desk_iff_accepted",
        ),
        migrations.RemoveConstraint(
            model_name="referral",
            name="referral_accepted_at_iff_accepted",
        ),
        migrations.RemoveConstraint(
            model_name="referral",
            name="referral_withdrawn_for_a_reason",
        ),
        migrations.RemoveConstraint(
            model_name="referral",
            name="referral_status_known",
        ),
        migrations.RemoveConstraint(
            model_name="requestedservice",
            name="service_asked_once_of_a_desk",
        ),
        migrations.RemoveConstraint(
            model_name="requestedservice",
            name="service_asked_once_of_a_team",
        ),
        migrations.AddField(
            model_name="referral",
            name="agreed_by_phone_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="referral",
            name="completed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="referral",
            name="doors",
            field=models.PositiveSmallIntegerField(
                default=1, help_text="doors tried for this need"
            ),
        ),
        migrations.AddField(
            model_name="referral",
            name="give_back_reason",
            field=coordination.fields.CodeField(
                blank=True, default="", max_length=40, vocabulary="give_back_reason"
            ),
        ),
        migrations.AddField(
            model_name="referral",
            name="need_since",
            field=models.DateTimeField(
                help_text="the need's clock: first sent, through every re-route", null=True
            ),
        ),
        migrations.AddField(
            model_name="referral",
            name="receiver_contact_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="referral",
            name="reroutes",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="rerouted_as",
                to="referrals.referral",
            ),
        ),
        migrations.AddField(
            model_name="referral",
            name="sender_contact_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="referral",
            name="settled_at",
            field=models.DateTimeField(help_text="re-routed or resolved by the sender", null=True),
        ),
        migrations.AddField(
            model_name="referral",
            name="to_agency",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="coordination.agency",
            ),
        ),
        migrations.AddField(
            model_name="referral",
            name="to_province",
            field=coordination.fields.CodeField(
                blank=True, default="", max_length=40, vocabulary="province"
            ),
        ),
        migrations.AddField(
            model_name="referralgrant",
            name="assignee",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="referralgrant",
            name="declined",
            field=models.BooleanField(default=False, help_text="said no, or gave it back"),
        ),
        migrations.AddField(
            model_name="referralgrant",
            name="seen_at",
            field=models.DateTimeField(help_text="somebody of the desk looked", null=True),
        ),
        migrations.AddField(
            model_name="requestedservice",
            name="outcome",
            field=coordination.fields.CodeField(
                blank=True, default="", max_length=40, vocabulary="outcome"
            ),
        ),
        migrations.AddField(
            model_name="requestedservice",
            name="target",
            field=models.CharField(default="", help_text="Referral.target", max_length=40),
            preserve_default=False,
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RemoveField(
            model_name="requestedservice",
            name="to_desk",
        ),
        migrations.RemoveField(
            model_name="requestedservice",
            name="to_team",
        ),
        migrations.AlterField(
            model_name="referral",
            name="due_at",
            field=models.DateTimeField(
                help_text="what comes next is due: an answer, the contact, a review; once over, when it was"
            ),
        ),
        migrations.AlterField(
            model_name="referral",
            name="withdraw_reason",
            field=coordination.fields.CodeField(
                blank=True,
                default="",
                help_text="asked for, or carried out",
                max_length=40,
                vocabulary="withdraw_reason",
            ),
        ),
        migrations.AddIndex(
            model_name="referral",
            index=models.Index(fields=["case"], name="referral_of_case"),
        ),
        migrations.AddConstraint(
            model_name="referral",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("to_agency__isnull", True),
                        ("to_desk__isnull", False),
                        ("to_team__isnull", True),
                        ("to_province", ""),
                    ),
                    models.Q(
                        ("to_agency__isnull", True),
                        ("to_desk__isnull", True),
                        ("to_team__isnull", False),
                        ("to_province", ""),
                    ),
                    models.Q(
                        ("to_agency__isnull", False),
                        ("to_desk__isnull", True),
                        ("to_team__isnull", True),
                        ("to_province", ""),
                    ),
                    models.Q(
                        ("to_agency__isnull", True),
                        ("to_desk__isnull", True),
                        ("to_team__isnull", True),
                        models.Q(("to_province", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="referral_to_one_desk_team_or_contact",
            ),
        ),
        migrations.AddConstraint(
            model_name="referral",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        models.Q(
                            ("to_desk__isnull", False), ("to_team__isnull", False), _connector="OR"
                        ),
                        ("accepting_desk__isnull", False),
                        (
                            "status__in",
                            ["accepted", "completed", "in_service", "returning", "waitlisted"],
                        ),
                    ),
                    models.Q(
                        models.Q(
                            ("to_agency__isnull", False),
                            models.Q(("to_province", ""), _negated=True),
                            _connector="OR",
                        ),
                        ("accepting_desk__isnull", True),
                        (
                            "status__in",
                            ["accepted", "completed", "in_service", "returning", "waitlisted"],
                        ),
                    ),
                    models.Q(
                        models.Q(
                            (
                                "status__in",
                                ["accepted", "completed", "in_service", "returning", "waitlisted"],
                            ),
                            _negated=True,
                        ),
                        ("accepting_desk__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="referral_accepting_desk_iff_accepted",
            ),
        ),
        migrations.AddConstraint(
            model_name="referral",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("accepted_at__isnull", False),
                        (
                            "status__in",
                            ["accepted", "completed", "in_service", "returning", "waitlisted"],
                        ),
                    ),
                    models.Q(
                        models.Q(
                            (
                                "status__in",
                                ["accepted", "completed", "in_service", "returning", "waitlisted"],
                            ),
                            _negated=True,
                        ),
                        ("accepted_at__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="referral_accepted_at_iff_accepted",
            ),
        ),
        migrations.AddConstraint(
            model_name="referral",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("sent_at__isnull", True), ("need_since__isnull", False), _connector="OR"
                ),
                name="referral_need_since_once_sent",
            ),
        ),
        migrations.AddConstraint(
            model_name="referral",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("completed_at__isnull", False),
                        ("status", referrals.states.Status["COMPLETED"]),
                    ),
                    models.Q(
                        models.Q(("status", referrals.states.Status["COMPLETED"]), _negated=True),
                        ("completed_at__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="referral_completed_at_iff_completed",
            ),
        ),
        migrations.AddConstraint(
            model_name="referral",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("settled_at__isnull", True),
                    ("status__in", ["declined", "returned", "withdrawn"]),
                    _connector="OR",
                ),
                name="referral_settled_only_when_over",
            ),
        ),
        migrations.AddConstraint(
            model_name="referral",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", referrals.states.Status["WITHDRAWN"]), _negated=True),
                    models.Q(("withdraw_reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="referral_withdrawn_for_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="referral",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status__in", ["returning", "returned"]), _negated=True),
                    models.Q(("give_back_reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="referral_given_back_for_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="referral",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "status__in",
                        [
                            "draft",
                            "sent",
                            "questioned",
                            "accepted",
                            "waitlisted",
                            "in_service",
                            "returning",
                            "returned",
                            "completed",
                            "declined",
                            "withdrawn",
                        ],
                    )
                ),
                name="referral_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="requestedservice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_live", True)),
                fields=("case", "service", "target"),
                name="service_asked_once_of_a_target",
            ),
        ),
    ]
