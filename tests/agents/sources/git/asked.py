"""Git sources as they are asked for."""

URL = "https://github.com/acme/agent.git"
TOKEN = "ghp_0123456789abcdefABCDEF"
OTHER = "ghp_another0123456789token"


def git(url: str = URL, ref: str = "", **auth: object) -> dict[str, object]:
    return {"kind": "git", "url": url, "ref": ref, "auth": {"mode": "none", **auth}}
