"""pigtrack protocols: listed, told in words, copied, checked."""

import pytest
from typer.testing import CliRunner

from pigtrack.cli import app
from pigtrack.store.protocol_file import load_protocol, protocol_names


def run(*words):
    return CliRunner().invoke(app, ["protocols", *map(str, words)])


def test_every_known_protocol_is_listed_with_how_it_usually_goes():
    said = run()
    assert said.exit_code == 0
    assert all(f"{name}: " in said.output for name in protocol_names())
    assert "4 to 6 sessions, 7 to 14 days apart; 7 days after each kept out of the trend" in said.output


@pytest.mark.parametrize("name", protocol_names())
def test_a_protocol_is_told_in_words_with_its_sources(name):
    said = run(name)
    assert said.exit_code == 0
    told = load_protocol(name)
    words = " ".join(said.output.split())
    assert all(source in words for sources in told.cited.values() for source in sources)
    assert all(each["en"] in words for each in (*told.capture, *told.notes, *told.screen, *told.complications))
    assert max(len(line) for line in said.output.split("\n") if "https://" not in line) <= 100


def test_a_copy_can_be_edited_and_is_then_checked(tmp_path):
    out = tmp_path / "mine.toml"
    assert run("dark-spot-mesotherapy", "--write", out).exit_code == 0
    assert load_protocol(out).interval_days == (7, 14)
    out.write_text(out.read_text(encoding="utf-8").replace("value = 7,", "value = -7,"), encoding="utf-8")
    said = run(out)
    assert said.exit_code == 1
    assert "quiet_days must be a whole number from 0 to 180." in said.output


def test_a_copy_replaces_nothing(tmp_path):
    out = tmp_path / "mine.toml"
    out.write_text("mine", encoding="utf-8")
    said = run("observation", "--write", out)
    assert said.exit_code == 1
    assert "is there already" in said.output
    assert out.read_text(encoding="utf-8") == "mine"


def test_a_copy_that_cannot_be_written_is_told(tmp_path):
    assert "can't be written" in run("observation", "--write", tmp_path / "no" / "mine.toml").output
    assert "does not end in .toml" in run("observation", "--write", tmp_path / "mine.txt").output


def test_a_copy_of_nothing_is_wrong_usage():
    assert run("--write", "mine.toml").exit_code == 2


def test_an_unknown_protocol_ends_with_one_and_the_known_names():
    said = run("magic")
    assert said.exit_code == 1
    assert "dark-spot-mesotherapy" in said.output
