"""A table of a TOML file that people wrote, read key by key; what is wrong is noted with its line, none is raised."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from pigtrack.store.faults import Faults
from pigtrack.store.naming import quoted

LONGEST_TEXT = 500
_FARTHEST = 1e9

Choice = TypeVar("Choice", bound=StrEnum)


def is_number(value: object) -> bool:
    """Tell whether a value is a number of sensible size; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _FARTHEST


def is_whole(value: object) -> bool:
    """Tell whether a value is a whole number of sensible size."""
    return is_number(value) and isinstance(value, int)


def is_text(value: object) -> bool:
    """Tell whether a value is one line that says something."""
    return isinstance(value, str) and bool(value.strip()) and value.isprintable() and len(value) <= LONGEST_TEXT


@dataclass(frozen=True, slots=True)
class TomlTable:
    """The entries of one table and where its faults go.

    Attributes
    ----------
    entries : mapping
    table, index : str, int
        Its header, and which one of that header it is, from 0.
    faults : Faults
    within : str or None
        The key that holds this table, where it is written inside another one: faults get that key's line.
    mark : str or None
        A text of this table, by which its line is found among the lines of ``within``.
    """

    entries: Mapping[str, Any]
    table: str
    index: int
    faults: Faults
    within: str | None = None
    mark: str | None = None

    def add(self, what: str, key: str | None = None, value: str | None = None) -> None:
        """Note a fault of the table, of a key in it, or of a text among that key's values."""
        if self.within is None:
            self.faults.add(what, self.table, self.index, key, value)
        else:
            self.faults.add_inside(what, self.table, self.index, self.within, key, self.mark)

    def inner(self, key: str, entries: Mapping[str, Any], mark: str | None = None) -> "TomlTable":
        """Return a table that is written inside this one."""
        return TomlTable(entries, self.table, self.index, self.faults, self.within or key, mark or self.mark)

    def refuse_unknown(self, known: Iterable[str]) -> None:
        """Note every key that is not among those known."""
        for key in self.entries:
            if key not in known:
                self.add(f"unknown key {quoted(key)}; known are {', '.join(known)}.", key)

    def text(self, key: str) -> str | None:
        """Return one line of text."""
        if key not in self.entries:
            return None
        value = self.entries[key]
        if is_text(value):
            return str(value)
        what = "a text in quotes" if not isinstance(value, str) else f"one line of 1 to {LONGEST_TEXT} letters"
        self.add(f"{key} must be {what}.", key)
        return None

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts."""
        value = self.entries.get(key, [])
        if isinstance(value, list) and all(map(is_text, value)):
            return tuple(value)
        self.add(f'{key} must be a list of texts: ["…", "…"].', key)
        return ()

    def choice(self, key: str, kind: type[Choice], default: Choice) -> Choice | None:
        """Return one of a kind."""
        try:
            return kind(str(self.entries.get(key, default)))
        except ValueError:
            self.add(f"{key} must be one of {', '.join(kind)}, not {quoted(self.entries[key])}.", key)
            return None

    def one_of(self, key: str, known: Iterable[str]) -> str | None:
        """Return one of several words."""
        if key not in self.entries:
            return None
        if self.entries[key] in tuple(known):
            return str(self.entries[key])
        self.add(f"{key} must be one of {', '.join(known)}, not {quoted(self.entries[key])}.", key)
        return None

    def truth(self, key: str) -> bool | None:
        """Return true or false."""
        if key not in self.entries:
            return None
        if isinstance(self.entries[key], bool):
            return bool(self.entries[key])
        self.add(f"{key} must be true or false.", key)
        return None

    def number(self, key: str, what: str, *, above: float = 0.0, most: float = _FARTHEST) -> float | None:
        """Return a number above the one and up to the other bound; ``what`` says in words what it must be."""
        if key not in self.entries:
            return None
        value = self.entries[key]
        if is_number(value) and above < float(value) <= most:
            return float(value)
        self.add(f"{key} must be {what}.", key)
        return None

    def day(self, key: str) -> date | None:
        """Return a day without a time."""
        if key not in self.entries:
            return None
        value = self.entries[key]
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        self.add(f"{key} must be written like 2026-01-11, without quotes.", key)
        return None
