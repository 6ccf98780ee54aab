"""Bad courses: the folder, its course.toml, and the files that it names."""

import os
from datetime import date

from story import Place, told

LONG = "x" * 5000


def line(more: str):
    """A course with one more line in [course]."""
    return lambda place: ["measure", place.course(more=more)]


def pitch(value: float):
    """A course whose card has another size."""
    return lambda place: ["measure", place.course(card_patch_pitch_mm=value)]


def visit(text: str):
    """A course with more lines in its last session."""
    return lambda place: ["measure", place.course(session=text)]


def text(data: str | bytes):
    """A course with another course.toml."""
    return lambda place: ["measure", place.toml(data)]


def second(spoil):
    """A course whose second photograph is something else."""
    return lambda place: ["measure", place.with_second(spoil)]


def beside(key: str, spoil):
    """A course that names a file beside it that is something else."""

    def make(place: Place):
        folder = place.course(more=f'{key} = "beside.toml"')
        spoil(folder / "beside.toml")
        if key == "card":
            whole = (folder / "course.toml").read_text()
            (folder / "course.toml").write_text(whole.replace('card = "colorchecker-classic"', ""))
        return ["measure", folder]

    return make


def sessions(*days: date | str) -> str:
    return "".join(
        f'[[session]]\ndate = {day}\nphotos = ["{name}"]\n' for day, name in zip(days, ("a.jpg", "b.jpg"), strict=False)
    )


def two_faults(place: Place):
    return ["measure", place.toml('[course]\nfoot = 1\n[[session]]\ndate = 2026-01-01\nphotos = ["gone.jpg"]\n')]


def copies(place: Place):
    return ["measure", place.with_second(lambda path: path.write_bytes(place.good["a.jpg"]))]


def outside(place: Place):
    secret = place.photograph(place.good["b.jpg"], "secret.jpg")
    return ["measure", place.with_second(lambda path: path.symlink_to(secret))]


def no_photographs(place: Place):
    place.file("empty/readme.txt")
    return ["measure", place.folder / "empty"]


def photographs_alone(spoil):
    """A folder without course.toml with one thing that is no photograph."""

    def make(place: Place):
        folder = place.with_second(spoil)
        (folder / "course.toml").unlink()
        return ["measure", folder]

    return make


def linked_course_file(place: Place):
    folder = place.course()
    (folder / "course.toml").unlink()
    (folder / "course.toml").symlink_to("course.toml")
    return ["measure", folder]


def piped_course_file(place: Place):
    folder = place.course()
    (folder / "course.toml").unlink()
    os.mkfifo(folder / "course.toml")
    return ["measure", folder]


def inner_clash(place: Place):
    folder = place.course()
    (folder / "b.png").mkdir()
    (folder / "b.png" / "c.jpg").write_bytes(place.drawn.bytes_of(3))
    with (folder / "course.toml").open("a") as file:
        file.write('[[session]]\ndate = 2026-02-01\nphotos = ["b.png/c.jpg"]\n')
    return ["measure", folder]


FOLDERS = {
    "no such folder": told(lambda place: ["measure", place.folder / "gone"], "There is no folder", "Name a folder"),
    "a name that no disk takes": told(lambda place: ["measure", LONG], "can't be read (File name too long)"),
    "a file for a folder": told(
        lambda place: ["measure", place.course() / "course.toml"], "is a file", "Name the folder"
    ),
    "an empty folder": told(no_photographs, "There are no photographs", "Name the folder that holds them."),
    "init in no such folder": told(lambda place: ["init", place.folder / "gone"], "There is no folder"),
    "init under a name that no disk takes": told(lambda place: ["init", LONG], "can't be read (File name too long)"),
    "init where a course.toml is": told(lambda place: ["init", place.course()], "is there already", "Edit it"),
    "init without photographs": told(lambda place: ["init", no_photographs(place)[1]], "There are no photographs"),
    "photographs alone, one a pipe": told(photographs_alone(os.mkfifo), '"b.jpg" is no file'),
    "photographs alone, one a dangling link": told(
        photographs_alone(lambda path: path.symlink_to("gone.jpg")), '"b.jpg" is no file'
    ),
    "photographs alone, one empty": told(photographs_alone(lambda path: path.touch()), '"b.jpg" is empty'),
}

