"""Tokens that a person issues: scoped, with the day of their last use."""

from django.db import migrations, models

import coordination.fields


class Migration(migrations.Migration):
    dependencies = [
        ("coordination", "0004_offers"),
    ]

    operations = [
        migrations.AddField(
            model_name="apitoken",
            name="last_used_on",
            field=models.DateField(help_text="a day only: no profile of movements", null=True),
        ),
        migrations.AddField(
            model_name="apitoken",
            name="scope",
            field=coordination.fields.CodeField(
                default="read_write", max_length=40, vocabulary="token_scope"
            ),
        ),
        migrations.RunSQL(
            "grant insert on coordination_apitoken to relay_app;"
            "grant usage on sequence coordination_apitoken_id_seq to relay_app;",
            migrations.RunSQL.noop,
        ),
    ]
