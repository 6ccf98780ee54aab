"""Whatever stands in a course.toml: the course loads, or every fault is one line; never a crash."""

import random

import pytest
from drawn_files import encoded, scene

from pigtrack.errors import CourseError
from pigtrack.store.folder import COURSE_FILE, load_course

TEXT = """\
[course]
id = "C-0001"
site = "left cheek"
mode = "spots"
primary = "load"
card = "colorchecker-classic"
card_patch_pitch_mm = 9.0
region  = [[310, 220], [1800, 240], [1750, 1500], [300, 1450]]
exclude = [[[900, 400], [990, 400], [990, 500], [900, 500]]]

[[session]]
date = 2026-01-11
photos = ["a.jpg"]
treatment = { technique = "manual injection" }
after_procedure = false

[[session]]
date = 2026-02-01T10:30:00
photos = ["b.jpg", "c.jpg"]
skin_state = "clean"
"""

VALUES = (
    *("true", "-1", "0", "1e400", "nan", "inf", '""', '"x"', "[]", "[[]]", "{}", "[[[]]]", "{ a = [1] }", "2026-01-11"),
    *("10:00:00", "2026-01-11T10:00:00Z", "9" * 5000, '"""\n[course]\n"""', "'\\'", '"\\u0000"', '"../x"', "[1, true]"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    here = tmp_path_factory.mktemp("course")
    for seed, name in enumerate(("a.jpg", "b.jpg", "c.jpg")):
        (here / name).write_bytes(encoded(scene(seed=seed)))
    return here


def load(folder, data: bytes):
    """Load a course; return its faults, one line each, or None where it loads."""
    (folder / COURSE_FILE).write_bytes(data)
    try:
        load_course(folder)
    except CourseError as fault:
        return fault.problem.split("\n")
    return None


def test_the_text_that_is_damaged_below_is_whole(folder):
    assert load(folder, TEXT.encode()) is None


def test_any_value_in_any_place_loads_or_is_one_fault_on_its_own_line(folder):
    lines = TEXT.split("\n")
    for number, line in enumerate(lines):
        if " = " not in line:
            continue
        for value in VALUES:
            changed = [*lines[:number], f"{line.split('=')[0].strip()} = {value}", *lines[number + 1 :]]
            faults = load(folder, "\n".join(changed).encode())
            assert faults is None or any(f"line {number + 1}" in fault for fault in faults), (line, value, faults)


def test_any_line_lost_doubled_or_moved_loads_or_is_told(folder):
    lines = TEXT.split("\n")
    for number in range(len(lines)):
        for changed in (
            lines[:number] + lines[number + 1 :],
            lines[: number + 1] + lines[number:],
            lines[number:] + lines[:number],
        ):
            load(folder, "\n".join(changed).encode())


def damage(chance: random.Random) -> bytes:
    data = bytearray(TEXT.encode())
    for _ in range(chance.choice((1, 2, 8))):
        at = chance.randrange(len(data))
        way = chance.randrange(4)
        if way == 0:
            data[at] = chance.randrange(256)
        elif way == 1:
            del data[at : at + chance.randrange(1, 30)]
        elif way == 2:
            data[at:at] = chance.choice((b"\n", b'"', b"[", b"]", b"#", b"=", b"\xef\xbb\xbf", b"\\", b"'''", b"."))
        else:
            other = chance.randrange(len(data))
            data[at:at] = data[other : other + chance.randrange(1, 60)]
    return bytes(data)


def test_damaged_course_files_load_or_are_told(folder):
    chance = random.Random(1)
    outcomes = [load(folder, damage(chance)) for _ in range(300)]
    assert any(each is None for each in outcomes)
    assert all(each is None or len(each) >= 2 for each in outcomes if each is None or "can't be used" in each[0])


@pytest.mark.slow
def test_ten_thousand_damaged_course_files_load_or_are_told(folder):
    chance = random.Random(2)
    for _ in range(10_000):
        load(folder, damage(chance))
