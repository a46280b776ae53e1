import pytest

from agents.outgoing.policy import MODELS, BadTrustedHost, guarded
from tests.agents.outgoing.test_addresses import INSIDE, METADATA_AND_THEIR_LIKE


@pytest.mark.parametrize("address", INSIDE)
def test_tools_may_not_ask_what_is_inside(address):
    assert "private address" in guarded([]).problem("inside.example", address, 443)


@pytest.mark.parametrize("address", METADATA_AND_THEIR_LIKE)
def test_no_trust_reaches_metadata(address):
    trusting = guarded(["inside.example", "0.0.0.0/0", "::/0"])
    assert "metadata address" in trusting.problem("inside.example", address, 80)
    assert "metadata address" in MODELS.problem("inside.example", address, 80)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.5", "fd12::1"])
def test_models_may_be_served_inside_at_any_port(address):
    assert MODELS.problem("vllm", address, 11434) == ""


@pytest.mark.parametrize(
    ("entry", "host", "address", "port"),
    [
        ("gitlab.internal", "GitLab.internal", "10.1.2.3", 22),
        ("gitlab.internal:8443", "gitlab.internal", "10.1.2.3", 8443),
        ("10.1.0.0/16", "anything", "10.1.2.3", 443),
        ("10.1.2.3", "anything", "10.1.2.3", 9000),
        ("10.1.2.3:9000", "anything", "10.1.2.3", 9000),
        ("[::1]:9000", "::1", "::1", 9000),
        ("fd12::/16", "anything", "fd12::9", 443),
    ],
)
def test_what_the_operator_trusts_may_be_asked(entry, host, address, port):
    assert guarded([entry]).problem(host, address, port) == ""


@pytest.mark.parametrize(
    ("entry", "host", "address", "port"),
    [
        ("gitlab.internal:8443", "gitlab.internal", "10.1.2.3", 443),
        ("gitlab.internal", "evil.gitlab.internal", "10.1.2.3", 443),
        ("10.1.0.0/16", "anything", "10.2.0.1", 443),
        ("10.1.2.3:9000", "anything", "10.1.2.3", 9001),
    ],
)
def test_trust_ends_at_the_host_and_the_port(entry, host, address, port):
    assert "CALLBOARD_TRUSTED_HOSTS" in guarded([entry]).problem(host, address, port)


@pytest.mark.parametrize(("port", "is_asked"), [(80, True), (443, True), (8443, True), (22, False), (6379, False)])
def test_of_public_hosts_the_ports_of_the_web_are_asked(port, is_asked):
    assert (guarded([]).problem("example.com", "8.8.8.8", port) == "") is is_asked


@pytest.mark.parametrize("entry", ["", "host:0", "host:http", "host:99999", "https://host/", "a b", "10.1.0.0/99"])
def test_an_entry_that_can_not_be_read_is_named(entry):
    with pytest.raises(BadTrustedHost):
        guarded([entry])
