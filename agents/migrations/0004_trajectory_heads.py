from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("agents", "0003_where_runs_come_from")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE agents_trajectorychunk ADD COLUMN heads text NOT NULL DEFAULT ''",
            "ALTER TABLE agents_trajectorychunk DROP COLUMN heads",
            state_operations=[
                migrations.AddField("trajectorychunk", "heads", models.TextField(default="")),
            ],
        )
    ]
