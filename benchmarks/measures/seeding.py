"""How fast rows of a CSV become tasks with runs, against PostgreSQL taking the same rows by plain COPY."""

import io
import random
import string
import time
from typing import cast

from django.db import connection, transaction
from pydantic import JsonValue

from agents.services.agents import agent_publish, agent_register
from benchmarks.results import Result, Scale, at_least
from benchmarks.world import world
from evaluation.models import Dataset
from evaluation.seeding import job
from evaluation.services.seeding import dataset_seed, upload_check
from orchestration.models import Dialect, Pipeline
from orchestration.services.pipelines import pipeline_create, pipeline_publish

#: What a seeding fills, in an order in which nothing refers to what is not there yet.
TABLES = (
    "orchestration_run",
    "orchestration_steprun",
    "orchestration_runevent",
    "agents_agentrun",
    "evaluation_seededtask",
)
ROW_CHARACTERS = 2_000
#: Characters and a seed that give text which compresses badly, the same each time.
LETTERS = string.ascii_letters + string.digits + " "
_RANDOM = random.Random(1)  # noqa: S311  # text to write, no secret


def measure(scale: Scale) -> list[Result]:
    pipeline, rows = _pipeline(), scale.pick(9_000, 2_000)
    rounds = [_round(pipeline, rows) for _ in range(scale.pick(4, 3))][1:]
    return [
        Result(f"CSV: {rows:,} rows of 2 KB checked", "rows/s", [checked for checked, _, _ in rounds]),
        Result(f"CSV: {rows:,} rows of 2 KB seeded", "rows/s", [seeded for _, seeded, _ in rounds]),
        Result("plain COPY of what they became", "rows/s", [copied for _, _, copied in rounds]),
        Result("CSV seeding against COPY", "×", [seeded / copied for _, seeded, copied in rounds], at_least(0.6)),
    ]


def _round(pipeline: Pipeline, rows: int) -> tuple[float, float, float]:
    """Return the rows a second of checking, of seeding and of COPY, each into empty tables."""
    actor = world().actor
    _empty()
    file = _csv(rows)
    began = time.perf_counter()
    dataset = upload_check(actor=actor, pipeline=pipeline, file=file, name="bench.csv").dataset
    checked = time.perf_counter()
    dataset_seed(actor=actor, dataset=dataset)
    job.seed(dataset.pk)
    seeded = time.perf_counter()
    if Dataset.objects.get(pk=dataset.pk).created_rows != rows:
        raise RuntimeError("Not every row was seeded.")
    kept = {table: _kept(table) for table in TABLES}
    _empty()
    copied = _copy_back(kept)
    return rows / (checked - began), rows / (seeded - checked), rows / copied


def _copy_back(kept: dict[str, bytes]) -> float:
    began = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        for table, data in kept.items():
            with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                copy.write(data)
    return time.perf_counter() - began


def _kept(table: str) -> bytes:
    """Return a table's rows as COPY takes them: nothing is formatted while it is timed."""
    with connection.cursor() as cursor, cursor.copy(f"COPY (SELECT * FROM {table}) TO STDOUT") as copy:  # noqa: S608  # our own names
        return b"".join(bytes(part) for part in copy)


def _empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")
        cursor.execute(f"VACUUM ANALYZE {', '.join(TABLES)}")


def _csv(rows: int) -> io.BytesIO:
    lines = ("".join(_RANDOM.choices(LETTERS, k=ROW_CHARACTERS)) for _ in range(rows))
    return io.BytesIO("user\n{}\n".format("\n".join(lines)).encode())


def _pipeline() -> Pipeline:
    place = world()
    code = "def run(task_input, *, proxy_url, run_token):\n    return {'final_response': 'x'}\n"
    agent = agent_register(
        actor=place.actor, name="bench-seeding", description="", spec={"source": {"kind": "paste", "code": code}}
    )
    agent_publish(actor=place.actor, agent=agent)
    field: dict[str, JsonValue] = {
        "key": "answer", "title": "Answer", "mode": "agent", "agentConfig": {"agent_id": agent.public_id},
    }  # fmt: skip
    pipeline = pipeline_create(
        actor=place.actor, project=place.project, name="Seeding", dialect_name=Dialect.FIELDS,
        definition={"fields": [field]},
    )  # fmt: skip
    pipeline_publish(actor=place.actor, pipeline=pipeline)
    return cast("Pipeline", Pipeline.objects.select_related("latest", "project").get(pk=pipeline.pk))
