"""The run's proxy is at hand inside, though the network is closed."""

import http.server
import socketserver
import threading

import pytest

from sandboxes.base import SandboxSpec
from sandboxes.paths import PROXY_URL
from sandboxes.python_agent import PythonJob, relayed, run_python_agent


class _Answer(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        said = self.rfile.read(int(self.headers["Content-Length"]))
        body = f"{self.path} {self.headers['Authorization']} {len(said)}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

    def address_string(self):
        return "unix"


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


@pytest.fixture(scope="module")
def proxy_socket(tmp_path_factory):
    """A proxy on a socket that only its owner may connect to, in a folder that only its owner may enter."""
    path = tmp_path_factory.mktemp("proxy") / "proxy.sock"
    with _Server(str(path), _Answer) as server:
        path.chmod(0o600)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield path
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def proxied(backend, proxy_socket):
    with backend.open(SandboxSpec(proxy_socket=proxy_socket)) as sandbox:
        yield sandbox


_CALL = """
import os, urllib.request

def call(size, proxy_url):
    request = urllib.request.Request(proxy_url + "/tools/x", b"x" * size, {"Authorization": "Bearer t"})
    return urllib.request.urlopen(request, timeout=10).read().decode()

def run(task_input, *, proxy_url, run_token):
    assert os.environ["PIPELINES_ODYSSEY_PROXY_URL"] == proxy_url
    assert os.environ["PIPELINES_RUN_TOKEN"] == run_token
    return call(3, proxy_url) + " " + run_token
"""


def test_any_command_reaches_the_proxy_by_an_ordinary_url(proxied):
    code = f"{_CALL}\nprint(call(5_000_000, {PROXY_URL!r}))"

    result = proxied.exec(relayed(["python3", "-c", code]))

    assert (result.stdout_text, result.exit_code) == ("/tools/x Bearer t 5000000\n", 0), result.stderr_text


def test_a_relayed_command_has_its_own_exit_code_and_children(proxied):
    code = "import os\ntry: os.wait()\nexcept ChildProcessError: print('no children')\nraise SystemExit(7)"

    result = proxied.exec(relayed(["python3", "-c", code]))

    assert (result.stdout_text, result.exit_code) == ("no children\n", 7)


def test_many_calls_at_once_are_all_carried(proxied):
    code = f"""{_CALL}
import concurrent.futures
with concurrent.futures.ThreadPoolExecutor(30) as pool:
    answers = list(pool.map(lambda n: call(n, {PROXY_URL!r}), range(200)))
print(answers == [f"/tools/x Bearer t {{n}}" for n in range(200)])
"""

    assert proxied.exec(relayed(["python3", "-c", code])).stdout == b"True\n"


def test_a_python_agent_reaches_the_proxy_and_only_its_own_request_is_seen(proxied):
    proxied.write("/home/user/agent/main.py", _CALL.encode())

    outcome = run_python_agent(proxied, PythonJob({}, run_token="token", has_proxy=True))

    assert outcome.final_response == "/tools/x Bearer t 3 token"
    assert [step.title for step in outcome.steps] == [f"POST {PROXY_URL}/tools/x 200"]


def test_without_the_proxy_behind_it_a_connection_just_ends(backend, tmp_path):
    with backend.open(SandboxSpec(proxy_socket=tmp_path / "nobody.sock")) as sandbox:
        result = sandbox.exec(relayed(["python3", "-c", f"{_CALL}\ncall(1, {PROXY_URL!r})"]))

    assert result.exit_code == 1
    assert "RemoteDisconnected" in result.stderr_text or "ConnectionResetError" in result.stderr_text
