"""What came of the tasks of datasets."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from django.db import connection

from evaluation.run_counts import MOST_COUNTED

# A lateral join, for each dataset's newest runs are counted up to a bound of their own.
_VERDICTS = """
SELECT dataset.id, run.verdict, count(*) FROM unnest(%s::uuid[]) AS dataset (id) CROSS JOIN LATERAL (
    SELECT verdict FROM agents_agentrun WHERE dataset_id = dataset.id ORDER BY id DESC LIMIT %s
) AS run GROUP BY 1, 2
"""


def verdicts_of_datasets(dataset_ids: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, Counter[str]]:
    """Count the verdicts on the newest runs of each dataset; blank is none yet."""
    found: defaultdict[uuid.UUID, Counter[str]] = defaultdict(Counter)
    with connection.cursor() as cursor:
        cursor.execute(_VERDICTS, [list(dataset_ids), MOST_COUNTED])
        for dataset_id, verdict, number in cursor.fetchall():
            found[dataset_id][verdict] = number
    return found
