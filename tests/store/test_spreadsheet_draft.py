"""A mapping that is drafted from the names of the columns, to be filled in."""

import pytest
from openpyxl import Workbook

from pigtrack.errors import SheetError
from pigtrack.store.spreadsheet.draft import draft_mapping
from pigtrack.store.spreadsheet.mapped import map_sheet
from pigtrack.store.spreadsheet.mapping import parse_mapping
from pigtrack.store.spreadsheet.sheet import SheetLayout

GERMAN = "Patient;Name;Lokalisation;Datum;Fotos;Produkt;Charge\nP-1;Anna Muster;Wange;11.01.2026;a.jpg;X;7\n"


def sheet(folder, text):
    (folder / "visits.csv").write_text(text, encoding="utf-8")
    return folder / "visits.csv"


def test_columns_are_proposed_by_their_names_and_how_days_are_written_is_left_open(tmp_path):
    text = draft_mapping(sheet(tmp_path, GERMAN))
    assert 'subject = { column = "Patient" }' in text
    assert 'id = { pattern = "{subject}-{site}" }' in text
    assert 'date = { column = "Datum", format = "…" }' in text
    assert 'product = { column = "Produkt" }' in text
    assert '#   B: "Name"' in text


def test_no_cell_of_a_patient_goes_into_a_draft(tmp_path):
    text = draft_mapping(sheet(tmp_path, GERMAN))
    assert not any(word in text for word in ("P-1", "Muster", "Wange", "11.01", "a.jpg"))


def test_a_draft_is_refused_until_it_is_filled_in_and_works_then(tmp_path):
    path = sheet(tmp_path, GERMAN)
    text = draft_mapping(path)
    mapping, faults = parse_mapping(text)
    assert mapping is None
    assert faults == [
        f'line {line_of("date =", text)}: date: "…" does not say how a day is written: '
        '"DD.MM.YYYY", "MM/DD/YYYY", "YYYY-MM-DD".'
    ]
    (tmp_path / "a.jpg").write_bytes(b"a photograph")
    mapping, faults = parse_mapping(text.replace('format = "…"', 'format = "DD.MM.YYYY"'))
    assert faults == []
    (found,) = map_sheet(path, mapping).courses
    assert (found.course.id, found.course.sessions[0].treatment) == ("P-1-Wange", {"product": "X", "lot": "7"})


def line_of(start, text):
    return next(k for k, line in enumerate(text.split("\n"), 1) if line.startswith(start))


def test_what_no_column_is_called_after_must_be_filled_in(tmp_path):
    text = draft_mapping(sheet(tmp_path, "A,B\n1,2\n"))
    mapping, _ = parse_mapping(text.replace('format = "…"', 'format = "YYYY-MM-DD"'))
    with pytest.raises(SheetError, match='there is no column "…"'):
        map_sheet(tmp_path / "visits.csv", mapping)


def test_columns_of_one_name_are_named_by_letter_and_odd_names_are_kept(tmp_path):
    text = draft_mapping(sheet(tmp_path, 'Site,Site,"Say ""hi"" \\ [x] = y"\n'))
    assert 'site = { letter = "A" }' in text
    assert r'#   C: "Say \"hi\" \\ [x] = y"' in text
    assert parse_mapping(text)[1] != []


def test_a_sheet_of_a_workbook_can_be_named(tmp_path):
    book = Workbook()
    book.active.title = "Prices"
    book.create_sheet("Visits").append(["Patient", "Date"])
    book.save(tmp_path / "clinic.xlsx")
    text = draft_mapping(tmp_path / "clinic.xlsx", SheetLayout(sheet="Visits"))
    assert '[sheet]\nsheet = "Visits"\n' in text
    assert 'subject = { column = "Patient" }' in text
