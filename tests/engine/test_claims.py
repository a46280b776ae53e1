"""A claim takes one step, whatever plan the database makes of it."""

import pytest
from django.db import connection

from orchestration import journal
from orchestration.models import StepRun
from tests.engine.conftest import chain, note

#: What the planner is kept from, by the plans that this leaves.
PLANS = [
    (), ("enable_material",), ("enable_hashjoin", "enable_mergejoin"), ("enable_indexscan", "enable_bitmapscan"),
    ("enable_seqscan",), ("enable_nestloop",),
]  # fmt: skip


@pytest.mark.parametrize("before", [0, 1, 2, 50])
@pytest.mark.parametrize("kept_from", PLANS, ids=",".join)
def test_a_claim_takes_one_step_whatever_plan_is_made_of_it(before, kept_from, start):
    for _ in range(before):
        start(chain(note("a")))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE orchestration_steprun, orchestration_run")
        for setting in kept_from:
            cursor.execute(f"SET LOCAL {setting} = off")
    for _ in range(5):
        start(chain(note("a")))

    claim = journal.claim("control", "a worker")

    assert list(StepRun.objects.filter(status="running").values_list("id", flat=True)) == [claim.step_id]
