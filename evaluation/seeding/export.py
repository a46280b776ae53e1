"""CSV that goes out: what agents and users wrote must not come to life as a formula in a spreadsheet.

After the rules of OWASP's page on CSV injection. JSONL is the exact form; here a text may gain an apostrophe.
"""

import csv
import io
from collections.abc import Iterable
from decimal import Decimal

#: What makes a spreadsheet take a text for a formula, in the two widths of East Asian typing.
_STARTS_FORMULA = tuple("=+-@\t\r\n\0＝＋－＠")  # noqa: RUF001  # the wide ones are meant


def csv_safe(cell: object) -> str:
    """Return what to write for a cell: numbers as they are, a text that could be a formula behind an apostrophe."""
    if cell is None:
        return ""
    if isinstance(cell, int | float | Decimal):
        return str(cell)
    text = str(cell)
    return f"'{text}" if text.startswith(_STARTS_FORMULA) else text


def csv_line(cells: Iterable[object]) -> str:
    """Return one line of CSV, header or row, safe and with every cell quoted."""
    line = io.StringIO()
    csv.writer(line, quoting=csv.QUOTE_ALL).writerow([csv_safe(cell) for cell in cells])
    return line.getvalue()
