"""An OpenID Connect provider of our own, on a real socket: it signs in whoever it is told to, and checks as it should.

    with IdentityProvider() as provider:
        provider.person = {"sub": "1", "email": "ada@example.com", "email_verified": True, "name": "Ada"}
        back = provider.authorize(where_callboard_sent_the_browser)  # the address to come back to, with a code

A code is given out once, only to the client with the secret, and only with the verifier whose challenge came first.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID, CLIENT_SECRET = "callboard", "the client's secret"


class IdentityProvider:
    """One provider. `asked` is the query it was last asked with; `refused` says why it last gave no token."""

    def __init__(self) -> None:
        self.person: dict[str, Any] = {}
        self.audience = CLIENT_ID
        self.asked: dict[str, str] = {}
        self.refused = ""
        self._challenges: dict[str, str] = {}
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = urlsplit(self.path).path
                answer = {"/.well-known/openid-configuration": provider._about, "/userinfo": provider._userinfo}[path]()
                self._send(200, answer)

            def do_POST(self) -> None:
                sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
                provider.refused = provider._problem({key: value[0] for key, value in parse_qs(sent).items()})
                failed = {"error": "invalid_grant", "error_description": provider.refused}
                self._send(400 if provider.refused else 200, failed if provider.refused else provider._tokens())

            def _send(self, status: int, body: dict[str, Any]) -> None:
                text = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: object) -> None:
                """Say nothing: tests read what happened from the provider."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def authorize(self, address: str) -> str:
        """Sign the person in as a browser at this address would be, and return where it is sent back to."""
        self.asked = dict(parse_qsl(urlsplit(address).query))
        code = secrets.token_urlsafe(16)
        self._challenges[code] = self.asked.get("code_challenge", "")
        return f"{self.asked['redirect_uri']}?{urlencode({'code': code, 'state': self.asked['state']})}"

    def _about(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def _userinfo(self) -> dict[str, Any]:
        return self.person

    def _problem(self, sent: dict[str, str]) -> str:
        challenge = self._challenges.pop(sent.get("code", ""), None)
        if challenge is None:
            return "the code is unknown or used"
        if (sent.get("client_id"), sent.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return "this is not the client"
        digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        if not challenge or base64.urlsafe_b64encode(digest).decode().rstrip("=") != challenge:
            return "the verifier does not fit the challenge"
        return ""

    def _tokens(self) -> dict[str, Any]:
        now = int(time.time())
        claims = {**self.person, "iss": self.url, "aud": self.audience, "iat": now, "exp": now + 300}
        token = jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": "one"})
        return {"access_token": secrets.token_urlsafe(16), "token_type": "Bearer", "id_token": token}
