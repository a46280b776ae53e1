import pytest

from sandboxes.base import SandboxSpec
from sandboxes.environment import CA_VARIABLES
from sandboxes.errors import SandboxUnavailable
from sandboxes.paths import CA_BUNDLE

_PEM = "-----BEGIN CERTIFICATE-----\nbm90IHJlYWxseQ==\n-----END CERTIFICATE-----\n"


@pytest.fixture
def bundle(tmp_path):
    file = tmp_path / "corporate.pem"
    file.write_text(_PEM)
    file.chmod(0o600)
    return file


def test_programs_inside_are_told_to_trust_the_bundle(backend, bundle):
    with backend.open(SandboxSpec(ca_bundle=bundle)) as sandbox:
        shown = sandbox.exec(["sh", "-c", f"env; cat {CA_BUNDLE}"]).stdout_text

    assert all(f"{name}={CA_BUNDLE}\n" in shown for name in CA_VARIABLES)
    assert shown.endswith(_PEM)


def test_without_a_bundle_the_systems_own_certificates_hold(sandbox):
    code = "import ssl; print(len(ssl.create_default_context().get_ca_certs()) > 50)"

    assert sandbox.exec(["python3", "-c", code]).stdout == b"True\n"
    assert "CERT" not in sandbox.exec(["env"]).stdout_text


def test_a_bundle_that_is_not_there_is_told_before_anything_runs(backend, tmp_path):
    with pytest.raises(SandboxUnavailable, match="certificates"):
        backend.open(SandboxSpec(ca_bundle=tmp_path / "missing.pem"))
