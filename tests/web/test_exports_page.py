"""Exports from the page: shown before they are made, made beside the server, taken by who asked and by nobody else."""

import errno
import io
import multiprocessing
import time
import zipfile

import pytest
from kept_records import copied
from served_records import served

WAIT_S = 90


@pytest.fixture(scope="module")
def clinic(staffed, tmp_path_factory):
    with served(copied(staffed, tmp_path_factory.mktemp("exports") / "data")) as server:
        yield server


def made(person, **fields):
    """Have an export made; return its address when it is ready."""
    answer = person.submit("/exports", page="/exports", **fields)
    assert answer.status_code == 303, answer.text
    address, end = answer.headers["location"], time.monotonic() + WAIT_S
    while "You can go on meanwhile" in (page := person.get(address).text):
        assert time.monotonic() < end, page
        time.sleep(0.2)
    assert "Download" in page, page
    return address


def opened_zip(person, address):
    answer = person.get(f"{address}/file")
    assert answer.headers["content-disposition"].startswith("attachment")
    return zipfile.ZipFile(io.BytesIO(answer.content))


def test_what_goes_out_is_shown_in_words_and_as_a_command_before_it_is_made(clinic):
    page = clinic.as_("otto").get("/exports?format=long&offsets=yes&since=2020-01-01").text
    assert "All courses as CSV, long." in page
    assert "pigtrack export --all --format long --offsets --since 2020-01-01" in page
    assert "1 course, 1 measurement." in page


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("format=csv&since=2026-02-30", "is no day"),
        ("format=csv&since=2026-03-01&until=2026-02-01", "lies before the first"),
        ("format=csv&courses=C-9999", "C-9999"),
        ("format=csv&since=2090-01-01", "No course is left to export"),
        ("format=csv&up_to=3", "Only a bundle holds the trail"),
        ("format=exe", "none of the choices"),
    ],
)
def test_what_can_not_be_exported_is_told_before_anything_is_made(clinic, query, told):
    answer = clinic.as_("otto").get(f"/exports?{query}")
    assert answer.status_code in (404, 409, 422)
    assert told in answer.text


def test_an_export_is_made_and_taken_by_who_asked_alone_and_the_trail_tells(clinic):
    otto, cleo = clinic.as_("otto"), clinic.as_("cleo")
    address = made(otto, format="csv")
    names = opened_zip(otto, address).namelist()
    assert any(name.endswith("sessions.csv") for name in names)
    assert cleo.get(address).status_code == cleo.get(f"{address}/file").status_code == 404
    assert "by taking it along" in otto.get("/trail?action=export").text
    folder = clinic.record.folder.path / "errands"
    assert folder.stat().st_mode & 0o777 == 0o700
    (made_file,) = folder.glob("*/*")
    assert b"sessions.csv" not in made_file.read_bytes()  # sealed
    assert otto.submit(f"{address}/remove", page="/exports").status_code == 303
    assert otto.get(f"{address}/file").status_code == 404
    assert list(folder.iterdir()) == []


def test_work_that_no_process_can_be_begun_for_is_told_as_failed_and_holds_nobody_up(clinic, monkeypatch):
    class Full(multiprocessing.get_context("spawn").Process):
        def start(self):
            raise OSError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(type(multiprocessing.get_context("spawn")), "Process", Full)
    otto = clinic.as_("otto")
    address, end = otto.submit("/exports", page="/exports", format="csv").headers["location"], time.monotonic() + WAIT_S
    while "You can go on meanwhile" in (page := otto.get(address).text):
        assert time.monotonic() < end, page
        time.sleep(0.1)
    assert "No further process may be started" in page


@pytest.mark.slow
@pytest.mark.parametrize(
    "format_", ["long", "parquet", "jsonl", "fhir-r4b", "fhir-r5", "dicom", "cdisc", "pdf", "bundle"]
)
def test_every_format_is_made_from_the_page_and_opens(clinic, format_):
    otto = clinic.as_("otto")
    with opened_zip(otto, made(otto, format=format_)) as found:
        assert found.testzip() is None
        assert len(found.namelist()) > 1
