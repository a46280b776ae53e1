import pytest

from agents.credentials import BadKeyRing, KeyRing, SecretUnreadable, reveal
from agents.errors import CredentialInUse, CredentialInvalid, CredentialNameTaken
from agents.models import Credential
from agents.services.agents import agent_register
from agents.services.credentials import credential_create, credential_delete, credential_rotate
from console.models import AuditEntry

SECRET = "sk-test-1234567890-abcd"


def test_a_secret_is_stored_sealed_and_can_be_revealed(admin):
    credential = credential_create(actor=admin, name="key", value=SECRET)
    assert SECRET not in credential.ciphertext
    assert credential.hint == "abcd"
    assert reveal(credential) == SECRET


def test_a_sealed_secret_opens_in_its_own_row_alone(admin):
    mine = credential_create(actor=admin, name="mine", value=SECRET)
    other = credential_create(actor=admin, name="other", value="something else")
    Credential.objects.filter(pk=other.pk).update(ciphertext=mine.ciphertext)
    other.refresh_from_db()
    with pytest.raises(SecretUnreadable):
        reveal(other)


def test_every_key_of_the_ring_opens_and_the_first_one_seals():
    old, new = "a:" + "A" * 43 + "=", "b:" + "B" * 42 + "A="
    sealed = KeyRing.parse(old).seal(SECRET, "row")
    assert KeyRing.parse(f"{new},{old}").open(sealed, "row") == SECRET
    with pytest.raises(SecretUnreadable):
        KeyRing.parse(new).open(sealed, "row")


@pytest.mark.parametrize("text", ["", "k1", "k1:short", ":AAAA"])
def test_a_bad_key_ring_is_refused_without_showing_it(text):
    with pytest.raises(BadKeyRing) as raised:
        KeyRing.parse(text)
    assert "short" not in str(raised.value)


def test_rotation_replaces_the_value(admin):
    credential = credential_create(actor=admin, name="key", value=SECRET)
    credential_rotate(actor=admin, credential=credential, value="another secret value")
    assert reveal(credential) == "another secret value"


def test_a_credential_in_use_is_not_deleted(admin):
    credential = credential_create(actor=admin, name="key", value=SECRET)
    code = "def run(task_input, **rest): ..."
    agent_register(
        actor=admin,
        name="user of it",
        spec={
            "source": {"kind": "paste", "code": code},
            "env": [{"name": "K", "credential_id": credential.public_id}],
        },
    )
    with pytest.raises(CredentialInUse, match="user of it"):
        credential_delete(actor=admin, credential=credential)


def test_names_are_unique_and_values_long_enough_to_mask(admin):
    credential_create(actor=admin, name="key", value=SECRET)
    with pytest.raises(CredentialNameTaken):
        credential_create(actor=admin, name="key", value=SECRET)
    with pytest.raises(CredentialInvalid):
        credential_create(actor=admin, name="short", value="1234567")


@pytest.mark.parametrize(("name", "value"), [("a\0b", SECRET), ("key", f"{SECRET}\0"), ("key", f"{SECRET}\ud800")])
def test_what_cannot_be_stored_is_refused(admin, name, value):
    with pytest.raises(CredentialInvalid, match="can’t be stored"):
        credential_create(actor=admin, name=name, value=value)


def test_the_audit_trail_never_holds_the_value(admin):
    credential = credential_create(actor=admin, name="key", value=SECRET)
    credential_rotate(actor=admin, credential=credential, value=SECRET + "2")
    assert SECRET not in repr(list(AuditEntry.objects.values()))
