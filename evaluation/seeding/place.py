"""Where in a record something stands."""

import re

# Possessive throughout: a field is read in one pass and never again, whatever it holds.
_FIELD = re.compile(r'"[^"]*+(?:""[^"]*+)*+"|(?!")[^,\r\n]*+')
_AFTER_FIELD = re.compile(r"(,)|[\r\n]*$")


def column_at(text: str) -> int:
    """Return the number of the column, from 1, in which the beginning `text` of a record ends or stops making sense."""
    column, position = 1, 0
    while (field := _FIELD.match(text, position)) is not None:
        after = _AFTER_FIELD.match(text, field.end())
        if after is None or not after[1]:
            break
        column, position = column + 1, after.end()
    return column
