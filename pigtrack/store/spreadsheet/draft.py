"""A mapping to fill in, from the names of a spreadsheet's columns alone: no cell of a patient goes into it."""

import re
from collections.abc import Mapping
from pathlib import Path

from pigtrack.store.spreadsheet.opening import open_sheet
from pigtrack.store.spreadsheet.sheet import Sheet, SheetLayout, column_letter
from pigtrack.store.toml_text import toml_value

_WORDS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("course", "subject"): ("subject", "pseudonym", "patient", "patient id", "patient no", "patientennummer", "code"),
    ("course", "id"): ("course", "course id", "kurs", "behandlung nr"),
    ("course", "site"): ("site", "body site", "location", "region", "lokalisation", "stelle"),
    ("course", "diagnosis"): ("diagnosis", "diagnose", "dx"),
    ("course", "skin_type"): ("skin type", "fitzpatrick", "phototype", "hauttyp"),
    ("course", "protocol"): ("protocol", "protokoll"),
    ("session", "date"): ("date", "visit", "visit date", "session", "session date", "datum", "termin", "besuch"),
    ("session", "photos"): (
        "photo",
        "photos",
        "photographs",
        "image",
        "images",
        "file",
        "files",
        "foto",
        "fotos",
        "bild",
        "bilder",
    ),
    ("session", "skin_state"): ("skin state", "hautzustand"),
    ("treatment", "technique"): ("technique", "treatment", "method", "technik", "behandlung", "methode"),
    ("treatment", "product"): ("product", "produkt"),
    ("treatment", "lot"): ("lot", "batch", "lot no", "charge"),
    ("treatment", "dose"): ("dose", "dosis", "volume", "menge"),
    ("treatment", "dose_unit"): ("dose unit", "unit", "einheit"),
    ("treatment", "operator"): ("operator", "staff", "behandler"),
    ("adverse_event", "kind"): ("adverse event", "ae", "side effect", "complication", "nebenwirkung", "komplikation"),
}
"""Names of columns, without their marks, by which a column is proposed; English and German."""

_KEYS = {
    "course": ("subject", "id", "site", "diagnosis", "skin_type", "protocol"),
    "session": ("date", "photos", "skin_state"),
    "treatment": ("technique", "product", "lot", "dose", "dose_unit", "operator"),
    "adverse_event": ("kind",),
}

_NEEDED = {("course", "subject"), ("course", "id"), ("session", "date"), ("session", "photos")}
_MORE = {
    "date": ', format = "…"',
    "photos": ', separator = ";"',
}
_WHY = {"date": "    # how days are written: DD.MM.YYYY; leave it out where a workbook keeps them as days"}
_TOLD = """\
# Which column of the spreadsheet is what. docs/import.md tells all that can be said here.
# Look at every line, and fill in each "…". What begins with # is left out.
"""
_SHEET = """\
rows = "visits"                     # a row is a visit; or "photographs": a row is a photograph
# photographs = "."                 # their folder, from the spreadsheet's
# decimal = ","                     # between whole and part of a number that is written as text
# nothing = ["-", "n/a"]            # what stands in cells that say nothing"""
_CONSENT = """\
# [[consent]]
# purpose = "research"              # care, research or teaching
# given = { column = "…", values = { "yes" = true, "no" = false } }
# day = { column = "…", format = "…" }"""

_PLAIN = re.compile(r"[\W_]+")


def draft_mapping(path: Path, layout: SheetLayout | None = None) -> str:
    """Return the text of a mapping for a spreadsheet, to be filled in.

    Columns are proposed by their names; every proposal is for a person to look at. How days are written is left open:
    nobody can tell 03/04/2026 from a name.

    Raises
    ------
    SheetError
        If the spreadsheet can't be read.
    """
    layout = layout or SheetLayout()
    sheet = open_sheet(Path(path), layout)
    proposed = _proposed(sheet)
    blocks = [_head(layout)]
    for table, header in (("course", "[course]"), ("session", "[session]")):
        blocks.append("\n".join([header, *(_line(table, key, proposed, sheet) for key in _KEYS[table])]))
    for table in ("treatment", "adverse_event"):
        told = any(named == table for named, _ in proposed)
        lines = [f"[[{table}]]", *(_line(table, key, proposed, sheet) for key in _KEYS[table])]
        blocks.append("\n".join(line if told or line.startswith("#") else f"# {line}" for line in lines))
    blocks.append(_CONSENT)
    blocks.append(_others(sheet, set(proposed.values())))
    return "\n\n".join(blocks) + "\n"


def _proposed(sheet: Sheet) -> dict[tuple[str, str], int]:
    """Return the place of the column that is proposed for each key; a column is proposed once."""
    plain = [_PLAIN.sub(" ", name).strip().lower() for name in sheet.header]
    found: dict[tuple[str, str], int] = {}
    for key, words in _WORDS.items():
        places = [plain.index(word) for word in words if word in plain]
        free = [place for place in places if place not in found.values()]
        if free:
            found[key] = free[0]
    return found


def _head(layout: SheetLayout) -> str:
    named = "" if layout.sheet is None else f"\nsheet = {toml_value(layout.sheet)}"
    return f"{_TOLD}\n[sheet]{named}\nheader_row = {layout.header_row}\n{_SHEET}"


def _line(table: str, key: str, proposed: Mapping[tuple[str, str], int], sheet: Sheet) -> str:
    place = proposed.get((table, key))
    told = _MORE.get(key, "")
    if place is None and key == "id":
        return f'id = {{ pattern = "{{subject}}{"-{site}" if ("course", "site") in proposed else ""}" }}'
    if place is None:
        start = "" if (table, key) in _NEEDED else "# "
        return f'{start}{key} = {{ column = "…"{told} }}'
    return f"{key} = {{ {_named(sheet, place)}{told} }}{_WHY.get(key, '')}"


def _named(sheet: Sheet, place: int) -> str:
    name = sheet.header[place]
    if sheet.header.count(name) > 1:
        return f'letter = "{column_letter(place)}"'
    return f"column = {toml_value(name)}"


def _others(sheet: Sheet, taken: set[int]) -> str:
    names = [
        f"#   {column_letter(place)}: {toml_value(name)}"
        for place, name in enumerate(sheet.header)
        if name and place not in taken
    ]
    return "\n".join(["# Columns that nothing is taken from. What names a person should stay here.", *names])
