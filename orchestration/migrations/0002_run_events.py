from django.db import migrations

from console.partitions import create_table_sql


class Migration(migrations.Migration):
    dependencies = [("orchestration", "0001_initial")]

    operations = [
        migrations.RunSQL(
            create_table_sql(
                "orchestration_runevent",
                "run_id uuid NOT NULL, seq integer NOT NULL, organization_id uuid NOT NULL, "
                "kind varchar(64) NOT NULL, data text NOT NULL",
                "run_id, seq",
            ),
            "DROP TABLE orchestration_runevent",
        )
    ]
