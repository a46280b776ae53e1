import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("agents", "0007_sandbox_definitions"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="credential", name="credential_name_in_organization"),
        migrations.AddField(
            model_name="credential",
            name="agent",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="agents.agent"
            ),
        ),
        migrations.AddConstraint(
            model_name="credential",
            constraint=models.UniqueConstraint(
                condition=models.Q(("agent", None)),
                fields=("organization", "name"),
                name="credential_name_in_organization",
            ),
        ),
        migrations.AddConstraint(
            model_name="credential",
            constraint=models.UniqueConstraint(fields=("agent",), name="credential_of_agent"),
        ),
    ]
