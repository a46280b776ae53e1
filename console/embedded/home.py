"""Where an instance keeps what is its own, and the secrets made for it at its first start."""

import base64
import hashlib
import json
import os
import secrets
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

#: A Unix socket has room for 107 bytes of path on Linux (unix(7)). The longest name in the folder, a proxy, has 24.
_LONGEST_SOCKET_FOLDER = 80


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of one instance, `CALLBOARD_HOME`."""

    path: Path

    @property
    def postgres(self) -> Path:
        return self.path / "postgres"

    @property
    def broker(self) -> Path:
        return self.path / "broker"

    @property
    def files(self) -> Path:
        """Archives, artifacts, exports: what Django's file storage holds."""
        return self.path / "files"

    @property
    def cache(self) -> Path:
        """What can be made again: unpacked archives, clones."""
        return self.path / "cache"

    @property
    def sandboxes(self) -> Path:
        """Folders of sandboxes that are open now."""
        return self.path / "sandboxes"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def lock(self) -> Path:
        """Held by the process that keeps the instance up, whose number it holds."""
        return self.path / "up.lock"

    @property
    def sockets(self) -> Path:
        """The folder of the database's and the broker's sockets; elsewhere where the path would be too long."""
        inside = self.path / "sockets"
        if len(os.fsencode(inside)) <= _LONGEST_SOCKET_FOLDER:
            return inside
        digest = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"callboard-{os.getuid()}-{digest}"

    @property
    def database(self) -> dict[str, object]:
        """Return Django's settings of the embedded database."""
        return {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": str(self.sockets),
            "NAME": "callboard",
            "USER": "callboard",
        }

    @property
    def redis_url(self) -> str:
        return f"unix://{self.sockets / 'broker.sock'}"

    def make_folders(self) -> None:
        """Create every folder, private to the user that runs Callboard."""
        for folder in (self.path, self.broker, self.files, self.cache, self.sandboxes, self.logs, self.sockets):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def secrets(self) -> dict[str, str]:
        """Return this instance's own secret key and key ring, made on first use and kept in a private file."""
        file = self.path / "secrets.json"
        if not file.exists():
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            made = {
                "secret_key": secrets.token_urlsafe(48),
                "keys": f"k1:{base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()}",
            }
            _write_once(file, json.dumps(made))
        return dict(json.loads(file.read_text()))

    def put_key_first(self, key: str) -> None:
        """Put a key, as `id:base64`, before the others of this instance's own key ring."""
        kept = self.secrets()
        kept["keys"] = f"{key},{kept['keys']}"
        draft = self.path / f"secrets.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(kept))
        draft.replace(self.path / "secrets.json")


def _write_once(file: Path, text: str) -> None:
    """Write a private file, unless another process of the same instance was faster."""
    draft = file.with_suffix(f".{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(text)
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def wheel_folder(package: str) -> Path:
    """Return where an installed package lies, without running any of its code."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"The package {package} is not installed. Run `make up`, which installs it.")
    return Path(spec.origin).parent
