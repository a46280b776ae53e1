"""What git says when it fails, as a person is told. Pure."""

import re
from typing import NamedTuple

#: Escapes of terminals: a server's own words come through git as they are (CVE-2024-52005).
_ESCAPE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[@-Z\\-_]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_LONGEST_WORDS = 300
_MEBIBYTE = 1024 * 1024


#: Said also by hosts that give out nothing but what a ref points to at the moment.
NO_SUCH_COMMIT = "The repository has no such commit any more. Correct the ref."


class _Known(NamedTuple):
    """A pattern of git's own words, in the order in which they are looked for, and the sentence for them."""

    pattern: re.Pattern[str]
    sentence: str


_KNOWN = tuple(
    _Known(re.compile(pattern, re.IGNORECASE), sentence)
    for pattern, sentence in (
        (r"Authentication failed|returned error: (401|403)",
         "The repository's host refused the sign-in. Correct the token, or what it may read."),
        (r"could not read (Username|Password)|terminal prompts disabled",
         "The repository is private: its host asks for a sign-in. Choose a credential, or paste a token."),
        (r"repository .* not found|returned error: (404|410)|remote: Repository not found",
         "There is no repository at this URL, or the token does not open it."),
        (r"returned error: 3\d\d|unable to update url base from redirection",
         "The host redirects elsewhere, which is not followed. Use the URL that it leads to."),
        (r"returned error: (429|5\d\d)", "The repository's host is out of order at the moment. Run again later."),
        (r"certificate|SSL_|handshake",
         "The host's certificate is not one that is trusted here. The operator can name a CALLBOARD_CA_BUNDLE."),
        (r"Operation too slow|timed out|timeout",
         "The repository's host is too slow, or does not answer."),
        (r"Couldn't connect|Failed to connect|Connection refused|Connection reset|Could not resolve|unreachable",
         "The repository's host could not be reached."),
        (r"not our ref|unadvertised object|couldn't find remote ref|no such remote ref",
         NO_SUCH_COMMIT),
        (r"dumb http|does not support shallow|not valid: is this a git repository",
         "What answers there is no git server that can be cloned from."),
        (r"out of memory|Cannot allocate memory|mmap failed|malloc",
         "The repository needs more memory to be read than there is for it. Use a smaller one."),
        (r"No space left on device", "The disk of the worker's machine is full."),
        (r"^fatal: fsck error|error in (object|tree|commit|tag|blob)|fsck error",
         "The repository holds objects that are not safe to unpack. `git fsck` on a clone of it says which."),
        (r"early EOF|hung up|RPC failed|bad pack|invalid index-pack|pack has|disconnect|recv (error|failure)",
         "The host broke off in the middle of the repository. Run again."),
    )
)  # fmt: skip


def too_large(most_bytes: int) -> str:
    return f"The repository is larger than {most_bytes // _MEBIBYTE} MB. Use a smaller one."


def sentence_of(said: str, code: int) -> str:
    """Return what happened, by a command's last words and how it ended."""
    words = _ESCAPE.sub("", said.replace("\r", "\n"))
    for known in _KNOWN:
        if known.pattern.search(words):
            return known.sentence
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    last = next((line for line in reversed(lines) if line.startswith(("fatal:", "error:"))), lines[-1] if lines else "")
    last = last.removeprefix("fatal:").removeprefix("error:").strip()
    return f"git failed: {last[:_LONGEST_WORDS]}" if last else f"git ended with code {code}, without a word."
