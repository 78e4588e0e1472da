"""Two open groups never have one name: looked for in the form alone, two at once would."""

import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("coordination", "0054_gaps_of_offers")]

    operations = [
        migrations.AddConstraint(
            "workinggroup",
            models.UniqueConstraint(
                django.db.models.functions.text.Upper(name),
                condition=models.Q(("closed_at", None)),
                name=f"group_{name}_once",
            ),
        )
        for name in ("name_en", "name_fr")
    ]
