from django.db import migrations

from console.partitions import create_table_sql


class Migration(migrations.Migration):
    dependencies = [("agents", "0001_initial")]

    operations = [
        migrations.RunSQL(
            create_table_sql(
                "agents_trajectorychunk",
                "agent_run_id uuid NOT NULL, attempt smallint NOT NULL, first_step integer NOT NULL, "
                "organization_id uuid NOT NULL, steps text NOT NULL",
                "agent_run_id, attempt, first_step",
            ),
            "DROP TABLE agents_trajectorychunk",
        )
    ]
