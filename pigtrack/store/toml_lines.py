"""Finds the lines of a TOML text where things were said; Python's own reader keeps no positions.

It knows tables, arrays of tables and plain keys at the start of a line, which is how course.toml is written. What it
cannot find (a course squeezed into inline tables, say) it gives the nearest line above of, or none.
"""

import re
from dataclasses import dataclass

_HEADER = re.compile(r"^\s*\[\[?\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"^\s*(\"[^\"]*\"|'[^']*'|[A-Za-z0-9_-]+)\s*(?:\.[^=]*)?=")


@dataclass(frozen=True, slots=True)
class TomlLines:
    """Line numbers, from 1, by the table's name, which one of that name it is (from 0), and key."""

    lines: tuple[str, ...]
    headers: dict[tuple[str, int], int]
    keys: dict[tuple[str, int, str], int]

    def of(self, table: str, index: int = 0, key: str | None = None, value: str | None = None) -> int | None:
        """Return the line of a key, or of a string among its values; else of the table; None if nothing is found.

        A key may stand as a table of its own: ``[screen.herpes]`` for ``herpes`` in ``[screen]``.
        """
        at = self.keys.get((table, index, key)) if key is not None else None
        if at is None:
            return self.headers.get((table, index))
        return at if value is None else self._of_value(at, value)

    def inside(self, table: str, index: int, key: str, inner: str | None, value: str | None = None) -> int | None:
        """Return the line of a key in a table that a key holds, where it stands as a table of its own; else as `of`."""
        at = self.of(table, index, key)
        for (name, which), line in self.headers.items():
            if line == at and name == f"{table}.{key}".lstrip(".") and inner is not None:
                return self.keys.get((name, which, inner), line)
        return self.of(table, index, key, value)

    def _of_value(self, start: int, value: str) -> int:
        for number in range(start, len(self.lines) + 1):
            line = self.lines[number - 1]
            if f'"{value}"' in line or f"'{value}'" in line:
                return number
            if number > start and (_KEY.match(line) or _HEADER.match(line)):
                break
        return start


def locate(text: str) -> TomlLines:
    """Walk the lines of a TOML text once, leaving out what stands inside long strings."""
    headers: dict[tuple[str, int], int] = {}
    keys: dict[tuple[str, int, str], int] = {}
    seen: dict[str, int] = {}
    table, index, inside = "", 0, ""
    lines = tuple(text.split("\n"))
    for number, line in enumerate(lines, start=1):
        if not inside and (header := _HEADER.match(line)) and not line.rstrip().endswith(","):
            table = header[1].strip("\"' ")
            index = seen.get(table, 0)
            seen[table] = index + 1
            headers.setdefault((table, index), number)
            parent, _, child = table.rpartition(".")
            keys.setdefault((parent, max(seen.get(parent, 0) - 1, 0), child), number)
        elif not inside and (key := _KEY.match(line)):
            keys.setdefault((table, index, key[1].strip("\"'")), number)
        for quotes in ('"""', "'''"):
            if inside in ("", quotes) and line.count(quotes) % 2:
                inside = "" if inside else quotes
    return TomlLines(lines, headers, keys)
