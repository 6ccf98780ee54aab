"""Spreadsheets as files: odd ones, broken ones, and ones that were made to fill a computer."""

import contextlib
import io
import zipfile
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from pigtrack.errors import SheetError
from pigtrack.store.spreadsheet import sheet as limits
from pigtrack.store.spreadsheet import workbook as workbooks
from pigtrack.store.spreadsheet.days import read_day, read_form
from pigtrack.store.spreadsheet.opening import open_sheet
from pigtrack.store.spreadsheet.sheet import SheetLayout


def saved(folder, fill, name="visits.xlsx"):
    """A workbook that a function fills."""
    book = Workbook()
    fill(book.active)
    book.save(folder / name)
    return folder / name


def rewritten(path, part, change):
    """A workbook in which one part was changed by hand."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = change(parts[part])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def cells(path, *columns, layout=None):
    """Values of columns, by row, below the names."""
    rows = open_sheet(path, layout or SheetLayout()).rows(columns)
    return {row.number: [row.cells[column].value for column in columns] for row in rows}


def troubles(path, *columns):
    rows = open_sheet(path, SheetLayout()).rows(columns)
    return [cell.trouble for row in rows for cell in row.cells.values() if cell.trouble]


def refused(path, layout=None):
    with pytest.raises(SheetError) as caught:
        read_whole(path, layout)
    return caught.value.problem


def read_whole(path, layout=None):
    sheet = open_sheet(path, layout or SheetLayout())
    return list(sheet.rows(range(len(sheet.header))))


def put(folder, data, name="visits.csv"):
    (folder / name).write_bytes(data)
    return folder / name


def test_a_workbook_keeps_numbers_days_and_zeros_before_numbers(tmp_path):
    def fill(sheet):
        sheet.append(["code", "day", "moment", "dose", "yes"])
        sheet.append([7, date(2026, 1, 11), datetime(2026, 1, 11, 9, 30), 2.5, True])
        sheet["A2"].number_format = "000"

    path = saved(tmp_path, fill)
    assert cells(path, 0, 1, 2, 3, 4)[2] == [7, date(2026, 1, 11), datetime(2026, 1, 11, 9, 30), 2.5, True]
    (row,) = open_sheet(path, SheetLayout()).rows((0,))
    assert row.cells[0].text == "007"


def test_a_formula_gives_its_last_result_and_without_one_is_refused(tmp_path):
    def fill(sheet):
        sheet.append(["code", "next"])
        sheet.append(["P-1", "=A2"])

    path = saved(tmp_path, fill)
    assert troubles(path, 1) == [
        "holds a formula without its result; open the file in a spreadsheet and save it again."
    ]
    solved = rewritten(
        path,
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b"<v />", b"<v>5</v>").replace(b"<v></v>", b"<v>5</v>"),
    )
    assert cells(solved, 1) == {2: [5]}


def test_a_formula_whose_result_is_an_empty_text_says_nothing(tmp_path):
    path = saved(tmp_path, lambda sheet: (sheet.append(["a", "b"]), sheet.append(["P-1", '=IF(A2="","x","")'])))
    empty = rewritten(path, "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b'<c r="B2">', b'<c r="B2" t="str">'))
    assert troubles(empty, 1) == []
    assert cells(empty, 1) == {}


def test_an_error_in_a_cell_is_told(tmp_path):
    path = saved(tmp_path, lambda sheet: (sheet.append(["a"]), sheet.append(["#N/A"])))
    assert troubles(path, 0) == ["holds the error #N/A."]


def test_a_sheet_is_found_by_its_name_else_the_first_that_is_not_hidden(tmp_path):
    book = Workbook()
    book.active.append(["hidden"])
    book.active.sheet_state = "hidden"
    book.create_sheet("Visits").append(["seen"])
    book.create_sheet("More").append(["more"])
    book.save(tmp_path / "visits.xlsx")
    assert open_sheet(tmp_path / "visits.xlsx", SheetLayout()).header == ("seen",)
    assert open_sheet(tmp_path / "visits.xlsx", SheetLayout(sheet="More")).header == ("more",)
    assert refused(tmp_path / "visits.xlsx", SheetLayout(sheet="None")) == '"visits.xlsx" has no sheet "None".'


def test_days_of_an_old_macintosh_are_counted_from_its_own_first_day(tmp_path):
    book = Workbook()
    book.epoch = CALENDAR_MAC_1904
    for row in (["day"], [date(2026, 1, 11)], [44571]):
        book.active.append(row)
    book.save(tmp_path / "old.xlsx")
    sheet = open_sheet(tmp_path / "old.xlsx", SheetLayout())
    found = [read_day(row.cells[0], read_form("excel-days"), sheet.epoch) for row in sheet.rows((0,))]
    assert found == [date(2026, 1, 11), date(2026, 1, 11)]


def test_empty_rows_without_end_are_passed_over(tmp_path):
    def fill(sheet):
        sheet.append(["code"])
        sheet.append(["P-1"])
        sheet.cell(1_048_576, 300, " ")

    assert cells(saved(tmp_path, fill), 0) == {2: ["P-1"]}


def test_a_row_beyond_the_last_is_refused_and_not_counted_up_to(tmp_path):
    path = saved(tmp_path, lambda sheet: (sheet.append(["code"]), sheet.append(["P-1"])))
    far = rewritten(
        path,
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b'<row r="2"', b'<row r="2000000000"').replace(b'r="A2"', b'r="A2000000000"'),
    )
    assert refused(far) == '"visits.xlsx" is no workbook that can be read.'


def test_too_many_rows_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MOST_ROWS", 3)
    text = put(tmp_path, b"code\n" + b"P-1\n" * 4)
    assert refused(text) == '"visits.csv" has more than 3 rows.'
    book = saved(tmp_path, lambda sheet: [sheet.append(["x"]) for _ in range(5)])
    assert refused(book) == '"visits.xlsx" has more than 3 rows.'
    assert len(cells(put(tmp_path, b"code\n" + b"P-1\n" * 3), 0)) == 3


def test_an_archive_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(tmp_path):
    path = saved(tmp_path, lambda sheet: sheet.append(["code"]))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/media/bomb", "w") as bomb:
        for _ in range(workbooks.LARGEST_UNPACKED // 10_000_000 + 1):
            bomb.write(b"\0" * 10_000_000)
    assert path.stat().st_size < 1_000_000
    assert refused(path) == '"visits.xlsx" unpacks to more than 300 MB.'


LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;">]>"""


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_declared_entities_are_refused(tmp_path, part, encoding):
    path = saved(tmp_path, lambda sheet: sheet.append(["code"]))
    declared = LAUGHS.decode().encode(encoding)
    assert refused(rewritten(path, part, lambda xml: declared + xml)) == (
        '"visits.xlsx" holds declarations that no spreadsheet writes.'
    )


