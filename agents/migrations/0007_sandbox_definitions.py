import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

import console.ids


class Migration(migrations.Migration):
    dependencies = [
        ("agents", "0006_knowledge"),
        ("console", "0003_notifications"),
    ]

    operations = [
        migrations.CreateModel(
            name="SandboxDefinition",
            fields=[
                (
                    "id",
                    models.UUIDField(default=console.ids.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("name", models.CharField(max_length=255)),
                ("description", models.TextField(blank=True, max_length=5000)),
                ("settings", models.JSONField(default=dict)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("archived_at", models.DateTimeField(blank=True, null=True)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="console.organization"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("organization"),
                        django.db.models.functions.text.Lower("name"),
                        condition=models.Q(("archived_at", None)),
                        name="sandbox_definition_name_in_organization",
                    )
                ],
            },
        ),
    ]
