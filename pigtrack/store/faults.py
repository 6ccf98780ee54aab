"""Collects what is wrong with a file that people wrote, so that all of it is told at once."""

from pigtrack.store.toml_lines import TomlLines


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

    def said(self) -> list[str]:
        """Return one line a fault, in the order of the file."""
        found = sorted(dict.fromkeys(self._found), key=lambda fault: fault[0])
        return [f"line {line}: {what}" if line else what for line, what in found]
