"""An auditor reads the trail: finds who did what, takes it along, and is told of themselves."""

import csv
import io
import json

from pigtrack.store.record.checking import check_record


def test_the_newest_entry_stands_first_and_the_end_is_shown_to_be_noted(clinic):
    otto = clinic.as_("otto")
    otto.get("/")
    page = otto.get("/trail?looks=1").text
    assert page.index("looked at the list of courses") < page.index("Note its digest elsewhere")
    last = json.loads(otto.get("/trail/entries.jsonl").text.splitlines()[-1])
    assert (last["actor"], last["action"], last["entity"]) == ("otto", "view", "trail")


def test_entries_are_found_by_who_what_course_and_day(clinic):
    otto = clinic.as_("otto")
    label = next(each for each in otto.get("/trail/entries.csv?action=measure").text.splitlines() if "measure" in each)
    assert "courses" in label
    lines = otto.get("/trail/entries.jsonl", params={"action": "create"}).text.splitlines()
    assert {json.loads(each)["action"] for each in lines} == {"create"}
    assert "No entry is of this kind" in otto.get("/trail?actor=nobody").text
    assert "No entry is of this kind" in otto.get("/trail?until=2001-01-01").text
    assert "wrote down a photograph" in otto.get("/trail?action=create&since=2001-01-01").text


def test_pages_go_back_to_the_first_entry_without_gap_or_double(clinic):
    otto, address, seen = clinic.as_("otto"), "/trail?action=create", []
    while address:
        page = otto.get(address).text
        seen += [int(part.split(" ")[0]) for part in page.split('<span class="soft">')[1:]]
        older = page.partition('rel="next" href="')[2].partition('"')[0]
        address = older.replace("&amp;", "&")
    told = [json.loads(each)["seq"] for each in otto.get("/trail/entries.jsonl?action=create").text.splitlines()]
    assert seen == told[::-1]


def test_what_can_not_be_asked_is_told_on_the_page_with_what_was_typed(clinic):
    otto = clinic.as_("otto")
    for query, status, told in (
        ("since=2026-02-30&actor=cleo", 422, "is no day"),
        ("since=2026-03-01&until=2026-02-01", 422, "lies before the first"),
        ("course=C-9999", 404, "knows no course"),
        ("subject=P-9999", 404, "knows no patient"),
    ):
        answer = otto.get(f"/trail?{query}")
        assert answer.status_code == status, query
        assert told in answer.text
    assert 'value="cleo"' in otto.get("/trail?since=2026-02-30&actor=cleo").text


def test_looks_are_left_out_until_they_are_asked_for_and_a_file_holds_what_the_page_shows(clinic):
    otto = clinic.as_("otto")
    otto.get("/")
    page = otto.get("/trail").text
    assert "looked at" not in page.partition("<ol")[2]
    assert "wrote down" in page
    assert "looked at the list of courses" in otto.get("/trail?looks=1").text
    assert "looked at the list of courses" in otto.get("/trail?action=view").text
    assert "Looks were left out" in otto.get("/trail?until=2001-01-01").text
    for address, views in (("/trail", False), ("/trail?looks=1", True), ("/trail?action=view", True)):
        link = otto.get(address).text.partition("/trail/entries.jsonl?")[2].partition('"')[0].replace("&amp;", "&")
        told = [json.loads(each)["action"] for each in otto.get(f"/trail/entries.jsonl?{link}").text.splitlines()]
        assert told
        assert ("view" in told) is views, address
    whole = [json.loads(each)["action"] for each in otto.get("/trail/entries.jsonl").text.splitlines()]
    assert "view" in whole, "a file that was asked for without a word leaves nothing out"
    assert otto.get("/trail/entries.csv?looks=2").status_code == 422


def test_a_file_of_entries_runs_no_formula_and_knows_two_kinds(clinic):
    otto = clinic.as_("otto")
    cells = [cell for row in csv.reader(io.StringIO(otto.get("/trail/entries.csv").text)) for cell in row]
    assert len(cells) > 100
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))] == []
    assert otto.get("/trail/entries.exe").status_code == 422
    assert otto.get("/trail/entries.csv?course=C-9999").status_code == 404


def test_looking_is_told_and_the_record_verifies(clinic):
    otto = clinic.as_("otto")
    otto.get("/trail?action=sign")
    last = json.loads(otto.get("/trail/entries.jsonl").text.splitlines()[-1])
    assert last["of_action"] == "sign"
    assert list(check_record(clinic.record)) == []
