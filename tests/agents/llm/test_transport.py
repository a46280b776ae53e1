"""The way out, over real sockets and real certificates."""

import datetime as dt
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from agents.errors import ModelCallFailed
from agents.llm.client import ask
from agents.llm.prompt import Message, Prompt, Speaker
from agents.llm.retrying import Patience
from agents.models import Purpose
from agents.outgoing import transport
from tests.factories import ModelEndpointFactory
from tests.support.model_server import ModelServer


@pytest.fixture
def tls(tmp_path, settings):
    """A server's certificate for the name `localhost`, which the operator's bundle vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(tz=dt.UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    (tmp_path / "bundle.pem").write_bytes(pem)
    (tmp_path / "server.pem").write_bytes(
        pem
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    settings.CALLBOARD_CA_BUNDLE = str(tmp_path / "bundle.pem")
    transport._certificates.cache_clear()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem")
    yield context
    transport._certificates.cache_clear()


def call(project, url: str) -> str:
    endpoint = ModelEndpointFactory(organization=project.organization, base_url=url)
    prompt = Prompt("Be brief.", (Message(Speaker.USER, "Say a word."),))
    return ask(endpoint=endpoint, prompt=prompt, purpose=Purpose.TEST, patience=Patience(attempts=1)).text


def test_a_certificate_is_checked_against_the_name_and_not_the_address(project, tls):
    with ModelServer(tls=tls) as server:
        assert call(project, f"https://localhost:{server.port}/v1") == "OK"
        assert server.requests[0].headers["host"] == f"localhost:{server.port}"


def test_a_certificate_for_another_name_is_refused(project, tls):
    with ModelServer(tls=tls) as server:
        with pytest.raises(ModelCallFailed, match="certificate verify failed"):
            call(project, f"https://127.0.0.1:{server.port}/v1")
        assert not server.requests


def test_a_name_is_refused_if_any_of_its_addresses_is(project, monkeypatch):
    async def addresses(*_):
        return ["127.0.0.1", "169.254.169.254"]

    monkeypatch.setattr(transport, "addresses_of", addresses)
    with pytest.raises(ModelCallFailed, match=r"The host rebound\.example is at a link-local or metadata address"):
        call(project, "http://rebound.example/v1")


def test_each_address_of_a_name_is_tried(project, monkeypatch):
    with ModelServer() as server:

        async def addresses(*_):
            return ["127.0.0.9", "127.0.0.1"]

        monkeypatch.setattr(transport, "addresses_of", addresses)
        assert call(project, f"http://models.example:{server.port}/v1") == "OK"


def test_variables_of_the_environment_do_not_lead_elsewhere(project, monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "OPENAI_BASE_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-platform")
    with ModelServer() as server:
        assert call(project, server.openai_url) == "OK"
        assert "sk-of-the-platform" not in str(server.requests[0].headers)