def test_a_large_file_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("pigtrack.store.spreadsheet.opening.LARGEST_BYTES", 1_000_000)
    assert refused(put(tmp_path, b"x" * 1_000_001)) == '"visits.csv" is larger than 1 MB.'


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "is an old workbook (.xls), or one under a password."),
        (b"PK\x03\x04 and no more", "is no workbook that can be read."),
        (b"code\n\xff\n", "is not text in UTF-8."),
        (b"\xff\xfeP", "is not text in UTF-16."),
        (b'code,b\n"P-1,2\n', "can't be read after row 1 (unexpected end of data)."),
        (b"code\n" + b"x" * 200_000, "can't be read after row 1 (field larger than field limit (131072))."),
    ],
)
def test_what_is_no_spreadsheet_is_refused_in_a_sentence(tmp_path, data, said):
    assert refused(put(tmp_path, data)) == f'"visits.csv" {said}'


def test_an_archive_that_is_no_workbook_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    assert refused(tmp_path / "a.xlsx") == '"a.xlsx" is an archive, but no workbook.'


@pytest.mark.parametrize("name", ["none.csv", ".", "nul\0l", "x" * 300])
def test_what_is_no_file_is_refused(tmp_path, name):
    with pytest.raises(SheetError):
        open_sheet(tmp_path / name, SheetLayout())


def test_what_excel_writes_into_text_files_is_understood(tmp_path):
    path = put(tmp_path, b'sep=;\r\ncode;note\r\n="007";"two\r\nlines"\r\nP-1;x\r\n')
    assert open_sheet(path, SheetLayout()).header == ("code", "note")
    assert cells(path, 0, 1) == {2: ["007", "two\r\nlines"], 3: ["P-1", "x"]}


def test_a_row_may_be_shorter_than_the_names_and_a_cell_too_long(tmp_path):
    path = put(tmp_path, b"a,b\n1\n2," + b"x" * 6000 + b"\n")
    assert cells(path, 0, 1)[2] == ["1", None]
    assert troubles(path, 1) == ["holds more than 5,000 letters."]


def test_a_workbook_without_its_reader_is_refused_with_what_to_install(tmp_path, monkeypatch):
    path = saved(tmp_path, lambda sheet: sheet.append(["code"]))
    monkeypatch.setitem(__import__("sys").modules, "openpyxl", None)
    assert refused(path) == "Reading .xlsx needs pigtrack[sheets]: pip install 'pigtrack[sheets]'."


@pytest.fixture(scope="module")
def whole():
    book = Workbook()
    for row in (["code", "day"], ["P-1", date(2026, 1, 11)], ["P-2", "=A2"]):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@settings(max_examples=60, deadline=None)
@given(places=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=8), end=st.floats(0.2, 1))
def test_a_damaged_workbook_is_a_sheet_or_a_sentence(whole, tmp_path_factory, places, end):
    data = bytearray(whole[: max(1, int(len(whole) * end))])
    for place, value in places:
        data[min(int(place * len(data)), len(data) - 1)] = value
    path = put(tmp_path_factory.getbasetemp(), bytes(data), "damaged.xlsx")
    judge(path)


def judge(path):
    with contextlib.suppress(SheetError):  # anything else would be a traceback
        read_whole(path)


@settings(max_examples=60, deadline=None)
@given(
    part=st.sampled_from(["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"]),
    places=st.lists(
        st.tuples(st.floats(0, 1), st.sampled_from([b"<", b">", b'"', b"9", b"-", b"", b"\xff", b"r="])),
        min_size=1,
        max_size=4,
    ),
)
def test_damaged_parts_of_a_workbook_are_a_sheet_or_a_sentence(whole, tmp_path_factory, part, places):
    path = put(tmp_path_factory.getbasetemp(), whole, "parts.xlsx")

    def change(xml):
        for place, piece in places:
            at = int(place * len(xml))
            xml = xml[:at] + piece + xml[at + 1 :]
        return xml

    judge(rewritten(path, part, change))


@settings(max_examples=80, deadline=None)
@given(data=st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_a_sheet_or_a_sentence(tmp_path_factory, data):
    judge(put(tmp_path_factory.getbasetemp(), data))
