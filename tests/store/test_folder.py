import os
import re
from datetime import date, datetime

import pytest
from drawn_files import encoded, exif, scene

from pigtrack.errors import CardError, CourseError
from pigtrack.model.course import Endpoint, Mode
from pigtrack.store.folder import init_course, load_course, load_course_card

WHOLE = """\
[course]
id = "C-0001"
subject = "P-0007"
site = "left cheek"
diagnosis = "solar lentigo"
cause = "sun"
depth = "moderate"
skin_type = "II"
protocol = "dark-spot-mesotherapy"
mode = "field"
primary = "contrast"
card = "colorchecker-classic"
card_patch_pitch_mm = 9.0
region  = [[310, 220], [1800, 240], [1750, 1500], [300, 1450]]
control = [[2100, 300], [2400, 300], [2400, 700], [2100, 700]]
exclude = [[[900, 400], [990, 400], [990, 500], [900, 500]]]

[[session]]
date = 2026-01-11
photos = ["session-01.jpg"]
treatment = { technique = "manual injection", product = "F-RADIANCE" }
after_procedure = false
skin_state = "clean"

[[session]]
date = 2026-02-01T10:30:00
photos = [
  "visit-2/a.jpg",   # two replicate shots
  "visit-2/b.jpg",
]
"""


@pytest.fixture
def folder(tmp_path):
    """A folder with a few photographs that differ."""
    here = tmp_path / "C-0001"
    for seed, name in enumerate(("session-01.jpg", "visit-2/a.jpg", "visit-2/b.jpg")):
        photograph(here / name, seed=seed)
    return here


def photograph(path, *, seed=0, taken=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encoded(scene(seed=seed), exif=exif(taken=taken)))


def write(folder, text):
    folder.mkdir(exist_ok=True)
    (folder / "course.toml").write_text(text, encoding="utf-8")
    return folder


def faults(folder, text):
    with pytest.raises(CourseError) as caught:
        load_course(write(folder, text))
    return caught.value.problem.split("\n")[1:]


def test_everything_that_a_course_file_says_is_kept(folder):
    course = load_course(write(folder, WHOLE))
    assert (course.id, course.subject, course.site, course.skin_type) == ("C-0001", "P-0007", "left cheek", "II")
    assert (course.mode, course.primary, course.card_patch_pitch_mm) == (Mode.FIELD, Endpoint.CONTRAST, 9.0)
    assert course.region[1] == (1800.0, 240.0)
    assert len(course.control) == 4
    assert len(course.exclude) == 1
    first, second = course.sessions
    assert (first.number, first.date, first.photos) == (1, date(2026, 1, 11), ("session-01.jpg",))
    assert first.treatment == {"technique": "manual injection", "product": "F-RADIANCE"}
    assert (second.date, second.photos) == (datetime(2026, 2, 1, 10, 30), ("visit-2/a.jpg", "visit-2/b.jpg"))
    assert course.assumptions == ()


def test_the_least_that_a_course_file_must_say(folder):
    course = load_course(write(folder, '[[session]]\ndate = 2026-01-11\nphotos = ["session-01.jpg"]\n'))
    assert (course.id, course.mode, course.primary, course.card) == ("C-0001", "spots", "load", "colorchecker-classic")


def test_a_file_saved_by_a_windows_editor_is_read_alike(folder):
    expected = load_course(write(folder, WHOLE))
    (folder / "course.toml").write_bytes(b"\xef\xbb\xbf" + WHOLE.replace("\n", "\r\n").encode())
    assert load_course(folder) == expected


def test_all_faults_are_told_at_once_each_with_its_line(folder):
    said = faults(
        folder,
        """\
[course]
foot = 3
subject = 7
mode = "blobs"
card = "nocard"
card_patch_pitch_mm = 0
region = [[0, 0], [10, 10], [10, 0], [0, 10]]
control = [[0, 0], [1, 1]]

[[session]]
date = 2026-02-11
photos = [
  "session-01.jpg",
  "../outside.jpg",
  "gone.jpg",
]

[[session]]
date = 2026-01-11
photos = ["session-01.jpg"]
skinstate = "clean"
[[session]]
date = "2026-03-11"
photos = []
""",
    )
    lines = [int(line.split()[1].rstrip(":")) for line in said]
    assert lines == [2, 3, 4, 5, 6, 7, 8, 14, 15, 19, 20, 21, 23, 24]


