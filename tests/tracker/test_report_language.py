import pytest
from typer.testing import CliRunner

from pigtrack import tracker
from pigtrack.cli import app
from pigtrack.store.catalogues import list_languages

REPORT_LIMIT = 5_000_000
"""Bytes of the sample course's report: it is sent by mail, and opened on phones."""


def test_a_report_is_written_in_the_language_that_was_asked_for(drawn, tmp_path):
    asked = ["measure", str(drawn.folder), "--out", str(tmp_path / "out"), "--language", "de"]
    said = CliRunner().invoke(app, asked)
    assert said.exit_code == 0
    html = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert '<html lang="de">' in html
    assert "Methode und Qualität" in html
    assert "spots in 3 of 3 photographs" in said.stdout  # the command line speaks English


def test_another_language_is_a_wrong_use_and_measures_nothing(tmp_path):
    said = CliRunner().invoke(app, ["measure", str(tmp_path), "--language", "xx"])
    assert said.exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_language_is_the_callers_fault(drawn, tmp_path):
    with pytest.raises(ValueError, match="language must be one of de, en"):
        tracker.measure(course_folder=drawn.folder, out=tmp_path / "out", language="xx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("language", list_languages())
def test_the_sample_courses_report_can_be_sent(language, tmp_path):
    tracker.demo(out=tmp_path / "demo", language=language)
    assert (tmp_path / "demo" / "report.html").stat().st_size <= REPORT_LIMIT
