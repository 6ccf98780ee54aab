"""What the page on safety says of each requirement names files that are there, and no requirement twice."""

import re
from pathlib import Path

import pytest

from pigtrack.store.frames import LONGEST_PX
from pigtrack.store.record.passwords import _HASHER
from pigtrack.store.record.users import MEMORY, TRIES
from pigtrack.store.record.web_sessions import IDLE, LASTS
from pigtrack.tracker.record.glancing import FRAME_BYTES_MOST
from pigtrack.web import listening, posted
from pigtrack.web.doorway import STANDING_MOST
from pigtrack.web.rates import Rates
from pigtrack.web.safety import UPLOAD_BYTES_MOST

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text()
ROWS = re.findall(r"^\| (\d[\d., –]*) \|[^|]+\| ([^|]+) \| ([^|]+) \|$", PAGE, flags=re.M)


def test_every_file_that_it_names_is_there():
    named = set(re.findall(r"`((?:pigtrack|tests|docs)/[\w./-]+|locks/[\w.-]+)`", PAGE))
    assert len(named) > 25
    assert [each for each in sorted(named) if not (ROOT / each).is_file()] == []
    linked = set(re.findall(r"\]\(([\w-]+\.md)\)", PAGE))
    assert [each for each in sorted(linked) if not (ROOT / "docs" / each).is_file()] == []


def test_every_line_says_where_it_stands_and_what_is_not_met_says_what_is_missing():
    assert len(ROWS) > 80
    assert {state.strip("* ") for _, state, _ in ROWS} == {"met", "partly", "not met", "clinic"}
    assert all(len(where) > 25 for _, state, where in ROWS if state.strip("* ") != "met")


def spelt_out(numbers: str) -> list[str]:
    """Return the requirements of a line, one by one: 1.3.2, 3.5.1–3.5.3."""
    found = []
    for part in numbers.replace(" ", "").split(","):
        first, _, last = part.partition("–")
        chapter, end = first.rsplit(".", 1), int((last or first).rsplit(".", 1)[1])
        found += [f"{chapter[0]}.{number}" for number in range(int(chapter[1]), end + 1)]
    return found


def test_no_requirement_is_answered_twice():
    numbers = [each for row in ROWS for each in spelt_out(row[0])]
    assert len(numbers) == len(set(numbers))
    assert len(numbers) > 120


@pytest.mark.parametrize("chapter", [1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 14, 15, 16])
def test_every_chapter_that_concerns_it_is_answered(chapter):
    assert re.search(rf"^## V{chapter} ", PAGE, flags=re.M)
    assert any(row[0].startswith(f"{chapter}.") for row in ROWS)


def test_the_limits_it_tells_are_those_that_hold():
    assert (TRIES, MEMORY.total_seconds() / 60) == (5, 15)
    assert (IDLE.total_seconds() / 60, LASTS.total_seconds() / 3600) == (30, 12)
    rates = Rates(clock=lambda: 0.0)
    told = {rates.addresses: 100, rates.codes: 30, rates.askers: 3000}
    for rate, most in told.items():
        assert [rate.take("x") for _ in range(most)] == [0.0] * most
        assert rate.take("x") > 0


def limits():
    """Return the rows of the table of limits: what it says of each."""
    part = PAGE.split("\n## Limits")[1].split("\n## ")[0]
    return dict(re.findall(r"^\| ([^|]+) \| ([^|]+) \|", part, flags=re.M))


def test_every_line_of_the_table_of_limits_says_what_the_code_holds():
    told, most, stalls = limits(), listening.CONNECTIONS_MOST, listening.BODY_STALLS_S
    idle, lasts, memory = IDLE.total_seconds() / 60, LASTS.total_seconds() / 3600, MEMORY.total_seconds() / 60
    fields, letters, frame = posted._FIELDS_MOST, posted._LETTERS_MOST, FRAME_BYTES_MOST // 1024
    drips = f"slower than {listening.BODY_BYTES_S} bytes a second after {stalls:.0f} s"
    hold = {
        "wrong passwords of one name": f"{TRIES} in {memory:.0f} minutes",
        "a form": f"{posted.FORM_BYTES_MOST / 1e6:.0f} MB, {fields} fields, {letters:,} letters",
        "a photograph": f"{UPLOAD_BYTES_MOST / 2**20:.0f} MiB",
        "a live picture of the camera's page": f"{frame} KiB, JPEG, {LONGEST_PX:,} pixels a side; 90 in a minute",
        "passwords worked on at a time": f"2 ({_HASHER.memory_cost // 1024} MiB each), 20 waiting",
        "a request's head · a body that stands still · one that drips": (
            f"{listening.HEAD_WITHIN_S:.0f} s · {stalls:.0f} s · {drips}"
        ),
        "connections": f"{most}; from {most - listening.ROOM} on",
        "agreeing on TLS at a time": str(STANDING_MOST),
        "signed in without a word · at all": f"{idle:.0f} minutes · {lasts:.0f} hours",
    }
    assert [(what, told[what]) for what, said in hold.items() if not told[what].startswith(said)] == []


def test_so_many_live_pictures_are_looked_at_in_a_minute():
    glances = Rates(clock=lambda: 0.0).glances
    assert [glances.take("x") for _ in range(90)] == [0.0] * 90
    assert glances.take("x") > 0
