import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

import console.ids


class Migration(migrations.Migration):
    dependencies = [
        ("agents", "0004_trajectory_heads"),
        ("console", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Tool",
            fields=[
                (
                    "id",
                    models.UUIDField(default=console.ids.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("name", models.CharField(max_length=255)),
                ("description", models.TextField(blank=True, max_length=5000)),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("GET", "GET"),
                            ("POST", "POST"),
                            ("PUT", "PUT"),
                            ("PATCH", "PATCH"),
                            ("DELETE", "DELETE"),
                        ],
                        default="POST",
                        max_length=8,
                    ),
                ),
                ("url", models.CharField(max_length=2000)),
                ("headers", models.JSONField(default=list)),
                ("body", models.TextField(blank=True)),
                ("input_schema", models.JSONField(null=True)),
                ("output_schema", models.JSONField(null=True)),
                (
                    "send_as",
                    models.CharField(
                        choices=[("bearer", "Bearer token"), ("header", "Header of its own")],
                        default="bearer",
                        max_length=8,
                    ),
                ),
                ("credential_header", models.CharField(blank=True, max_length=128)),
                (
                    "timeout_s",
                    models.PositiveSmallIntegerField(
                        default=30,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(300),
                        ],
                    ),
                ),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("archived_at", models.DateTimeField(blank=True, null=True)),
                (
                    "credential",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tools",
                        to="agents.credential",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="console.organization"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TopicRoute",
            fields=[
                (
                    "id",
                    models.UUIDField(default=console.ids.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("topic", models.CharField(max_length=64)),
                ("model", models.CharField(max_length=64)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="console.organization"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="modeldefaults",
            name="agent",
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        ),
        migrations.AddField(
            model_name="modelcall",
            name="run_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="modelcall",
            name="step_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AlterField(
            model_name="modelcall",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("judge", "Judge"),
                    ("simulator", "Simulated user"),
                    ("agent", "Agent"),
                    ("test", "Test"),
                ],
                max_length=16,
            ),
        ),
        migrations.AddIndex(
            model_name="modelcall",
            index=models.Index(
                condition=models.Q(("run_id", None), _negated=True), fields=["run_id"], name="model_call_by_run"
            ),
        ),
        migrations.AddConstraint(
            model_name="tool",
            constraint=models.UniqueConstraint(
                models.F("organization"),
                django.db.models.functions.text.Lower("name"),
                condition=models.Q(("archived_at", None)),
                name="tool_name_in_organization",
            ),
        ),
        migrations.AddConstraint(
            model_name="topicroute",
            constraint=models.UniqueConstraint(fields=("organization", "topic"), name="topic_in_organization"),
        ),
    ]
