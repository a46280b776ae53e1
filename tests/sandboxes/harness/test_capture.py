"""What of an agent's doings becomes a step."""

import http.server
import socket
import threading

import pytest

from sandboxes.trajectories.steps import StepKind


def agent(body, before=""):
    head = f"import os, subprocess, sys\n{before}\ndef run(task_input, *, proxy_url, run_token):\n"
    return f"{head}    {body}\n    return 'done'\n"


class _Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(404 if "missing" in self.path else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def do_POST(self):
        self.do_GET()

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answer) as listening:
        listening.daemon_threads = True
        thread = threading.Thread(target=listening.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}"
        listening.shutdown()
        thread.join()


def test_what_a_process_says_and_how_it_ends(harness):
    command = "echo out; echo err >&2; sleep 0.2; exit 4"

    (step,) = harness.run(agent(f"subprocess.run({command!r}, shell=True, capture_output=True)")).steps

    assert (step.title, step.is_ok) == (command, False)
    assert (step.detail.exit_code, step.detail.stdout, step.detail.stderr) == (4, "out\n", "err\n")
    assert 200 <= step.duration_ms < 2000


def test_a_process_that_can_not_be_started_says_why(harness):
    body = "try: subprocess.run(['no-such-program', 'x'])\n    except FileNotFoundError: pass"

    (step,) = harness.run(agent(body)).steps

    assert (step.detail.argv, step.is_ok) == (["no-such-program", "x"], False)
    assert step.detail.error.startswith("FileNotFoundError")


def test_long_output_of_a_process_keeps_its_two_ends(harness):
    body = "subprocess.run([sys.executable, '-c', \"print('a' * 100000 + 'end')\"], capture_output=True)"

    (step,) = harness.run(agent(body)).steps

    assert len(step.detail.stdout) < 17_000
    assert step.detail.stdout.endswith("aend\n")
    assert "characters left out" in step.detail.stdout


@pytest.mark.parametrize(
    "call",
    [
        "subprocess.check_output(['echo', 'x'])",
        "subprocess.Popen(['echo', 'x'], stdout=subprocess.PIPE).communicate()",
        "subprocess.getoutput('echo x')",
        "os.popen('echo x').read()",
        "os.system('echo x >/dev/null')",
        "os.waitpid(os.posix_spawn('/bin/echo', ['echo', 'x'], {}), 0)",
    ],
)
def test_every_way_to_start_a_process_is_one_step(harness, call):
    (step,) = (step for step in harness.run(agent(call)).steps if step.kind is StepKind.SHELL)

    assert "echo x" in step.title


def test_a_subclass_of_popen_is_seen_too(harness):
    before = """
class Mine(subprocess.Popen):
    def __init__(self, word):
        super().__init__(['echo', word], stdout=-1)
"""

    (step,) = harness.run(agent("p = Mine('hi'); p.wait(); p.stdout.close(); assert p.returncode == 0", before)).steps

    assert (step.title, step.detail.exit_code) == ("echo hi", 0)


def test_files_written_read_renamed_and_removed(harness, tmp_path):
    body = f"""here = '{tmp_path}/'
    open(here + 'a', 'w').write('one')
    open(here + 'a').read()
    open(here + 'a', 'a').write('two')
    os.rename(here + 'a', here + 'b')
    os.mkdir(here + 'c')
    os.close(os.open(here + 'd', os.O_WRONLY | os.O_CREAT))
    os.remove(here + 'b')
    os.symlink(here + 'd', here + 'e')
    try: open(here + 'nowhere')
    except FileNotFoundError: pass"""

    heard = harness.run(agent(body))

    assert heard.titles() == [
        "Wrote ~/a",
        "Read ~/a",
        "Appended to ~/a",
        "Renamed ~/a to ~/b",
        "Made folder ~/c",
        "Wrote ~/d",
        "Deleted ~/b",
        "Linked ~/e",
        "Read ~/nowhere (not there)",
    ]
    assert heard.steps[-1].is_ok is False


