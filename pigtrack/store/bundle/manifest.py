"""The list of a bundle's files with their digests: as JSON for programs, and as `sha256sum -c` reads it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"

FORMAT = 1
"""Counts the ways in which a bundle is laid out."""


@dataclass(frozen=True, slots=True)
class FileDigest:
    """SHA-256 (hexadecimal) and size of a file."""

    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle says of itself, and the digests of its files by name."""

    about: Mapping[str, Any]
    files: Mapping[str, FileDigest]


def manifest_bytes(about: Mapping[str, Any], files: Mapping[str, FileDigest]) -> bytes:
    """Return a manifest: what the bundle is, and every other file but the list of sums."""
    listed = {name: asdict(files[name]) for name in sorted(files)}
    text = json.dumps({"format": FORMAT, **about, "files": listed}, indent=1, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode("utf-8", "backslashreplace")


def sums_bytes(files: Mapping[str, FileDigest]) -> bytes:
    r"""Return lines as `sha256sum` writes them; a name with a backslash or line end is escaped as it does.

    Examples
    --------
    >>> sums_bytes({"a.csv": FileDigest("00ff", 2)})
    b'00ff  a.csv\n'
    """
    return "".join(_line(name, files[name].sha256) for name in sorted(files)).encode("utf-8", "surrogateescape")


def _line(name: str, digest: str) -> str:
    escaped = name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    return f"{'' if escaped == name else chr(92)}{digest}  {escaped}\n"


_MOST_BYTES = 1 << 62
"""No file is larger."""


def _is_digest(entry: Any) -> bool:
    """Tell whether an entry tells a digest and a size; true and false are whole numbers too, and no sizes."""
    if not isinstance(entry, dict) or not isinstance(entry.get("sha256"), str):
        return False
    return type(entry.get("bytes")) is int and 0 <= entry["bytes"] < _MOST_BYTES


def read_manifest(data: bytes) -> Manifest:
    """Return what a manifest tells.

    Raises
    ------
    ValueError
        If it is none.
    """
    told = json.loads(data)
    if not isinstance(told, dict) or told.get("format") != FORMAT or not isinstance(told.get("files"), dict):
        raise ValueError("no manifest of a bundle")
    files = {}
    for name, entry in told.pop("files").items():
        if not _is_digest(entry):
            raise ValueError(f"no digest and size of {name!r}")
        files[name] = FileDigest(entry["sha256"], entry["bytes"])
    return Manifest(told, files)
