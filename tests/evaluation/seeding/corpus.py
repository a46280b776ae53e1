"""Files that somebody uploads by mistake or on purpose, and what is to be said of each.

The pipeline they are meant for has the axes `user` and `state`.
"""

from collections.abc import Callable
from typing import NamedTuple

TOO_LARGE, INVALID = 413, 422


class Bad(NamedTuple):
    """A file that is refused as a whole or has a row that is: where, in which words, with which status."""

    name: str
    make: Callable[[], bytes]
    row: int | None
    column: str | None
    message: str
    status: int = INVALID


def _named(*names: str) -> bytes:
    return ",".join(names).encode() + b"\n"


BAD = (
    Bad("empty", bytes, None, None, "The file is empty."),
    Bad("blank lines alone", lambda: b"\n\r\n\n", None, None, "The file is empty."),
    Bad("a mark of byte order alone", lambda: b"\xef\xbb\xbf", None, None, "The file is empty."),
    Bad("a header alone", lambda: b"user,state\n", None, None, "The file has a header and no rows."),
    Bad("NUL in a cell", lambda: b"user,state\nfine,{}\na\0b,{}\n", 2, "user", "The cell holds the character NUL."),
    Bad("NUL in the header", lambda: b"user,st\0ate\nx,{}\n", 0, "column 2", "holds the character NUL."),
    Bad("nothing but NUL", lambda: b"\0" * 5_000, None, None, "looks like UTF-16"),
    Bad("a short row", lambda: b"user,state\nfine,{}\nshort\n", 2, None, "has 1 cell, and the header 2."),
    Bad("a long row", lambda: b"user,state\na,{},c,d\n", 1, None, "has 4 cells, and the header 2."),
    Bad("one name twice", lambda: b"user,User \nx,y\n", 0, "User", "Two columns are named 'User'. Rename one."),
    Bad("one name twice, composed otherwise", "user,é,e\u0301\nx,y,z\n".encode, 0, "e\u0301", "Rename one."),
    Bad("UTF-16 with a mark", lambda: "user\ncafé\n".encode("utf-16"), None, None, "UTF-16"),
    Bad("UTF-16 without one", lambda: "user\ncafe\n".encode("utf-16-be"), None, None, "UTF-16"),
    Bad("UTF-32", lambda: "user\ncafé\n".encode("utf-32"), None, None, "UTF-32"),
    Bad("Latin-1", lambda: "user,state\ncafé,{}\n".encode("latin-1"), 1, "user", "0xE9 is not UTF-8"),
    Bad("Windows-1252", lambda: "user\n“hello”\n".encode("cp1252"), 1, "user", "looks like Windows-1252"),
    Bad("half of a character", lambda: b"user\nfine\n\xed\xa0\x80\n", 2, "user", "is not UTF-8"),
    Bad("a workbook", lambda: b"PK\x03\x04" + bytes(100), None, None, "Excel workbook"),
    Bad("a quote that never closes", lambda: b'user,state\nfine,{}\nx,"{\na,b\n', 2, "state", "never closes"),
    Bad("a quote in the header", lambda: b'user,"state\nx,{}\n', 0, "column 2", "never closes"),
    Bad("text behind a quote", lambda: b'user,state\n"a"b,{}\n', 1, "user", "follows a closing quote"),
    Bad("10,000 columns", lambda: _named(*map(str, range(10_000))), 0, None, "10,000 columns. Use at most 500."),
    Bad("a name as long as a page", lambda: _named("user", "x" * 5_000), 0, "column 2", "longer than 255 characters"),
    Bad("a cell of 1 MB", lambda: b"user\nfine\n" + b"x" * 1_000_001, 2, "user", "The cell is larger than 1 MB."),
    Bad("a cell of 50 MB", lambda: b"user\n" + b"x" * 50_000_000, 1, "user", "The file passes 20 MB here.", TOO_LARGE),
    Bad("a quoted cell of 50 MB", lambda: b'user\nfine\n"' + b"x\n" * 25_000_000, 2, "user", "passes 20 MB", TOO_LARGE),
    Bad("a header of 30 MB", lambda: b"user" * 7_500_000, 0, "column 1", "passes 20 MB here.", TOO_LARGE),
    Bad("too many rows", lambda: b"user\n" + b"x\n" * 100_001, 100_001, None, "more than 100,000 rows.", TOO_LARGE),
    Bad("a mistyped column", lambda: b"usr,state\nx,{}\n", 0, "usr", "Did you mean user?"),
    Bad("a mistyped axis", lambda: b"user,sate\nx,{}\n", 0, "sate", "Did you mean state?"),
    Bad("another column", lambda: b"prompt\nx\n", 0, "user", "The column 'user' is missing. The file has: prompt."),
    Bad("semicolons", lambda: b"user;state\nx;{}\n", 0, None, "separated by semicolons"),
    Bad("a blank cell", lambda: b'user,state\nfine,{}\n" ",{}\n', 2, "user", "It is blank."),
    Bad("JSON that is none", lambda: b"user,state\nx,{1}\n", 1, "state", "Not valid JSON at character 2"),
    Bad("JSON too deep", lambda: b"user,state\nx," + b"[" * 100_000 + b"\n", 1, "state", "more than 64 levels deep"),
)

#: Files that look odd and are right: the tasks they make.
GOOD: dict[str, tuple[bytes, list[str]]] = {
    "a mark of byte order": (b"\xef\xbb\xbfuser\nx\n", ["x"]),
    "CR alone ends lines": (b"user,state\rone,{}\rtwo,{}\r", ["one", "two"]),
    "CR LF, and none at the end": (b"user\r\none\r\ntwo", ["one", "two"]),
    "every line ending at once": (b"user\none\r\ntwo\rthree", ["one", "two", "three"]),
    "formulas stay text": (b"user\n=1+1\n@SUM(A1)\n+2\n-3\n", ["=1+1", "@SUM(A1)", "+2", "-3"]),
    "line endings inside a quoted cell": (b'user\n"two\r\nlines"\n', ["two\r\nlines"]),
    "quotes inside a quoted cell": (b'user\n"say ""hello"""\n', ['say "hello"']),
    "blank lines between": (b"\nuser\n\none\n\n\ntwo\n\n", ["one", "two"]),
    "names as people type them": (b" USER \none\n", ["one"]),
    "every script, and right to left": ("user\nשבת 👋🏽 \u202eabc\n".encode(), ["שבת 👋🏽 \u202eabc"]),
}
