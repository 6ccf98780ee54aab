"""A clinic's own noise as a small text file that a course can name."""

import math
import os
import tomllib
from pathlib import Path
from typing import Any

from pigtrack.errors import CourseError, OutputError
from pigtrack.model.course import Endpoint
from pigtrack.model.repeatability import EndpointRepeatability, Repeatability, ReplicateKind, Spread
from pigtrack.store.naming import quoted
from pigtrack.store.whole import refuse_unwritable, write_whole

_REMEDY = "Name a file that 'pigtrack repeatability COURSE --out FILE' wrote."
_SPREADS = ("total", "total_low", "total_high", "total_degrees")
_NUMBERS = ("common", "own", "common_factor", "own_factor", "common_degrees", "own_degrees")
_MAX_BYTES = 100_000


def save_noise(path: Path, repeatability: Repeatability) -> None:
    """Write a clinic's noise; an existing file is replaced only if it is such a file too.

    Raises
    ------
    OutputError
        If it can't be written; then an earlier file is as it was.
    """
    refuse_noise_place(path)
    write_whole({Path(path): noise_text(repeatability).encode()})


def refuse_noise_place(path: Path) -> None:
    """Refuse a place where a noise file can't stand; to be asked before the long work too.

    Raises
    ------
    OutputError
        If something else stands there, or nothing can be written there.
    """
    path = Path(path)
    try:
        refuse_unwritable(path)
        if os.path.lexists(path):
            load_noise(path)
    except CourseError as fault:
        raise OutputError(f"{quoted(path)} is something else already.", "Name another file.") from fault


def noise_text(repeatability: Repeatability) -> str:
    """Return the text of a noise file, TOML; standard deviations are relative, of single photographs."""
    lines = [
        "# This clinic's own noise, written by 'pigtrack repeatability'.",
        "",
        "[noise]",
        f'kind = "{repeatability.kind.value}"',
        f"lesions = {repeatability.lesions}",
        f"photographs = {repeatability.photographs}",
        f"groups = {repeatability.groups}",
    ]
    for each in repeatability.endpoints:
        spread = (each.total.value, each.total.low, each.total.high, each.total.degrees)
        numbers = [*zip(_SPREADS, spread, strict=True), *((name, getattr(each, name)) for name in _NUMBERS)]
        lines += ["", f"[noise.{each.endpoint.value}]", *(f"{name} = {value:.6g}" for name, value in numbers)]
    return "\n".join(lines) + "\n"


def load_noise(path: Path) -> Repeatability:
    """Read a clinic's noise.

    Raises
    ------
    CourseError
        If there is no such file, or it is something else.
    """
    path = Path(path)
    try:
        if path.stat().st_size > _MAX_BYTES or not path.is_file():  # reading a pipe would wait for ever
            raise CourseError(f"{quoted(path)} is no noise file.", _REMEDY)
        entries = tomllib.loads(path.read_bytes().decode("utf-8-sig"))["noise"]
        return _repeatability(entries)
    except OSError as fault:
        raise CourseError(f"The noise file {quoted(path)} can't be read ({fault.strerror}).", _REMEDY) from fault
    except (KeyError, TypeError, ValueError) as fault:  # TOML's and UTF-8's own faults are ValueErrors
        raise CourseError(f"{quoted(path)} is no noise file.", _REMEDY) from fault


def _repeatability(entries: dict[str, Any]) -> Repeatability:
    found = tuple(_endpoint(each, entries[each.value]) for each in Endpoint if each.value in entries)
    if not found:
        raise ValueError("no endpoint")
    counts = (int(entries[name]) for name in ("lesions", "photographs", "groups"))
    return Repeatability(ReplicateKind(entries["kind"]), found, *counts)


def _endpoint(endpoint: Endpoint, entries: dict[str, Any]) -> EndpointRepeatability:
    numbers = {name: float(entries[name]) for name in (*_SPREADS, *_NUMBERS)}
    if not all(math.isfinite(each) and each >= 0 for each in numbers.values()) or numbers["common_degrees"] <= 0:
        raise ValueError("a number out of range")
    total = Spread(*(numbers.pop(name) for name in _SPREADS))
    return EndpointRepeatability(endpoint, total, smallest=(), **numbers)
