"""The mapping file: which column of a spreadsheet is what. Read strictly, all faults at once with their lines."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pigtrack.errors import SheetError
from pigtrack.model.record import Purpose
from pigtrack.store.faults import Faults, parse_toml
from pigtrack.store.naming import quoted
from pigtrack.store.spreadsheet.fields import (
    CONSENT_FIELDS,
    COURSE_FIELDS,
    EVENT_FIELDS,
    SESSION_FIELDS,
    SIGNATURE_FIELDS,
    TREATMENT_FIELDS,
    Kind,
)
from pigtrack.store.spreadsheet.sheet import SheetLayout
from pigtrack.store.spreadsheet.sources import Source, read_source
from pigtrack.store.toml_tables import TomlTable

_TABLES = ("sheet", "course", "screen", "session", "treatment", "adverse_event", "consent")
SHEET_KEYS = (
    *("sheet", "header_row", "separator", "encoding", "rows", "decimal", "nothing", "photographs"),
    "names_are_pseudonyms",
)
_NEEDED = (("course", "subject"), ("course", "id"), ("session", "date"), ("session", "photos"))
_LARGEST_BYTES = 200_000
_REMEDY = "docs/import.md tells what a mapping holds; 'pigtrack import SHEET --draft' writes a start."
_LAST_HEADER_ROW = 100


@dataclass(frozen=True, slots=True)
class ConsentMapping:
    """Where a consent to one purpose stands."""

    purpose: Purpose
    fields: Mapping[str, Source]


@dataclass(frozen=True, slots=True)
class SheetMapping:
    """What the columns of a spreadsheet are.

    Attributes
    ----------
    by_photograph : bool
        A row is a photograph, not a visit.
    decimal : str
        Between whole and part of a number that is written as text.
    nothing : tuple of str
        What is written into a cell that says nothing.
    photographs : str
        Folder of the photographs, relative to the spreadsheet's.
    names_are_pseudonyms : bool
        Somebody looked: what looks like names are none.
    course, screen, session : mapping of str to Source
    treatments, events : tuple of such mappings
        One of each that a row may tell.
    """

    layout: SheetLayout
    by_photograph: bool
    decimal: str
    nothing: tuple[str, ...]
    photographs: str
    names_are_pseudonyms: bool
    course: Mapping[str, Source]
    screen: Mapping[str, Source]
    session: Mapping[str, Source]
    treatments: tuple[Mapping[str, Source], ...]
    events: tuple[Mapping[str, Source], ...]
    consents: tuple[ConsentMapping, ...]

    def sources(self) -> Iterator[Source]:
        """Yield all sources."""
        several = (*self.treatments, *self.events, *(each.fields for each in self.consents))
        for fields in (self.course, self.screen, self.session, *several):
            yield from fields.values()


def load_mapping(path: Path) -> SheetMapping:
    """Read a mapping file.

    Raises
    ------
    SheetError
        If it can't be used; all faults together, one a line.
    """
    shown = quoted(Path(path).name)
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST_BYTES:
            raise SheetError(f"There is no mapping file {quoted(path)}.", _REMEDY)
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or "it is not UTF-8 text"
        raise SheetError(f"The mapping {shown} can't be read ({reason}).", _REMEDY) from fault
    mapping, faults = parse_mapping(text)
    if mapping is None:
        raise SheetError("\n".join([f"The mapping {shown} can't be used:", *faults]), _REMEDY)
    return mapping


def parse_mapping(text: str) -> tuple[SheetMapping | None, list[str]]:
    """Read the text of a mapping; None and what is wrong, a line a fault, where something is."""
    entries, faults = parse_toml(text)
    if entries is None:
        return None, faults.said()
    for key in entries.keys() - {*_TABLES}:
        faults.add(f"there is no table or key {quoted(key)} here; only {', '.join(_TABLES)}.", key)
    mapping = _mapping(entries, faults)
    for table, key in _NEEDED:
        if key not in entries.get(table, {}):
            faults.add(f"[{table}] must say where {key} stands.", table)
    said = faults.said()
    return (None, said) if said else (mapping, [])


def _mapping(entries: Mapping[str, Any], faults: Faults) -> SheetMapping:
    sheet = TomlTable(_one(entries, "sheet", faults), "sheet", 0, faults)
    sheet.refuse_unknown(SHEET_KEYS)
    events = [_fields(each, EVENT_FIELDS) for each in _several(entries, "adverse_event", faults)]
    for index, event in enumerate(events):
        if "kind" not in event:
            faults.add("[[adverse_event]] must say where kind stands.", "adverse_event", index)
    return SheetMapping(
        layout=_layout(sheet),
        by_photograph=sheet.one_of("rows", ("visits", "photographs")) == "photographs",
        decimal=sheet.one_of("decimal", (".", ",")) or ".",
        nothing=sheet.texts("nothing"),
        photographs=sheet.text("photographs") or ".",
        names_are_pseudonyms=sheet.truth("names_are_pseudonyms") or False,
        course=_fields(TomlTable(_one(entries, "course", faults), "course", 0, faults), COURSE_FIELDS),
        screen=_screen(TomlTable(_one(entries, "screen", faults), "screen", 0, faults)),
        session=_fields(TomlTable(_one(entries, "session", faults), "session", 0, faults), SESSION_FIELDS),
        treatments=tuple(_treatment(each) for each in _several(entries, "treatment", faults)),
        events=tuple(events),
        consents=tuple(filter(None, map(_consent, _several(entries, "consent", faults)))),
    )


def _one(entries: Mapping[str, Any], table: str, faults: Faults) -> Mapping[str, Any]:
    found = entries.get(table, {})
    if isinstance(found, Mapping):
        return found
    faults.add(f"[{table}] must be one table.", table)
    return {}


def _several(entries: Mapping[str, Any], table: str, faults: Faults) -> list[TomlTable]:
    found = entries.get(table, [])
    if isinstance(found, list) and all(isinstance(each, Mapping) for each in found):
        return [TomlTable(each, table, index, faults) for index, each in enumerate(found)]
    faults.add(f"[[{table}]] is written in double brackets: there may be several.", table)
    return []


def _layout(sheet: TomlTable) -> SheetLayout:
    row = sheet.entries.get("header_row", 1)
    if not isinstance(row, int) or isinstance(row, bool) or not 1 <= row <= _LAST_HEADER_ROW:
        sheet.add(f"header_row must be a whole number from 1 to {_LAST_HEADER_ROW}.", "header_row")
        row = 1
    separator = sheet.one_of("separator", (";", ",", "\t", "|"))
    encoding = sheet.one_of("encoding", ("utf-8", "utf-16", "cp1250", "cp1251", "cp1252", "mac-roman"))
    return SheetLayout(sheet.text("sheet"), row, separator, encoding)


def _fields(told: TomlTable, known: Mapping[str, Kind]) -> dict[str, Source]:
    told.refuse_unknown(known)
    found = {key: read_source(told, key, kind) for key, kind in known.items() if key in told.entries}
    return {key: source for key, source in found.items() if source is not None}


def _screen(told: TomlTable) -> dict[str, Source]:
    found = {key: read_source(told, key, SIGNATURE_FIELDS.get(key, Kind.ANSWER)) for key in told.entries}
    return {key: source for key, source in found.items() if source is not None}


def _treatment(told: TomlTable) -> dict[str, Source]:
    """The known keys, and the clinic's own under ``more``: a slip of the pen must not become a key of its own."""
    own = told.entries.get("more", {})
    known = TomlTable({key: each for key, each in told.entries.items() if key != "more"}, *_place(told))
    fields = _fields(known, TREATMENT_FIELDS)
    if not isinstance(own, Mapping):
        told.add("more must be a table of keys of your own.", "more")
        return fields
    more = told.inner("more", own)
    for key in own:
        if key in TREATMENT_FIELDS or key == "patch_test":
            more.add(f"{key} is a known key: write it beside more, not in it.", key)
        elif (source := read_source(more, key, None)) is not None:
            fields[key] = source
    return fields


def _place(told: TomlTable) -> tuple[str, int, Faults]:
    return told.table, told.index, told.faults


def _consent(told: TomlTable) -> ConsentMapping | None:
    purpose = told.one_of("purpose", tuple(Purpose))
    if "purpose" not in told.entries:
        told.add(f"a consent must say its purpose: {', '.join(Purpose)}.")
    told.refuse_unknown(("purpose", *CONSENT_FIELDS))
    known = TomlTable({key: each for key, each in told.entries.items() if key != "purpose"}, *_place(told))
    fields = _fields(known, CONSENT_FIELDS)
    if "given" not in fields:
        told.add("a consent must say where given stands: yes or no.")
    return ConsentMapping(Purpose(purpose), fields) if purpose in tuple(Purpose) else None
