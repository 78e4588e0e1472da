"""
A desk's phone is a number, and an answer that is kept to be given again is of now: it goes in time.

Found by somebody who played an insider: the form alone asked for the shape of a number, and the
directory shows it to everybody; an answer of 2099 was never disposed of.
"""

from django.db import migrations, models

OF_NOW = """
alter policy add on coordination_idempotentanswer
  with check (user_id = (select my_actor()) and created_at <= statement_timestamp());
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0076_taken_as_it_is")]

    operations = [
        migrations.AddConstraint(
            model_name="desk",
            constraint=models.CheckConstraint(
                condition=models.Q(("duty_phone__regex", "^[0-9+() x.-]{0,20}$")),
                name="desk_duty_phone_holds_no_words",
            ),
        ),
        migrations.RunSQL(OF_NOW, migrations.RunSQL.noop),
    ]
