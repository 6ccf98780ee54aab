"""Whatever is wrong with what is given: one clear sentence with its remedy, the promised status, nothing written."""

import json

import pytest
from course_stories import COURSE_FILES, FILES_OF_A_COURSE, FOLDERS
from photograph_stories import HOSTILE_NAMES, NO_CARD, REFUSED
from place_stories import CARDS, PLACES, PROTOCOLS_AND_COHORTS, USAGE
from story import Place, standing
from typer.testing import CliRunner

from pigtrack import cli

STORIES = {**FOLDERS, **COURSE_FILES, **FILES_OF_A_COURSE, **PLACES, **CARDS, **PROTOCOLS_AND_COHORTS}


def run(*command):
    """Run the command line in this process; anything but a tidy end is a traceback to a person."""
    outcome = CliRunner().invoke(cli.app, [str(each) for each in command])
    assert outcome.exception is None or isinstance(outcome.exception, SystemExit), outcome.exception
    assert "Traceback" not in outcome.output
    return outcome


def as_sentences(text):
    """Assert that a message is made of whole sentences, one a line, without signs that steer a terminal."""
    lines = text.rstrip("\n").split("\n")
    assert lines[-1].endswith(".") or lines[-1].endswith(")"), text
    assert all(letter.isprintable() for line in lines for letter in line), text
    text.encode("utf-8")


@pytest.fixture
def place(tmp_path, drawn, monkeypatch):
    """An empty folder to work in."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return Place(tmp_path, drawn)


@pytest.mark.parametrize("name", STORIES)
def test_it_is_told_and_nothing_is_written(place, name):
    story = STORIES[name]
    command = story.make(place)
    before = standing(place.folder)
    outcome = run(*command)
    assert outcome.exit_code == story.status, outcome.output
    assert outcome.stdout == "" or command[0] == "cards", outcome.stdout
    for words in story.says:
        assert words in outcome.stderr
    as_sentences(outcome.stderr)
    assert standing(place.folder) == before


@pytest.mark.parametrize("name", USAGE)
def test_wrong_usage_ends_with_2(place, name):
    command, words = USAGE[name]
    outcome = run(*command)
    assert (outcome.exit_code, outcome.stdout) == (2, "")
    assert words in outcome.stderr
    assert "Usage" in outcome.stderr
    assert not any(place.folder.joinpath("work").iterdir())


def checked(*photographs):
    """Check photographs in one go; their reports."""
    outcome = run("check", "--json", "--", *photographs)
    assert outcome.stderr == ""
    return outcome.exit_code, [json.loads(line) for line in outcome.stdout.strip().split("\n")]


def test_check_looks_at_every_file_that_is_no_photograph_and_says_what_it_is(place):
    paths = [place.photograph(data, f"{k}.jpg") for k, (data, _) in enumerate(REFUSED.values())]
    status, reports = checked(*paths)
    assert (status, len(reports)) == (1, len(REFUSED))
    for (name, (_, words)), report in zip(REFUSED.items(), reports, strict=True):
        assert report["verdict"] == "reject", name
        [check] = report["checks"]
        assert (check["name"], check["verdict"]) == ("readable", "reject")
        assert words in check["remedy"], (name, check["remedy"])
        as_sentences(check["remedy"])


@pytest.mark.parametrize("name", REFUSED)
def test_a_course_with_it_ends_before_anything_is_written(place, name):
    data, words = REFUSED[name]
    folder = place.with_second(lambda path: path.write_bytes(data))
    before = standing(place.folder)
    outcome = run("measure", folder)
    assert (outcome.exit_code, outcome.stdout) == (1, "")
    assert words in outcome.stderr
    assert '"b.jpg"' in outcome.stderr
    as_sentences(outcome.stderr)
    assert standing(place.folder) == before


def test_pictures_without_a_card_are_rejected_with_a_remedy_whatever_their_facts(place):
    paths = [place.photograph(data, f"{k}.jpg") for k, data in enumerate(NO_CARD.values())]
    status, reports = checked(*paths)
    assert status == 1
    for name, report in zip(NO_CARD, reports, strict=True):
        assert (report["verdict"], report["card"]) == ("reject", None), name
        assert any(check["verdict"] == "reject" and check["remedy"].endswith(".") for check in report["checks"]), name


def test_a_hostile_name_does_no_harm_to_check(place, monkeypatch):
    for name in HOSTILE_NAMES:
        (place.folder / name).write_bytes(place.good["a.jpg"])
    monkeypatch.chdir(place.folder)
    before = standing(place.folder)
    outcome = run("check", "--", *HOSTILE_NAMES)
    assert (outcome.exit_code, outcome.stderr) == (0, "")
    assert all(letter.isprintable() for letter in outcome.stdout.replace("\n", ""))
    assert len([line for line in outcome.stdout.split("\n") if ": pass" in line or ": warn" in line]) == len(
        HOSTILE_NAMES
    )
    assert standing(place.folder) == before


@pytest.mark.slow
def test_hostile_names_do_no_harm_to_a_measurement(place, monkeypatch):
    """Names that are no text, that steer a terminal, that a page or a spreadsheet might obey."""
    folder = place.folder / "=1+1\n<b>"
    folder.mkdir()
    for session, name in enumerate((HOSTILE_NAMES[-2], HOSTILE_NAMES[-1], HOSTILE_NAMES[4]), start=1):
        (folder / name).write_bytes(place.drawn.bytes_of(session))
    outcome = run("measure", folder)
    assert outcome.exit_code == 0, outcome.output
    page = (folder / "results" / "report.html").read_bytes().decode("utf-8")
    assert "<script>alert" not in page
    table = (folder / "results" / "photos.csv").read_bytes().decode("utf-8")
    assert not [line for line in table.split("\n") if line.startswith("=") or ",=" in line]
