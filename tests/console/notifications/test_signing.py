import hashlib
import hmac

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
