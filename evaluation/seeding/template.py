import csv
import io

from evaluation.seeding.axes import AXES
from evaluation.seeding.wiring import Wiring


def template(wiring: Wiring) -> str:
    """Return a CSV text with every wired column and one row that shows what goes into each."""
    examples = {column: AXES[name].example for name, column in wiring.columns.items()}
    for key in wiring.fields:
        examples.setdefault(key, f"What {key} says of this task.")
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(examples)
    writer.writerow(examples.values())
    return text.getvalue()
