"""Where a value stands: in a column, the same for all rows, or made of other values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pigtrack.store.naming import leads_outside, quoted
from pigtrack.store.spreadsheet.days import DayForm, read_form
from pigtrack.store.spreadsheet.fields import PATTERN_FIELDS, Kind
from pigtrack.store.spreadsheet.sheet import MOST_COLUMNS, place_of_letter
from pigtrack.store.toml_tables import LONGEST_TEXT, TomlTable, is_number, is_text

_ORIGINS = ("column", "letter", "value", "pattern")
SOURCE_KEYS = (*_ORIGINS, "values", "format", "separator", "folder", "suffix", "fill")
"""All that can be said of where a value stands."""

_LETTER = re.compile(r"[A-Za-z]{1,2}")
PLACE = re.compile(r"\{([^{}]*)\}")
"""Where a value goes in a pattern: ``{subject}``, ``{date:DD.MM.YYYY}``."""


@dataclass(frozen=True, eq=False, slots=True)
class Source:
    """Where one value stands.

    Attributes
    ----------
    key : str
    kind : Kind or None
        What it must be; None: a text, a number or a day, as the workbook keeps it.
    column, letter : str or None
        The column, by its name or its letter.
    value : object
        The same for all rows.
    pattern : str or None
        Made of other values: ``{subject}-{site}``; of photographs, which files they are.
    folder : str or None
        Of photographs in a column: the pattern of the folder they lie in.
    suffix : str
        Of photographs in a column: what every name lacks, ``.jpg``.
    values : mapping or None
        What the words of the cells mean; words that are not there are faults. An empty text: the cell says nothing.
    form : DayForm or None
    separator : str or None
        Between several things in one cell.
    fill : bool
        An empty cell repeats the one above it.
    """

    key: str
    kind: Kind | None
    column: str | None = None
    letter: str | None = None
    value: Any = None
    pattern: str | None = None
    folder: str | None = None
    suffix: str = ""
    values: Mapping[str, Any] | None = field(default=None)
    form: DayForm | None = None
    separator: str | None = None
    fill: bool = False


def read_source(table: TomlTable, key: str, kind: Kind | None) -> Source | None:
    """Return the source that a key of a mapping names, or None with its fault noted."""
    entries = table.entries[key]
    if not isinstance(entries, Mapping):
        table.add(f'{key} must say where it stands: {{ column = "…" }}, or {{ value = … }} for all rows.', key)
        return None
    told = _Told(table, key, kind, entries)
    if not _says_where(told):
        return None
    return Source(
        key,
        kind,
        column=told.text("column"),
        letter=_letter(told),
        value=_constant(told),
        pattern=_pattern(told, "pattern"),
        folder=_pattern(told, "folder"),
        suffix=told.text("suffix") or "",
        values=_values(told),
        form=_form(told),
        separator=_separator(told),
        fill=told.fill(),
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """What a mapping says of one key."""

    table: TomlTable
    key: str
    kind: Kind | None
    entries: Mapping[str, Any]

    def add(self, what: str) -> None:
        self.table.add(f"{self.key}: {what}", self.key)

    def text(self, name: str) -> str | None:
        value = self.entries.get(name)
        if value is None or is_text(value):
            return value
        self.add(f"{name} must be a text of one line.")
        return None

    def fill(self) -> bool:
        if self.entries.get("fill", "down") != "down":
            self.add('fill must be "down": an empty cell repeats the one above it.')
        return "fill" in self.entries


def _says_where(told: _Told) -> bool:
    """Note keys that are not known there, and whether none or several say where the value stands."""
    origins = [origin for origin in _ORIGINS if origin in told.entries]
    known = _known(told.kind, origins)
    for each in told.entries:
        if each not in known:
            told.add(f"unknown key {quoted(each)}; known are {', '.join(known)}.")
    if len(origins) != 1:
        told.add(f"one of {', '.join(_allowed_origins(told.kind))} must say where it stands.")
    return len(origins) == 1


def _separator(told: _Told) -> str | None:
    """A space or a line's end separates too, though neither is a text that says something."""
    given = told.entries.get("separator")
    return str(given) if given in (" ", "\n") else told.text("separator")


