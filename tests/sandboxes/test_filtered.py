"""A sandbox with a filtered way out has an HTTP proxy for everything, and no other way."""

import http.server
import socketserver
import threading

import pytest

from sandboxes import paths
from sandboxes.base import SandboxSpec
from tests.sandboxes.test_isolation import connect


class _Said(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = f"asked for {self.path}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


@pytest.fixture(scope="module")
def filtered(backend, tmp_path_factory):
    path = tmp_path_factory.mktemp("egress") / "egress.sock"
    with _Server(str(path), _Said) as server:
        path.chmod(0o600)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        with backend.open(SandboxSpec(egress_socket=path)) as sandbox:
            yield sandbox
        server.shutdown()
        thread.join()


_ASK = "import urllib.request; print(urllib.request.urlopen('http://example.test/x', timeout=10).read().decode())"


def test_any_command_is_told_of_the_way_out(filtered):
    result = filtered.exec(["python3", "-c", _ASK])

    assert result.stdout_text == "asked for http://example.test/x\n", result.stderr_text


def test_a_command_in_another_folder_has_it_too(filtered):
    result = filtered.exec(["sh", "-c", f'pwd; python3 -c "{_ASK}"'], cwd=paths.TMP)

    assert result.stdout_text == f"{paths.TMP}\nasked for http://example.test/x\n", result.stderr_text


def test_a_command_has_its_own_exit_code_and_children(filtered):
    code = "import os\ntry: os.wait()\nexcept ChildProcessError: print('no children')\nraise SystemExit(7)"

    result = filtered.exec(["python3", "-c", code])

    assert (result.stdout_text, result.exit_code) == ("no children\n", 7)


def test_a_command_that_is_not_there_ends_as_in_any_other_sandbox(filtered):
    assert filtered.exec(["no-such-command"]).exit_code == 127


@pytest.mark.parametrize("address", ["1.1.1.1", "10.0.0.1", "169.254.169.254"])
def test_there_is_no_other_way_out(filtered, address):
    assert connect(filtered, "AF_INET", address, "80") == "refused OSError\n"


def test_without_one_nothing_is_told_of_a_proxy(sandbox):
    result = sandbox.exec(["sh", "-c", "env | grep -i proxy; true"])

    assert result.stdout == b""
