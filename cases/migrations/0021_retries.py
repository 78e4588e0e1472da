"""What failed rests, and what ended its process is known: see audit.retries."""

from django.db import migrations, models

# Who put the row in is the web process: it says nothing here either.
WORDLESS = """
alter table cases_importrow add constraint import_row_names_errors check (
  last_error ~ '^[A-Za-z_]*$');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0020_shapes_of_codes"),
    ]

    operations = [
        migrations.AddField(
            model_name="importrow",
            name="again_at",
            field=models.DateTimeField(
                help_text="not before: it is tried, or has failed", null=True
            ),
        ),
        migrations.AddField(
            model_name="importrow",
            name="attempts",
            field=models.SmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="importrow",
            name="last_error",
            field=models.CharField(blank=True, default="", max_length=100),
        ),
        migrations.AddField(
            model_name="importrow",
            name="parked_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunSQL(WORDLESS, migrations.RunSQL.noop),
    ]