def _allowed_origins(kind: Kind | None) -> tuple[str, ...]:
    """Patterns are for texts and photographs; photographs are never the same for all rows."""
    if kind is Kind.PHOTOS:
        return ("column", "letter", "pattern")
    return _ORIGINS if kind is Kind.TEXT else _ORIGINS[:3]


def _known(kind: Kind | None, origins: list[str]) -> tuple[str, ...]:
    allowed = _allowed_origins(kind)
    if not {"column", "letter"} & {*origins}:
        return allowed
    more = {Kind.PHOTOS: ("separator", "folder", "suffix"), Kind.TEXTS: ("separator",)}.get(
        kind or Kind.TEXT, ("values",)
    )
    days = ("format",) if kind in (Kind.DAY, Kind.MOMENT) else ()
    return (*allowed, "fill", *more, *days)


def _letter(told: _Told) -> str | None:
    value = told.entries.get("letter")
    if value is None:
        return None
    if isinstance(value, str) and _LETTER.fullmatch(value) and place_of_letter(value) < MOST_COLUMNS:
        return value
    told.add('letter must be that of a column: letter = "C".')
    return None


def _constant(told: _Told) -> Any:
    if "value" not in told.entries:
        return None
    value = told.entries["value"]
    if is_of_kind(value, told.kind):
        return value
    told.add(f"value must be {told.kind or 'a text, a number or a day'}.")
    return None


def is_of_kind(value: object, kind: Kind | None) -> bool:
    """Tell whether a value of a TOML file is of a kind."""
    number, day = is_number(value), isinstance(value, date)
    fits = {
        **{Kind.TEXT: is_text(value), Kind.NUMBER: number, Kind.TRUTH: isinstance(value, bool)},
        **{Kind.ANSWER: value in ("yes", "no"), Kind.MOMENT: day, Kind.DAY: type(value) is date},
        Kind.TEXTS: isinstance(value, list) and all(map(is_text, value)),
        Kind.PHOTOS: False,
    }
    return (is_text(value) or number or day or isinstance(value, bool)) if kind is None else fits[kind]


def _pattern(told: _Told, name: str) -> str | None:
    pattern = told.text(name)
    if pattern is None:
        return None
    allowed = PATTERN_FIELDS if told.kind is not Kind.PHOTOS else (*PATTERN_FIELDS, "date")
    for place in PLACE.findall(pattern):
        named, _, form = place.partition(":")
        if named not in allowed or named == told.key or (form and named != "date"):
            told.add(f"{name} can't hold {{{place}}}; it may hold {', '.join(f'{{{each}}}' for each in allowed)}.")
        elif form and (read_form(form) is None or "/" in form):
            told.add(f"{quoted(form)} does not say how a day is written: DD.MM.YYYY, YYYY-MM-DD.")
    if "{" in PLACE.sub("", pattern) or "}" in PLACE.sub("", pattern):
        told.add(f"{name} has a bracket that is not closed.")
    if told.kind is Kind.PHOTOS and leads_outside(pattern):
        told.add(f"{name} must stay inside the folder of the photographs.")
    return pattern


def _values(told: _Told) -> Mapping[str, Any] | None:
    values = told.entries.get("values")
    if values is None:
        return None
    if not isinstance(values, Mapping) or not values:
        told.add('values must be a table: { "yes" = true, "no" = false }.')
        return None
    for word, value in values.items():
        if value != "" and not is_of_kind(value, told.kind):
            told.add(f"values: {quoted(word)} must stand for {told.kind or 'a text or a number'}, or for nothing.")
    return {word.strip()[:LONGEST_TEXT]: value for word, value in values.items()}


def _form(told: _Told) -> DayForm | None:
    written = told.text("format")
    form = None if written is None else read_form(written)
    if written is not None and form is None:
        told.add(f'{quoted(written)} does not say how a day is written: "DD.MM.YYYY", "MM/DD/YYYY", "YYYY-MM-DD".')
    return form
