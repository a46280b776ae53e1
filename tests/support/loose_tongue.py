"""An agent that tells everything it was given, in every way and spelling that it can think of.

Runs in a sandbox, so it knows nothing but the standard library. `SPELLINGS` and `CANARY` are for tests, too.
"""

# ruff: noqa: T201  # telling is what it is for

import base64
import json
import logging
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from urllib.parse import quote, quote_plus

#: No secret: wherever this is not found, the search has looked in the wrong place.
CANARY = "chickadee-in-the-coal-mine"

SPELLINGS = {
    "plain": str,
    "base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "base64 of user and secret": lambda secret: base64.b64encode(b"user:" + secret.encode()).decode(),
    "base64 behind two bytes": lambda secret: base64.b64encode(b"ab" + secret.encode() + b"cd").decode(),
    "base64 for URLs": lambda secret: base64.urlsafe_b64encode(secret.encode()).decode(),
    "hexadecimal": lambda secret: secret.encode().hex(),
    "hexadecimal, large": lambda secret: secret.encode().hex().upper(),
    "in a URL": quote,
    "in a part of a URL": lambda secret: quote(secret, safe=""),
    "in a form": quote_plus,
    "in JSON": lambda secret: json.dumps(secret)[1:-1],
    "in JSON as it is": lambda secret: json.dumps(secret, ensure_ascii=False)[1:-1],
}


def run(task_input, *, proxy_url, run_token):
    secrets = [os.environ[f"SECRET_{number}"] for number in range(10)]
    told = [f"{CANARY} {spell(secret)}" for secret in secrets for spell in SPELLINGS.values()]
    _print(told)
    _write(told)
    _call(told)
    _ask(secrets)
    if "fail" in task_input["user_instruction"]:
        raise RuntimeError("; ".join(told))
    return {"final_response": "\n".join(told)}


def _print(told):
    for text in told:
        print(text)
        print(text, file=sys.stderr)
        logging.getLogger("tongue").warning(text)
    for text in told:  # in pieces, each of which leaves by itself
        for start in range(0, len(text), 7):
            sys.stdout.write(text[start : start + 7])
            sys.stdout.flush()
        print()
    for text in told[:: len(SPELLINGS)]:  # just where a text of a step is cut
        print("x" * (16 * 1024 - 20 - len(CANARY)) + text)


def _write(told):
    home = Path.home()
    (home / "all.txt").write_text("\n".join(told))
    (home / "workspace").mkdir(exist_ok=True)
    (home / "workspace" / "long.txt").write_text("".join("y" * 8_170 + text for text in told))
    for number, text in enumerate(told[:: len(SPELLINGS)]):
        name = text.partition(" ")[2][:80].replace("/", "_")
        Path(f"/tmp/{CANARY}-{name}-{number}").write_text(text)  # noqa: S108  # of the sandbox


def _call(told):
    for text in told:
        subprocess.run(["echo", text], capture_output=True, text=True, check=True)
    subprocess.run(["sh", "-c", 'echo "$SECRET_0" "$SECRET_1" >&2; env'], capture_output=True, check=True)
    for text in told[:: len(SPELLINGS)]:
        subprocess.run(["echo", "z" * 150, text], check=True)


def _ask(secrets):
    for secret in secrets:
        headers = {
            "Authorization": "Bearer " + quote(secret, safe=""),
            "X-Key": base64.b64encode(secret.encode()).decode(),
        }
        address = f"http://127.0.0.1:9/{CANARY}?key={quote(secret)}"
        try:
            urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=2)
        except OSError as error:
            print(f"{CANARY} {address} {headers}: {error}")
