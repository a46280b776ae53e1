import pytest

from console.embedded import broker
from console.embedded.errors import CannotStart


def test_a_server_of_the_machine_comes_before_the_old_one_of_a_package(monkeypatch, tmp_path):
    program = tmp_path / "valkey-server"
    program.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert broker.server() == (program, False)


def test_without_any_broker_it_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(broker, "find_spec", lambda _: None)
    with pytest.raises(CannotStart, match="apt-get install"):
        broker.server()
