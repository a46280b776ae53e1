"""Text from outside, made safe to look at: nothing hidden, nothing reordered, everything escaped.

What an agent wrote may hold characters one does not see: marks that turn the direction of the text around, letters
of no width, copies of ASCII without any shape. Shown by their number, they can't make one thing look like another.
"""

import re
import unicodedata

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

#: Turns of direction, letters of no width, tags; joiners only where no script needs them; controls but tab and newline.
_UNSEEN = re.compile(
    "["
    "\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
    "\x00-\x08\x0b-\x1f\x7f-\x9f"
    "]"
    "|(?<![^\x00-\x7f])[\u200c\u200d]"
    "|[\u200c\u200d](?![^\x00-\x7f])"
)
_HEAD = 4
_TAIL = 4


def visible(text: str) -> SafeString:
    """Return text as HTML with every unseen character shown by its number."""
    if text.isprintable():  # nothing unseen in it, as in nearly every line of a log
        return escape(text)
    escaped = str(escape(text))
    return mark_safe(_UNSEEN.sub(_shown, escaped))  # noqa: S308  # escaped in the line above


def middle_cut(public_id: str) -> str:
    """Return an id with its middle cut out: run_01K9…7QD8. What is short stays whole."""
    prefix, mark, body = public_id.rpartition("_")
    if len(body) <= _HEAD + _TAIL + 1:
        return public_id
    return f"{prefix}{mark}{body[:_HEAD]}…{body[-_TAIL:]}"


def _shown(match: re.Match[str]) -> str:
    code = ord(match[0])
    name = unicodedata.name(match[0], "control character").lower()
    return f'<span class="cb-unseen" title="{name}">U+{code:04X}</span>'
