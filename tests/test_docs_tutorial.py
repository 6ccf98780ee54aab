"""The tutorial's terminal lines are what the terminal shows."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
from drawn_courses import draw
from PIL import Image, ImageFilter
from typer.testing import CliRunner

from pigtrack.cli import app

PAGE = (Path(__file__).parent.parent / "docs" / "tutorial.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A folder with the tutorial's photographs in it."""
    folder = tmp_path_factory.mktemp("desk")
    drawn = draw(folder / "drawn", seed=11, change="fade", fall=30.0, sessions=3, megapixels=1.5)
    (folder / "my-course").mkdir()
    for number in (1, 2, 3):
        shutil.copy(drawn.folder / f"session-0{number}.jpg", folder / "my-course" / f"visit-{number}.jpg")
    with Image.open(folder / "my-course" / "visit-2.jpg") as sharp:
        sharp.filter(ImageFilter.GaussianBlur(8)).save(folder / "soft.jpg", quality=92, exif=sharp.info["exif"])
    return folder


def steps():
    """What the tutorial does, in its order: lines typed with what is shown, and the course.toml that is filled in."""
    for language, text in BLOCKS:
        if language == "toml":
            yield "course.toml", text
        elif language == "console":
            yield from re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE)


def pattern_of(shown):
    """Of the lines shown, "…" standing for whatever follows."""
    return ".*".join(re.escape(part) for part in shown.strip().split("…"))


def test_the_terminal_shows_what_the_tutorial_says(desk, monkeypatch):
    monkeypatch.chdir(desk)
    monkeypatch.setenv("COLUMNS", "100")
    typed = []
    for line, shown in steps():
        if line == "course.toml":
            (desk / "my-course" / "course.toml").write_text(shown, encoding="utf-8")
            continue
        done = CliRunner().invoke(app, shlex.split(line)[1:], catch_exceptions=False)
        said = "\n".join(filter(None, (done.stderr.strip(), done.stdout.strip())))
        assert re.fullmatch(pattern_of(shown), said, re.DOTALL), said
        assert done.exit_code == ("reject" in shown)
        typed.append(line.split()[1])
    assert typed == ["init", "check", "check", "check", "measure", "measure"]


def test_what_the_tutorial_calls_true_is_true(desk):
    assert "had truly lost 30 %" in PAGE
    low, high = map(int, re.findall(r"interval (\d+)–(\d+) %", PAGE)[1])
    assert low <= 30 <= high


def test_the_refusals_that_the_tutorial_explains_are_said_somewhere_in_the_code():
    code = "".join(
        path.read_text(encoding="utf-8") for path in (Path(__file__).parent.parent / "pigtrack").rglob("*.py")
    )
    joined = re.sub(r'"\s*\n\s*f?"', "", code)
    for message in re.findall(r"^\| \*(?!\*)(.*?)\.?\* \|", PAGE, re.MULTILINE):
        assert message in joined, message
