"""A basis that is a consent rests on a row of the case's; and when a basis has ended."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import coordination.fields
import referrals.states

# Rows from before: row-level security is forced on the owner too, and no entry tells of a column
# that is only filled. Each distinct scope of a case becomes the consent that was said with it.
_TABLES = (
    "cases_consent",
    "referrals_referral",
    "referrals_basis",
    "referrals_requestedservice",
    "referrals_handoff",
)
_KINDS = "('express_informed', 'express_limited', 'substitute')"
FILL = (
    "".join(
        f"alter table {table} no force row level security; alter table {table} disable trigger user;"
        for table in _TABLES
    )
    + f"""
create temporary table said on commit drop as
  select r.case_id, b.code, b.audience, b.until, min(r.written_at) as at,
    (array_agg(r.from_desk_id order by r.id))[1] as desk_id,
    (array_agg(r.writer_id order by r.id))[1] as writer_id,
    array(select distinct s.service from referrals_requestedservice s
          where s.referral_id = any (array_agg(r.id))) as services
  from referrals_basis b join referrals_referral r on r.id = b.referral_id
  where b.code in {_KINDS} group by r.case_id, b.code, b.audience, b.until;
insert into said
  select h.case_id, h.basis, h.audience, h.until, h.proposed_at, h.from_desk_id, h.writer_id, '{{}}'
  from referrals_handoff h where h.basis in {_KINDS}
    and not exists (select from said s where (s.case_id, s.code, s.audience, s.until)
                    = (h.case_id, h.basis, h.audience, h.until));
update said set services = '{{}}' from referrals_handoff h
  where (said.case_id, said.code, said.audience, said.until)
    = (h.case_id, h.basis, h.audience, h.until);
insert into cases_consent (case_id, number, kind, services, audience, given_on, until, form,
    desk_id, recorder_id, recorded_at, version, ended_at)
  select case_id, row_number() over (partition by case_id order by at), code, services, audience,
    at::date, until, 'spoken', desk_id, writer_id, at, 1,
    case when until <= statement_timestamp() then until end from said;
update referrals_basis b set consent_id = c.id from referrals_referral r, cases_consent c
  where r.id = b.referral_id and (c.case_id, c.kind, c.audience, c.until)
    = (r.case_id, b.code, b.audience, b.until);
update referrals_handoff h set consent_id = c.id from cases_consent c
  where (c.case_id, c.kind, c.audience, c.until) = (h.case_id, h.basis, h.audience, h.until);
set constraints all immediate;  -- or a table with rows to check could not be altered again
"""
    + "".join(
        f"alter table {table} enable trigger user; alter table {table} force row level security;"
        for table in _TABLES
    )
)


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0015_consent_walls"),
        ("coordination", "0010_agreement_walls"),
        ("referrals", "0017_overrides"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="handoff",
            name="handoff_status_known",
        ),
        migrations.RemoveConstraint(
            model_name="referral",
            name="referral_given_back_for_a_reason",
        ),
        migrations.AddField(
            model_name="basis",
            name="consent",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="bases",
                to="cases.consent",
            ),
        ),
        migrations.AddField(
            model_name="handoff",
            name="basis_end",
            field=coordination.fields.CodeField(
                blank=True,
                default="",
                help_text="why the offer lapsed",
                max_length=40,
                vocabulary="basis_end",
            ),
        ),
        migrations.AddField(
            model_name="handoff",
            name="consent",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="handoffs",
                to="cases.consent",
            ),
        ),
        migrations.AddField(
            model_name="referral",
            name="basis_end",
            field=coordination.fields.CodeField(
                blank=True, default="", max_length=40, vocabulary="basis_end"
            ),
        ),
        migrations.AddField(
            model_name="referral",
            name="basis_ended_at",
            field=models.DateTimeField(
                help_text="carried out: it went back, or its desk keeps the minimum", null=True
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="referral",
            index=models.Index(
                condition=models.Q(
                    ("basis_ended_at", None),
                    (
                        "status__in",
                        ["accepted", "in_service", "questioned", "returning", "sent", "waitlisted"],
                    ),
                ),
                fields=["id"],
                name="referral_resting_on_basis",
            ),
        ),
        migrations.AddConstraint(
            model_name="basis",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("code__in", ("express_informed", "express_limited", "substitute")),
                        ("consent__isnull", False),
                    ),
                    models.Q(
                        models.Q(
                            ("code__in", ("express_informed", "express_limited", "substitute")),
                            _negated=True,
                        ),
                        ("consent__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="basis_rests_on_a_consent",
            ),
        ),
        migrations.AddConstraint(
            model_name="handoff",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status__in", ["proposed", "accepted", "declined", "withdrawn", "lapsed"])
                ),
                name="handoff_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="handoff",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("basis__in", ("express_informed", "express_limited", "substitute")),
                        ("consent__isnull", False),
                    ),
                    models.Q(
                        models.Q(
                            ("basis__in", ("express_informed", "express_limited", "substitute")),
                            _negated=True,
                        ),
                        ("consent__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="handoff_rests_on_a_consent",
            ),
        ),
        migrations.AddConstraint(
            model_name="handoff",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "lapsed"), _negated=True),
                    models.Q(("basis_end", ""), _negated=True),
                    _connector="OR",
                ),
                name="handoff_lapsed_for_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="referral",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status__in", ["returning", "returned"]), _negated=True),
                    models.Q(("give_back_reason", ""), _negated=True),
                    models.Q(
                        ("status", referrals.states.Status["RETURNED"]),
                        models.Q(("basis_end", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="referral_given_back_for_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="referral",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("basis_end", ""), ("basis_ended_at", None)),
                    models.Q(
                        ("basis_ended_at__isnull", False),
                        models.Q(("basis_end", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="referral_basis_ended_for_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="referral",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("basis_ended_at", None),
                    models.Q(("status__in", ["draft", "questioned", "sent"]), _negated=True),
                    _connector="OR",
                ),
                name="referral_waits_on_a_basis",
            ),
        ),
    ]
