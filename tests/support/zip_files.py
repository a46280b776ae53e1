"""Writes ZIP archives byte by byte, so that they can say anything of themselves."""

import struct
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

UNIX = 3
FILE, FOLDER, LINK, PIPE, DEVICE, SOCKET = 0o100644, 0o040755, 0o120777, 0o010644, 0o060644, 0o140644


@dataclass
class Packed:
    """One entry. What is None is what is true; everything else is said whether it is true or not."""

    name: str | bytes
    data: bytes = b""
    method: int = 8
    mode: int = FILE
    flags: int = 0
    system: int = UNIX
    crc: int | None = None
    size: int | None = None
    packed_size: int | None = None
    body: bytes | None = None
    local: dict[str, Any] = field(default_factory=dict)
    extra: bytes = b""
    local_extra: bytes = b""
    offset: int | None = None
    disk: int = 0

    @property
    def raw_name(self) -> bytes:
        return self.name if isinstance(self.name, bytes) else self.name.encode()

    @property
    def stored(self) -> bytes:
        if self.body is not None:
            return self.body
        return deflated(self.data) if self.method == 8 else self.data

    def fields(self) -> dict[str, int]:
        true = {"crc": zlib.crc32(self.data), "size": len(self.data), "packed_size": len(self.stored)}
        said = {"crc": self.crc, "size": self.size, "packed_size": self.packed_size}
        return {name: true[name] if said[name] is None else said[name] for name in true}


def deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def local(entry: Packed) -> bytes:
    said = {**entry.fields(), "flags": entry.flags, "method": entry.method, "name": entry.raw_name, **entry.local}
    name = said["name"]
    head = struct.pack(
        "<4s5H3L2H", b"PK\x03\x04", 20, said["flags"], said["method"], 0, 0x21, said["crc"], said["packed_size"],
        said["size"], len(name), len(entry.local_extra),
    )  # fmt: skip
    return head + name + entry.local_extra + entry.stored


def central(entry: Packed, offset: int) -> bytes:
    said = entry.fields()
    head = struct.pack(
        "<4s4B4HL2L5H2L", b"PK\x01\x02", 20, entry.system, 20, 0, entry.flags, entry.method, 0, 0x21, said["crc"],
        said["packed_size"], said["size"], len(entry.raw_name), len(entry.extra), 0, entry.disk, 0, entry.mode << 16,
        offset if entry.offset is None else entry.offset,
    )  # fmt: skip
    return head + entry.raw_name + entry.extra


def archive(
    *entries: Packed, before: bytes = b"", after: bytes = b"", comment: bytes = b"", large=None, **said
) -> bytes:
    """Return an archive; `said` overrides fields of the end record, `large` those of the one for large archives."""
    body, directory = bytearray(before), bytearray()
    for entry in entries:
        directory += central(entry, len(body) - len(before) if said.get("offsets_are_shifted") else len(body))
        body += local(entry)
    end = {"disk": 0, "first": 0, "here": len(entries), "count": len(entries), "size": len(directory),
           "offset": len(body), **{k: v for k, v in said.items() if k != "offsets_are_shifted"}}  # fmt: skip
    large_end = b"" if large is None else _large_end(end, len(body) + len(directory), large)
    record = struct.pack(
        "<4s4H2LH", b"PK\x05\x06", end["disk"], end["first"], end["here"], end["count"], end["size"], end["offset"],
        len(comment),
    )  # fmt: skip
    return bytes(body + directory + large_end + record + comment + after)


def _large_end(end: dict[str, int], place: int, large: dict[str, int]) -> bytes:
    said = {"count": end["count"], "size": end["size"], "offset": end["offset"], "at": place, "length": 44, **large}
    record = struct.pack(
        "<4sQ2H2L4Q", b"PK\x06\x06", said["length"], 45, 45, 0, 0, said["count"], said["count"], said["size"],
        said["offset"],
    )  # fmt: skip
    return record + struct.pack("<4sLQL", b"PK\x06\x07", 0, said["at"], 1)


MAIN = Packed("main.py", b"def run(task_input, *, proxy_url, run_token):\n    return 'hello'\n")


def bomb(megabytes: int) -> bytes:
    """Return one archive of zeros that packs about a thousand to one."""
    return archive(MAIN, Packed("zeros.bin", bytes(megabytes * 1024 * 1024)))


def nested_bomb(levels: int = 5, width: int = 10) -> bytes:
    """Return archives in archives in archives, as 42.zip has them."""
    inner = archive(Packed("0", bytes(1024 * 1024)))
    for _ in range(levels):
        inner = archive(*[Packed(f"{number}.zip", inner) for number in range(width)])
    return inner


def overlapping_bomb(count: int = 200) -> bytes:
    """Return one whose entries all share the data of the first."""
    first = Packed("0", bytes(1024 * 1024))
    others = [
        Packed(str(number), first.data, body=b"", packed_size=len(first.stored), offset=0) for number in range(1, count)
    ]
    return archive(first, *others)


def in_file(folder: Path, data: bytes) -> Path:
    path = folder / "archive.zip"
    path.write_bytes(data)
    return path