def test_a_written_file_is_shown_as_it_was_in_the_end(harness, tmp_path):
    body = f"open('{tmp_path}/text', 'w').write('grün' * 10000); open('{tmp_path}/bytes', 'wb').write(bytes(10))"

    text, binary = harness.run(agent(body)).steps

    assert text.detail.size == 50_000
    assert text.detail.text.startswith("grüngrün")
    assert (binary.detail.size, binary.detail.text) == (10, None)


def test_neither_imports_nor_installed_packages_nor_the_system_are_steps(harness):
    files = {"helper.py": "import json, decimal\n", "site-packages/pkg.py": "x = 1\n"}
    body = "sys.path.append('site-packages'); import pkg, xml.dom.minidom; open('/etc/hostname').read()"

    assert harness.run(agent(body, "import helper"), files).steps == ()


def test_reading_ones_own_data_is_a_step(harness):
    heard = harness.run(agent("open('data.json').read()"), {"data.json": "{}"})

    assert heard.titles() == ["Read ~/agent/data.json"]


REQUESTS = {
    "urllib": "import urllib.request; urllib.request.urlopen(URL + '/x?q=1').read()",
    "http.client": """import http.client
    connection = http.client.HTTPConnection(URL[7:])
    connection.request('GET', '/x?q=1')
    connection.getresponse().read()
    connection.close()""",
    "httpx": "import httpx; httpx.get(URL + '/x?q=1')",
    "httpx in a coroutine": """import asyncio, httpx
    async def get():
        async with httpx.AsyncClient() as client: await client.get(URL + '/x?q=1')
    asyncio.run(get())""",
    "requests": "import requests; requests.get(URL + '/x?q=1')",
    "urllib3": "import urllib3; urllib3.PoolManager().request('GET', URL + '/x?q=1')",
}


@pytest.mark.parametrize("library", REQUESTS)
def test_an_http_request_is_one_step_with_its_status(harness, server, library):
    heard = harness.run(agent(REQUESTS[library], f"URL = {server!r}"))

    assert heard.final["type"] == "result", heard.final
    (step,) = heard.steps
    assert step.title == f"GET {server}/x?q=1 200"
    assert (step.kind, step.is_ok, step.detail.status) == (StepKind.HTTP, True, 200)
    assert step.duration_ms is not None


def test_requests_of_aiohttp_are_seen_where_it_sends_them(harness):
    library = """
class Answer:
    status = 201

class ClientSession:
    async def _request(self, method, url, **options):
        return Answer()
"""
    files = {"aiohttp/__init__.py": "from aiohttp.client import ClientSession\n", "aiohttp/client.py": library}
    body = "import aiohttp, asyncio; asyncio.run(aiohttp.ClientSession()._request('post', 'http://a.test/b'))"

    assert harness.run(agent(body), files).titles() == ["POST http://a.test/b 201"]


def test_a_request_that_is_refused_by_the_server_is_not_well(harness, server):
    body = f"""import urllib.request, urllib.error
    try: urllib.request.urlopen('{server}/missing', b'x')
    except urllib.error.HTTPError as error: error.close()"""

    (step,) = harness.run(agent(body)).steps

    assert (step.title, step.is_ok) == (f"POST {server}/missing 404", False)


def test_a_request_that_gets_no_answer_says_why(harness):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    body = f"import httpx\n    try: httpx.get('http://127.0.0.1:{port}/')\n    except httpx.ConnectError: pass"

    (step,) = harness.run(agent(body)).steps

    assert step.is_ok is False
    assert "ConnectError" in step.detail.error


def test_a_bare_connection_is_a_step(harness, server):
    port = int(server.rpartition(":")[2])
    body = f"import socket; socket.create_connection(('127.0.0.1', {port})).close()"

    assert harness.run(agent(body)).titles() == [f"CONNECT 127.0.0.1:{port}"]


def test_times_run_from_the_start(harness, tmp_path):
    body = f"""import time
    for name in "ab":
        time.sleep(0.3)
        open('{tmp_path}/' + name, 'w').close()"""

    first, second = harness.run(agent(body)).steps

    assert 300 <= first.started_ms < 5000
    assert 300 <= second.started_ms - first.started_ms < 2000
    assert (first.index, second.index) == (0, 1)
