"""Collects what is wrong with a file that people wrote, so that all of it is told at once."""

import re
import tomllib
from typing import Any

from pigtrack.store.toml_lines import TomlLines, locate


class Faults:
    """Collects what is wrong, each with its line; nothing is raised before all is read."""

    def __init__(self, lines: TomlLines) -> None:
        self._lines = lines
        self._found: list[tuple[int, str]] = []

    def add(self, what: str, table: str, index: int = 0, key: str | None = None, value: str | None = None) -> None:
        """Note a fault of a table, of a key in it, or of a string among that key's values."""
        self._found.append((self._lines.of(table, index, key, value) or 0, what))

    def add_inside(
        self, what: str, table: str, index: int, key: str, inner: str | None, value: str | None = None
    ) -> None:
        """Note a fault of a key in the table that another table's key holds."""
        self._found.append((self._lines.inside(table, index, key, inner, value) or 0, what))

    def add_at(self, line: int, what: str) -> None:
        """Note a fault of a line."""
        self._found.append((line, what))

    def placed(self) -> list[tuple[int, str]]:
        """Return line (0: none) and fault, in the order of the file."""
        return sorted(dict.fromkeys(self._found), key=lambda fault: fault[0])

    def said(self) -> list[str]:
        """Return one line a fault, in the order of the file."""
        return [f"line {line}: {what}" if line else what for line, what in self.placed()]


def parse_toml(text: str) -> tuple[dict[str, Any] | None, Faults]:
    """Read a text as TOML.

    Returns
    -------
    entries : dict or None
        None where it is not TOML; the fault is noted then.
    faults : Faults
        For what is wrong with the entries.
    """
    lines = locate(text)
    faults = Faults(lines)
    try:
        return tomllib.loads(text), faults
    except (RecursionError, ValueError) as fault:  # TOML's own faults are ValueErrors
        faults.add_at(_line_of_fault(str(fault), lines), f"this is not TOML ({_said_by_toml(str(fault))}).")
        return None, faults


def _line_of_fault(said: str, lines: TomlLines) -> int:
    """Return the line that TOML's own message speaks of."""
    told = re.search(r"at line (\d+)", said)
    if told:
        return int(told[1])
    if "end of document" in said:
        return len(lines.lines)
    return max(range(len(lines.lines)), key=lambda index: len(lines.lines[index])) + 1  # a number or nest too long


def _said_by_toml(said: str) -> str:
    """Return TOML's own message in short, without its place."""
    return " ".join(said.split(" (at ")[0].split(";")[0].split()).rstrip(".")