CASES = {
    "a line that is no TOML": ("[course]\nid = \n", "line"),
    "a course that is a list": ("[[course]]\n" + WHOLE.split("\n\n")[1], "must be one table"),
    "a session in single brackets": ('[session]\ndate = 2026-01-11\nphotos = ["session-01.jpg"]\n', "double brackets"),
    "another table": (WHOLE + "[patient]\nname = 'x'\n", '"patient"'),
    "no session": ("[course]\nid = 'x'\n", "no [[session]]"),
    "a true pitch": (WHOLE.replace("mm = 9.0", "mm = true"), "card_patch_pitch_mm must be"),
    "an endless pitch": (WHOLE.replace("mm = 9.0", "mm = inf"), "card_patch_pitch_mm must be"),
    "a text pitch": (WHOLE.replace("mm = 9.0", 'mm = "9"'), "card_patch_pitch_mm must be"),
    "a huge pitch": (WHOLE.replace("mm = 9.0", f"mm = {'9' * 400}"), "card_patch_pitch_mm must be"),
    "an unknown endpoint": (WHOLE.replace('"contrast"', '"size"'), "primary must be one of area, contrast, load"),
    "an empty id": (WHOLE.replace('"C-0001"', '" "'), "id must be"),
    "an id of two lines": (WHOLE.replace('"C-0001"', '"a\\nb"'), "id must be"),
    "a corner of three": (WHOLE.replace("[310, 220]", "[310, 220, 1]"), "region must be a polygon"),
    "a corner of text": (WHOLE.replace("[310, 220]", '["310", 220]'), "region must be a polygon"),
    "a corner nowhere": (WHOLE.replace("[310, 220]", "[nan, 220]"), "region must be a polygon"),
    "a flat control": (WHOLE.replace("[2400, 700], [2100, 700]", "[2700, 300]"), "control has an outline"),
    "one polygon to exclude": (WHOLE.replace("[[[900, 400]", "[[900, 400]").replace("500]]]", "500]]"), "exclude must"),
    "a date that is a time": (WHOLE.replace("= 2026-01-11", "= 10:30:00"), "date must be written like"),
    "a date of no calendar": (WHOLE.replace("= 2026-01-11", "= 2026-02-31"), "line 19"),
    "no date": (WHOLE.replace("date = 2026-01-11\n", ""), "session 1 has no date"),
    "one photograph as text": (WHOLE.replace('["session-01.jpg"]', '"session-01.jpg"'), "session 1 has no photographs"),
    "a number for a photograph": (WHOLE.replace('["session-01.jpg"]', "[1]"), "photos must be a list of names"),
    "a name that is empty": (WHOLE.replace('"session-01.jpg"', '""'), "lies outside"),
    "an absolute path": (WHOLE.replace('"session-01.jpg"', '"/etc/hostname"'), "lies outside"),
    "a folder for a photograph": (WHOLE.replace('"session-01.jpg"', '"visit-2"'), "is no file"),
    "a name written twice": (WHOLE.replace('"visit-2/b.jpg"', '"./visit-2/a.jpg"'), "is named 2 times"),
    "yes for true": (WHOLE.replace("= false", '= "no"'), "after_procedure must be true or false"),
    "a treatment in words": (WHOLE.replace("= { technique", '= "x" # { technique'), "treatment must be a table"),
    "a card file that is missing": (WHOLE.replace('"colorchecker-classic"', '"mine.toml"'), "mine.toml"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_course_file_is_refused_for(case, folder):
    text, expected = CASES[case]
    said = faults(folder, text)
    assert any(expected in line for line in said), said
    assert len(said) == 1 or "date" in case or "name" in case, said


def test_a_link_out_of_the_folder_is_no_photograph_of_it(folder, tmp_path):
    photograph(tmp_path / "secret.jpg", seed=9)
    (folder / "session-01.jpg").unlink()
    (folder / "session-01.jpg").symlink_to(tmp_path / "secret.jpg")
    assert faults(folder, WHOLE) == ['line 20: the photograph "session-01.jpg" lies outside the course\'s folder.']


def test_one_photograph_under_two_names_is_refused(folder):
    (folder / "visit-2" / "b.jpg").write_bytes((folder / "session-01.jpg").read_bytes())
    expected = 'the photographs "session-01.jpg" and "visit-2/b.jpg" are the same file.'
    assert faults(folder, WHOLE) == [f"line 29: {expected}"]


def test_two_photographs_whose_label_images_would_share_a_name_are_refused(folder):
    photograph(folder / "visit-2" / "a.jpeg", seed=5)
    assert "differ in their suffix alone" in faults(folder, WHOLE.replace("visit-2/b.jpg", "visit-2/a.jpeg"))[0]


HOSTILE = [
    "new\nline.jpg",
    "-rf.jpg",
    "two  spaces.jpg",
    "quo'te\"s.jpg",
    "ä漢字\u202e.jpg",
    "=1+1.jpg",
    "x" * 240 + ".jpg",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_survive_being_written_and_read(tmp_path, name):
    photograph(tmp_path / name, taken="2026:01:11 09:00:00")
    init_course(tmp_path)
    assert load_course(tmp_path).sessions[0].photos == (name,)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_fault_about_a_hostile_name_stays_on_one_line(folder, name):
    import json

    assert len(faults(folder, WHOLE.replace('"session-01.jpg"', json.dumps(name)))) == 1


def test_photographs_alone_are_grouped_by_day(tmp_path):
    for seed, (name, taken) in enumerate(
        {"c.jpg": "2026:01:11 09:00:00", "a.jpg": "2026:01:25 09:00:00", "b.jpg": "2026:01:11 17:30:00"}.items()
    ):
        photograph(tmp_path / name, seed=seed, taken=taken)
    photograph(tmp_path / "results" / "x.jpg", seed=7)
    (tmp_path / "._c.jpg").write_bytes(b"AppleDouble")
    course = load_course(tmp_path)
    assert [(session.date, session.photos) for session in course.sessions] == [
        (date(2026, 1, 11), ("b.jpg", "c.jpg")),
        (date(2026, 1, 25), ("a.jpg",)),
    ]
    assert any("one session" in said for said in course.assumptions)


def test_photographs_without_dates_follow_their_names(tmp_path):
    for seed, number in enumerate((10, 9, 1)):
        photograph(tmp_path / f"shot-{number}.jpg", seed=seed)
    course = load_course(tmp_path)
    assert [session.photos[0] for session in course.sessions] == ["shot-1.jpg", "shot-9.jpg", "shot-10.jpg"]
    assert [session.date for session in course.sessions] == [None, None, None]
    assert any("order of the names" in said for said in course.assumptions)


def test_init_writes_a_file_that_loads_and_is_never_overwritten(tmp_path):
    photograph(tmp_path / "a.jpg", taken="2026:01:11 09:00:00")
    path = init_course(tmp_path)
    text = path.read_text(encoding="utf-8")
    course = load_course(tmp_path)
    assert course.sessions[0].date == date(2026, 1, 11)
    assert course.assumptions == ()
    with pytest.raises(CourseError, match="is there already"):
        init_course(tmp_path)
    assert path.read_text(encoding="utf-8") == text


def test_init_leaves_a_missing_date_to_be_filled_in(tmp_path):
    photograph(tmp_path / "a.jpg")
    init_course(tmp_path)
    with pytest.raises(CourseError, match=r"line \d+: session 1 has no date"):
        load_course(tmp_path)


def test_every_commented_line_of_a_new_course_file_is_valid_when_uncommented(tmp_path):
    photograph(tmp_path / "a.jpg", taken="2026:01:11 09:00:00")
    path = init_course(tmp_path)
    lines = path.read_text(encoding="utf-8").split("\n")
    path.write_text("\n".join(line[2:] if re.match(r"# (\w+ = |\[\w+\]$)", line) else line for line in lines))
    course = load_course(tmp_path)
    assert course.sessions[0].treatment["technique"] == "manual injection"
    assert course.sessions[0].adverse_events[0].kind == "bruise"
    assert (course.patient_language, course.screen.signed_by) == ("en", "staff-1")


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir(), lambda path: path.write_text("x")])
def test_a_folder_without_photographs_is_no_course(tmp_path, make):
    make(tmp_path / "course")
    with pytest.raises(CourseError):
        load_course(tmp_path / "course")


def test_a_course_file_that_is_no_text_is_refused(folder):
    (folder / "course.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CourseError, match="not UTF-8"):
        load_course(folder)
    (folder / "course.toml").unlink()
    (folder / "course.toml").mkdir()
    with pytest.raises(CourseError, match="no text file"):
        load_course(folder)


def test_a_deeply_nested_course_file_is_refused_and_not_a_crash(folder):
    faults(folder, "[course]\nregion = " + "[" * 100_000)


def test_the_course_s_own_pitch_goes_over_the_card_file_s(folder):
    course = load_course(write(folder, WHOLE.replace("= 9.0", "= 9.5")))
    assert load_course_card(folder, course).pitch_mm == 9.5


def test_a_card_file_beside_the_course_is_used(folder):
    from pigtrack.store.reference_data import data_folder

    card = (data_folder("calibration") / "cards" / "colorchecker-classic.toml").read_text(encoding="utf-8")
    (folder / "mine.toml").write_text(card.replace('name = "colorchecker-classic"', 'name = "mine"'), encoding="utf-8")
    course = load_course(write(folder, WHOLE.replace('"colorchecker-classic"', '"mine.toml"')))
    assert load_course_card(folder, course).name == "mine"
    with pytest.raises(CardError):
        load_course_card(folder.parent, course)


def test_a_folder_s_hostile_name_becomes_an_id_of_one_line(tmp_path):
    photograph(tmp_path / "left\ncheek" / "a.jpg")
    assert load_course(tmp_path / "left\ncheek").id == "left_cheek"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_without_rights_is_said(folder):
    folder.chmod(0)
    with pytest.raises(CourseError):
        load_course(folder)
    folder.chmod(0o700)
