"""docs/import.md tells of mappings what is true of them."""

import csv
import re
from pathlib import Path

import pytest
from drawn_files import encoded, scene

from pigtrack.model.course import AdverseEvent
from pigtrack.model.record import Consent, Purpose
from pigtrack.store.spreadsheet.days import read_day, read_form
from pigtrack.store.spreadsheet.fields import CONSENT_FIELDS, SESSION_FIELDS, SIGNATURE_FIELDS
from pigtrack.store.spreadsheet.mapped import map_sheet
from pigtrack.store.spreadsheet.mapping import SHEET_KEYS, parse_mapping
from pigtrack.store.spreadsheet.sheet import Cell, Sheet
from pigtrack.store.spreadsheet.sources import SOURCE_KEYS

PAGE = (Path(__file__).parents[1] / "docs" / "import.md").read_text(encoding="utf-8")
MAPPINGS = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
EPOCH = Sheet((), lambda _: iter(())).epoch


def rows(heading):
    """Cells of the page's table that begins with a heading."""
    lines = PAGE[PAGE.index(f"| {heading} |") :].split("\n\n")[0].split("\n")
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in [lines[0], *lines[2:]]]


@pytest.mark.parametrize("text", MAPPINGS)
def test_the_mappings_of_the_page_can_be_read(text):
    assert parse_mapping(text)[1] == []


def test_the_spreadsheet_of_the_page_becomes_the_course_that_it_tells(tmp_path):
    for seed in (1, 2, 3):
        (tmp_path / f"a{seed}.jpg").write_bytes(encoded(scene(seed=seed)))
    with (tmp_path / "visits.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows("Patient no"))
    mapped = map_sheet(tmp_path / "visits.csv", parse_mapping(MAPPINGS[0])[0])
    (found,) = mapped.courses
    assert mapped.unread == ("Name",)
    assert (found.course.id, found.course.site) == ("P-0007-left cheek", "left cheek")
    first, second = found.course.sessions
    assert first.photos == ("a1.jpg", "a2.jpg")
    assert (second.skin_state, second.treatment["dose"]) == ("tanned", 2.0)
    assert [each.kind for each in second.adverse_events] == ["bruise"]
    assert isinstance(second.adverse_events[0], AdverseEvent)
    assert [(each.purpose, each.given) for each in found.consents] == [(Purpose.RESEARCH, True)]
    assert isinstance(found.consents[0], Consent)


def test_every_form_of_a_day_on_the_page_reads_its_example():
    for written, told in rows("written")[1:]:
        form = read_form(re.search(r"`([^`]+)`", told)[1])
        day = read_day(Cell(written, written), form, EPOCH)
        assert day.isoformat().startswith("2026-01-11"), written


def test_every_key_is_described():
    described = {
        cell for row in (*rows("key | what it says"), *rows("key | what it is")) for cell in [row[0].strip("`")]
    }
    assert {*SHEET_KEYS, *SOURCE_KEYS} <= described
    for key in (*SESSION_FIELDS, *SIGNATURE_FIELDS, *CONSENT_FIELDS):
        assert f"`{key}`" in PAGE
