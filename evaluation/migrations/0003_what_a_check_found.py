from django.db import migrations, models

_FILL_RUNS = """
UPDATE agents_agentrun AS made SET pipeline_id = run.pipeline_id FROM orchestration_run AS run
WHERE run.id = made.run_id;
UPDATE agents_agentrun AS made SET dataset_id = task.dataset_id FROM evaluation_seededtask AS task
WHERE task.id = made.task_id;
"""
_FILL_DATASETS = """
UPDATE evaluation_dataset SET
    good_rows = total_rows - (SELECT count(DISTINCT item -> 'row') FROM jsonb_array_elements(left_out) AS item),
    problem_count = jsonb_array_length(left_out);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("evaluation", "0002_initial"),
        ("agents", "0003_where_runs_come_from"),
        ("orchestration", "0002_run_events"),
    ]

    operations = [
        migrations.AddField("dataset", "file_bytes", models.PositiveIntegerField(default=0)),
        migrations.AddField("dataset", "good_rows", models.PositiveIntegerField(default=0)),
        migrations.AddField("dataset", "problem_count", models.PositiveIntegerField(default=0)),
        migrations.RunSQL(_FILL_RUNS, migrations.RunSQL.noop),
        migrations.RunSQL(_FILL_DATASETS, migrations.RunSQL.noop),
    ]
