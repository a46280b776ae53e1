import hashlib
import hmac
import time
from pathlib import Path

import pytest

from console.notifications.signing import TOLERANCE_SECONDS, is_signed, signature

BODY = b'{"type":"run.waiting"}'


def test_the_signature_is_what_the_guide_says():
    expected = hmac.new(b"secret", b'1700000000.{"type":"run.waiting"}', hashlib.sha256).hexdigest()
    assert signature("secret", BODY, at=1_700_000_000) == f"t=1700000000,v1={expected}"


def test_a_receiver_can_tell():
    header = signature("secret", BODY, at=1_000)
    assert is_signed(header, "secret", BODY, now=1_000 + TOLERANCE_SECONDS)


@pytest.mark.parametrize(
    ("header", "secret", "body", "now"),
    [
        (signature("secret", BODY, at=1_000), "other", BODY, 1_000),
        (signature("secret", BODY, at=1_000), "secret", BODY + b" ", 1_000),
        (signature("secret", BODY, at=1_000), "secret", BODY, 1_000 + TOLERANCE_SECONDS + 1),
        (signature("secret", BODY, at=1_000).replace("t=1000", "t=1001"), "secret", BODY, 1_000),
        ("", "secret", BODY, 1_000),
        ("t=x,v1=y", "secret", BODY, 1_000),
    ],
)
def test_what_was_changed_or_is_old_is_not_signed(header, secret, body, now):
    assert not is_signed(header, secret, body, now=now)


def test_the_receiver_of_the_documentation_takes_what_we_sign():
    text = (Path(__file__).parents[3] / "docs/notifications.md").read_text()
    scope: dict = {}
    exec(text.split("```python\n")[1].split("```")[0], scope)  # noqa: S102  # our own documentation
    header = signature("secret", BODY, at=int(time.time()))
    assert scope["is_from_callboard"](header, "secret", BODY)
    assert not scope["is_from_callboard"](header, "other", BODY)