COURSE_FILES = {
    "an unknown key": told(line("foot = 3"), 'line 2: unknown key "foot"; known are'),
    "an unknown table": told(visit("[patient]"), 'no table or key "patient"'),
    "no TOML": told(text("[course\n"), "line 1: this is not TOML"),
    "UTF-16": told(text("[course]\n".encode("utf-16")), "it is not UTF-8 text", "Save it as plain text in UTF-8."),
    "Latin-1": told(text('[course]\nsite = "Schläfe"\n'.encode("latin-1")), "it is not UTF-8 text"),
    "a NUL byte": told(text('[course]\nid = "a\0b"\n'), "line 2: this is not TOML"),
    "an empty course.toml": told(text(""), "there is no [[session]]"),
    "a course.toml that links to itself": told(linked_course_file, "is no text file of sensible size"),
    "a pipe for a course.toml": told(piped_course_file, "is no text file of sensible size"),
    "a course.toml of 20 MB": told(text(b"#" * 20_000_000), "is no text file of sensible size"),
    "nested a hundred thousand deep": told(text("[course]\nregion = " + "[" * 100_000), "line 2: this is not TOML"),
    "two faults at once": told(two_faults, "line 2: unknown key", 'line 5: the photograph "gone.jpg" is missing'),
    "dates out of order": told(
        text(sessions("2026-02-01", "2026-01-01")), "line 5: session 2 is dated before session 1."
    ),
    "a date in quotes": told(text(sessions('"2026-02-01"')), "line 2: date must be written like 2026-01-11"),
    "a day that no calendar has": told(text(sessions("2026-02-30")), "line 2: this is not TOML"),
    "no date": told(text('[[session]]\nphotos = ["a.jpg"]\n'), "session 1 has no date"),
    "no photographs listed": told(text("[[session]]\ndate = 2026-01-01\n"), "session 1 has no photographs"),
    "a photograph named twice": told(
        text('[[session]]\ndate = 2026-01-01\nphotos = ["a.jpg", "./a.jpg"]\n'), "is named 2 times"
    ),
    "a photograph of an absolute path": told(
        text('[[session]]\ndate = 2026-01-01\nphotos = ["/etc/passwd"]\n'), "lies outside the course's folder"
    ),
    "a photograph above the folder": told(
        text('[[session]]\ndate = 2026-01-01\nphotos = ["../a.jpg"]\n'), "lies outside the course's folder"
    ),
    "a pitch in metres": told(pitch(0.009), "card_patch_pitch_mm must be a number of millimetres from 1"),
    "a pitch of the moon": told(pitch(1e9), "card_patch_pitch_mm must be"),
    "a mode that is none": told(line('mode = "blobs"'), "mode must be one of spots, field"),
    "a region that crosses itself": told(
        line("exclude = [[[0, 0], [10, 10], [10, 0], [0, 10]]]"), "encloses nothing or crosses itself"
    ),
    "an id of two lines": told(line('id = "a\\nb"'), "id must be one line"),
}

FILES_OF_A_COURSE = {
    "a missing photograph": told(second(lambda path: None), 'line 11: the photograph "b.jpg" is missing.'),
    "a folder for a photograph": told(second(lambda path: path.mkdir()), "is no file"),
    "a pipe for a photograph": told(second(os.mkfifo), "is no file"),
    "a device for a photograph": told(second(lambda path: path.symlink_to("/dev/zero")), "is no file"),
    "a link to itself for a photograph": told(second(lambda path: path.symlink_to(path)), "is missing"),
    "a link to a photograph outside": told(outside, "lies outside the course's folder"),
    "one photograph under two names": told(copies, 'the photographs "a.jpg" and "b.jpg" are the same file.'),
    "a folder named like another's label image": told(inner_clash, "named like another's label image"),
    "an empty photograph": told(second(lambda path: path.touch()), 'The photograph "b.jpg" is empty.', "again"),
    "a text for a photograph": told(second(lambda path: path.write_text("Dear doctor")), "is a text"),
    "an unknown card": told(line('card = "nocard"'), "There is no card named", "Name one of"),
    "a missing card file": told(beside("card", lambda path: None), "There is no card file"),
    "a pipe for a card file": told(beside("card", os.mkfifo), "There is no card file"),
    "a card file that is none": told(beside("card", lambda path: path.write_text("x = 1")), "cannot be used"),
    "a card file in UTF-16": told(
        beside("card", lambda path: path.write_bytes("a = 1".encode("utf-16"))), "it is not text in UTF-8"
    ),
    "a missing noise file": told(beside("noise", lambda path: None), "The noise file", "can't be read"),
    "a pipe for a noise file": told(beside("noise", os.mkfifo), "is no noise file", "pigtrack repeatability"),
    "a folder for a noise file": told(beside("noise", lambda path: path.mkdir()), "is no noise file"),
    "a noise file that is none": told(beside("noise", lambda path: path.write_text("x = 1")), "is no noise file"),
    "an unknown protocol": told(line('protocol = "moonlight"'), "There is no protocol named", "Name one of"),
    "a missing protocol file": told(beside("protocol", lambda path: None), "There is no protocol file"),
    "a pipe for a protocol file": told(beside("protocol", os.mkfifo), "There is no protocol file"),
    "a protocol file that is none": told(beside("protocol", lambda path: path.write_text("x = 1")), "beside.toml"),
    "a protocol file above the folder": told(line('protocol = "../x.toml"'), "lies outside the course's folder"),
}
