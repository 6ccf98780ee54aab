import re
import runpy
import shlex
from functools import cache
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from pigtrack.cli import app
from pigtrack.model.flags import QualityFlag
from pigtrack.store.catalogues import load_avoided
from pigtrack.store.columns import describe_columns
from pigtrack.store.course_file import parse_course
from pigtrack.store.tables import LESION_COLUMNS, PHOTO_COLUMNS, SESSION_COLUMNS

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
GUIDES = [page for page in PAGES if "decisions" not in page.parts]

LOUD = load_avoided("en")
"""Words that promise, judge, frighten, diagnose or rank, by reason."""


def loud_words(text):
    return [found.group() for words in LOUD.values() for found in words.finditer(text)]


def read(page):
    return page.read_text(encoding="utf-8")


def blocks(page, language):
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", read(page), re.MULTILINE | re.DOTALL)
    return [text for name, text in fenced if name == language]


def commands():
    lines = [line for page in PAGES for block in blocks(page, "") for line in block.splitlines()]
    written = [line for line in lines if line.startswith("pigtrack ")]
    inline = [said for page in PAGES for said in re.findall(r"`(pigtrack [a-z][^`\n]*)`", read(page))]
    return sorted({line.split("#")[0].strip() for line in [*written, *inline]})


@cache
def known_commands():
    found = {}

    def collect(command, path):
        found[path] = {option for each in command.params for option in each.opts if option.startswith("-")}
        for name, inner in getattr(command, "commands", {}).items():
            collect(inner, (*path, name))

    collect(get_command(app), ())
    return found


@pytest.mark.parametrize("line", commands())
def test_every_command_that_the_docs_name_exists_with_its_options(line):
    words_of_line = shlex.split(line)[1:]
    path = ()
    while words_of_line and (*path, words_of_line[0]) in known_commands():
        path = (*path, words_of_line.pop(0))
    assert path, line
    given = {word.split("=")[0] for word in words_of_line if word.startswith("-")}
    assert given <= known_commands()[path], line


def test_the_docs_name_enough_commands_for_this_test_to_mean_something():
    assert {line.split()[1] for line in commands()} >= {"demo", "init", "check", "measure", "cards", "bench", "phantom"}


def test_every_command_and_every_option_is_described():
    said = read(ROOT / "docs" / "commands.md")
    parts = dict(re.findall(r"^## pigtrack ([^\n]*)$(.*?)(?=^## |\Z)", said, re.MULTILINE | re.DOTALL))
    doors = {path for path in known_commands() if path and not any(other[:-1] == path for other in known_commands())}
    assert {" ".join(path) for path in doors} == set(parts)
    for path in doors:
        options = known_commands()[path] - {"--help", "-h"}
        assert options == set(re.findall(r"^\| `(--[\w-]+)", parts[" ".join(path)], re.MULTILINE)), path


def test_every_door_says_how_it_is_used():
    for path in known_commands():
        said = CliRunner().invoke(app, [*path, "--help"])
        assert said.exit_code == 0
        assert "Usage" in said.output


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "docs" / "course-toml.md"], ids=lambda page: page.name)
def test_the_course_files_in_the_docs_can_be_read(page):
    texts = blocks(page, "toml")
    assert texts
    for text in texts:
        course, faults = parse_course(text, "C-1")
        assert faults.said() == []
        assert course is not None


def test_every_key_of_a_course_is_described():
    from pigtrack.store.course_file import COURSE_KEYS, SCREEN_KEYS, SESSION_KEYS

    said = read(ROOT / "docs" / "course-toml.md")
    told = set(re.findall(r"`(\w+)`", "\n".join(line.split("|")[1] for line in said.splitlines() if line[:1] == "|")))
    assert told >= {*COURSE_KEYS, *SESSION_KEYS, *SCREEN_KEYS}


@pytest.mark.parametrize(
    ("table", "promised"), [("sessions", SESSION_COLUMNS), ("lesions", LESION_COLUMNS), ("photos", PHOTO_COLUMNS)]
)
def test_the_promised_columns_are_described_first_and_in_their_order(table, promised):
    described = describe_columns(table)
    assert tuple(column.name for column in described[: len(promised)]) == promised
    assert all(column.meaning.endswith(".") for column in described)


def test_every_column_that_a_measurement_writes_is_described(drawn):
    from pigtrack import measure_course

    measured = measure_course(drawn.folder)
    for table in ("sessions", "lesions", "photos"):
        assert set(getattr(measured, table)) <= {column.name for column in describe_columns(table)}


def test_the_columns_of_an_unknown_table_are_the_callers_fault():
    with pytest.raises(ValueError, match="sessions, lesions, photos"):
        describe_columns("people")


def test_the_generated_pages_are_up_to_date():
    for path, text in runpy.run_path(str(ROOT / "docs" / "make_tables.py"))["pages"]().items():
        assert read(path) == text, f"run: python docs/make_tables.py ({path.name})"


def test_the_drawing_of_the_flow_is_up_to_date_and_names_parts_of_the_method():
    flow = runpy.run_path(str(ROOT / "docs" / "make_flow.py"))
    assert read(ROOT / "docs" / "pictures" / "flow.svg") == flow["drawing"](), "run: python docs/make_flow.py"
    heads = re.findall(r"^## (\d+\w?)\. ", read(ROOT / "docs" / "method.md"), re.MULTILINE)
    assert {number for number, *_ in flow["STAGES"]} <= set(heads)


def test_every_flag_stands_in_the_docs():
    said = read(ROOT / "docs" / "flags.md")
    assert all(f"| `{flag.value}` | {flag.meaning} |" in said for flag in QualityFlag)


def anchors(page):
    heads = re.findall(r"^#+ (.*)$", read(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_the_docs_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", read(page)):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        there = (page.parent / name).resolve() if name else page
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), target


def test_pictures_are_small():
    pictures = list((ROOT / "docs" / "pictures").iterdir())
    assert pictures
    assert sum(path.stat().st_size for path in pictures) <= 1.5e6


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.name)
def test_no_page_promises_judges_or_frightens(page):
    assert loud_words(re.sub(r"`[^`\n]*`", "", read(page))) == []


def test_the_list_of_loud_words_would_catch_one():
    assert set(loud_words("Guaranteed: a powerful cure.")) == {"Guaranteed", "powerful", "cure"}
    assert loud_words("a suspicious spot")


def test_every_picture_of_the_docs_has_words():
    for page in PAGES:
        assert all(text.strip() for text in re.findall(r"!\[([^\]]*)\]", read(page)))


def test_the_limits_are_said_plainly_in_the_readme():
    said = " ".join(read(ROOT / "README.md").split())
    for sentence in ("It gives no diagnosis", "not a certified medical device", "**not** been validated clinically"):
        assert sentence in said


def test_the_readmes_python_uses_public_names_only():
    import pigtrack

    names = re.findall(r"pigtrack\.(\w+)", "\n".join(blocks(ROOT / "README.md", "python")))
    assert names
    assert set(names) <= set(pigtrack.__all__)
