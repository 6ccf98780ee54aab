"""Protocols: the files of ``calibration/protocols``, and a clinic's own, read strictly."""

import hashlib
import os
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pigtrack.errors import ProtocolError
from pigtrack.model.course import Course
from pigtrack.model.protocol import Protocol
from pigtrack.store.faults import Faults, parse_toml
from pigtrack.store.naming import is_inside, leads_outside, quoted
from pigtrack.store.protocol_parts import read_protocol
from pigtrack.store.spectral_data import data_folder

_LARGEST_BYTES = 200_000
_MERGED = ("sources", "schedule")
"""Tables of which a file that has a base gives some keys only; all else that it gives stands in place of the base's."""

_REMEDY = "docs/protocols.md tells what a protocol file holds; 'pigtrack protocols NAME --write FILE' writes a start."


def list_protocols() -> tuple[Protocol, ...]:
    """Return every protocol that pigtrack knows, by name."""
    return tuple(_known(name) for name in protocol_names())


def protocol_names() -> tuple[str, ...]:
    """Return the names of the protocols that travel with pigtrack."""
    return tuple(sorted(path.stem for path in _folder().glob("*.toml")))


def load_protocol(name_or_path: str | Path, *, folder: Path | None = None) -> Protocol:
    """Load a protocol by name, or from a file ending in ``.toml``.

    Parameters
    ----------
    name_or_path : str or Path
        A name that `list_protocols` knows, or a file.
    folder : Path or None
        The course's folder: the file is then relative to it and must lie inside.

    Raises
    ------
    ProtocolError
        If there is no such protocol, or its file is wrong: all faults together, one a line.
    """
    told = str(name_or_path)
    if not told.lower().endswith(".toml"):
        return _known(told)
    if folder is not None and leads_outside(told):
        raise _outside(told)
    path = Path(told) if folder is None else Path(folder) / told
    if not os.path.isfile(path):  # of a name too long, Path.is_file would raise
        raise ProtocolError(f"There is no protocol file {quoted(path)}.", _known_ones())
    if folder is not None and not is_inside(path, Path(folder)):
        raise _outside(told)
    return _read(path)


def load_course_protocol(folder: str | Path, course: Course) -> Protocol | None:
    """Load the protocol that a course names; None where it names none.

    Raises
    ------
    ProtocolError
        As `load_protocol`.
    """
    return None if course.protocol is None else load_protocol(course.protocol, folder=Path(folder))


def protocol_text(name: str) -> str:
    """Return the text of a known protocol's file, to be copied.

    Raises
    ------
    ProtocolError
        If there is none of that name.
    """
    _known(name)
    return (_folder() / f"{name}.toml").read_text(encoding="utf-8")


@cache
def _known(name: str) -> Protocol:
    if name not in protocol_names():
        raise ProtocolError(f"There is no protocol named {quoted(name)}.", _known_ones())
    return _read(_folder() / f"{name}.toml")


def _known_ones() -> str:
    return f"Name one of: {', '.join(protocol_names())}; or a file of your own, ending in .toml."


def _folder() -> Path:
    return data_folder("calibration") / "protocols"


def _outside(told: str) -> ProtocolError:
    return ProtocolError(
        f"The protocol file {quoted(told)} lies outside the course's folder.", "Put it beside course.toml."
    )


def _read(path: Path) -> Protocol:
    data = _bytes_of(path)
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as fault:
        raise _unusable(path, ["it is not text in UTF-8."]) from fault
    entries, faults = parse_toml(text)
    if entries is None:
        raise _unusable(path, faults.said())
    base = _base(entries, faults)
    digest = hashlib.sha256(data + b"".join(_bytes_of(each) for each in base)).hexdigest()
    for each in base:
        entries = _over(tomllib.loads(each.read_text(encoding="utf-8")), entries)
    protocol = read_protocol(entries, faults, name=path.stem, digest=digest)
    if protocol is None or faults.said():
        raise _unusable(path, faults.said())
    return protocol


def _bytes_of(path: Path) -> bytes:
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise _unusable(path, ["it is too large to be a protocol file."])
        return path.read_bytes()
    except OSError as fault:
        raise _unusable(path, [f"it can't be read ({fault.strerror})."]) from fault


def _unusable(path: Path, said: list[str]) -> ProtocolError:
    return ProtocolError("\n".join([f"The protocol file {quoted(path.name)} can't be used:", *said]), _REMEDY)


def _base(entries: Mapping[str, Any], faults: Faults) -> tuple[Path, ...]:
    """The file that this one is based on: one of pigtrack's own, which have no base themselves."""
    if "base" not in entries:
        return ()
    if entries["base"] in protocol_names():
        return (_folder() / f"{entries['base']}.toml",)
    faults.add(f"base must be one of {', '.join(protocol_names())}, not {quoted(entries['base'])}.", "", 0, "base")
    return ()


def _over(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**base, **own}
    for key in _MERGED:
        if isinstance(base.get(key), Mapping) and isinstance(own.get(key), Mapping):
            merged[key] = {**base[key], **own[key]}
    return merged
