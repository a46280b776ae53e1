from itertools import islice

import pytest

from agents import credentials
from agents.credentials import reveal
from agents.models import Credential
from agents.rekeying import credentials_by_key, rekey, under_old_keys
from agents.services.credentials import credential_create
from console.ops.doctor import examine_keys
from sandboxes.report import Level

OLD, NEW = "old:" + "A" * 43 + "=", "new:" + "B" * 42 + "A="


@pytest.fixture
def ring(settings, monkeypatch):
    """Set the key ring, as a restart of every process would."""

    def use(*keys: str) -> None:
        settings.CALLBOARD_KEYS = ",".join(keys)
        monkeypatch.setattr(credentials, "_current", credentials._Current())

    use(OLD)
    return use


@pytest.fixture
def three(admin, ring):
    return [
        credential_create(actor=admin, name=f"key {number}", value=f"secret number {number}") for number in range(3)
    ]


def values() -> list[str]:
    return [reveal(row) for row in Credential.objects.order_by("name")]


def finding() -> tuple[Level, str]:
    line = next(iter(examine_keys()))
    return line.level, line.text


def test_a_new_first_key_changes_nothing_by_itself(three, ring):
    ring(NEW, OLD)
    assert (credentials_by_key(), len(values())) == ({"old": 3}, 3)


def test_every_credential_goes_under_the_first_key_and_opens_without_the_old_one(three, ring):
    ring(NEW, OLD)
    assert [found.problem for found in rekey()] == ["", "", ""]
    ring(NEW)
    assert (credentials_by_key(), values()) == ({"new": 3}, [f"secret number {number}" for number in range(3)])


def test_it_can_be_stopped_and_goes_on_where_it_was(three, ring):
    ring(NEW, OLD)
    assert len(list(islice(rekey(), 1))) == 1
    assert credentials_by_key() == {"old": 2, "new": 1}
    assert len(list(rekey())) == 2
    assert list(rekey()) == []


def test_a_credential_that_no_key_opens_stays_and_does_not_stop_the_others(three, ring):
    Credential.objects.filter(pk=three[0].pk).update(ciphertext=three[1].ciphertext)
    ring(NEW, OLD)
    assert [bool(found.problem) for found in rekey()] == [True, False, False]
    assert under_old_keys().get() == three[0]


def test_the_name_and_the_hint_stay(three, ring):
    before = list(Credential.objects.order_by("pk").values("name", "hint", "rotated_at"))
    ring(NEW, OLD)
    list(rekey())
    assert list(Credential.objects.order_by("pk").values("name", "hint", "rotated_at")) == before


def test_the_doctor_says_what_is_under_older_keys_and_what_is_lost(three, ring):
    assert finding()[0] is Level.OK
    ring(NEW, OLD)
    assert finding() == (Level.WARNING, "2 keys, new encrypts; 3 credentials under older keys")
    ring(NEW)
    assert finding() == (Level.ERROR, "1 key, new encrypts; 3 credentials can't be opened")
