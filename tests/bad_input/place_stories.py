"""Bad places to write to, bad cards and numbers on the command line, wrong usage."""

import json
import os
from pathlib import Path

from story import Place, told

LONG = "x" * 5000


def measured(out):
    """Measure a good course into some place."""
    return lambda place: ["measure", place.course(), "--out", out(place)]


def foreign(place: Place, name: str = "mine.txt", data: str = "years of work") -> Path:
    place.file(f"out/{name}", data)
    return place.folder / "out"


def foreign_run(text: str):
    """A folder with somebody's work in which a run.json happens to lie."""

    def make(place: Place):
        foreign(place)
        return foreign(place, "run.json", text)

    return measured(make)


def earlier_results_with_more(place: Place):
    foreign(place)
    place.file("out/sessions.csv")
    return foreign(place, "run.json", json.dumps({"files": {"sessions.csv": "0"}}))


def linked_elsewhere(place: Place):
    place.file("out/sessions.csv")
    place.file("home/precious.txt")
    (place.folder / "out" / "labels").symlink_to(place.folder / "home")
    return foreign(place, "run.json", json.dumps({"files": {"sessions.csv": "0"}}))


def below_a_file(place: Place) -> Path:
    return place.file("file") / "below"


def ring(place: Place) -> Path:
    (place.folder / "ring").symlink_to("ring")
    return place.folder / "ring" / "out"


def photo(place: Place) -> Path:
    return place.photograph(place.good["a.jpg"])


def repeated(*more: str):
    return lambda place: ["repeatability", place.course(), *more]


PLACES = {
    "a file for the results": told(measured(lambda place: place.file("out")), "is no folder", "--out"),
    "results below a file": told(measured(below_a_file), "is no folder", "Name another place"),
    "results in a ring of links": told(measured(ring), "can't be written", "Name another place"),
    "results under a name that no disk takes": told(measured(lambda place: LONG), "File name too long"),
    "results over somebody's work": told(measured(foreign), 'did not write ("mine.txt")', "Move it away"),
    "results over a course": told(measured(lambda place: place.folder / "course"), "did not write"),
    "results over the whole disk": told(measured(lambda place: "/"), "can't be replaced as a whole", "inside it"),
    "results over work beside a foreign run.json": told(foreign_run("{}"), 'did not write ("mine.txt")'),
    "results over work beside a broken run.json": told(foreign_run("{"), 'did not write ("mine.txt")'),
    "results over work beside a run.json that lists nothing": told(foreign_run('{"files": {}}'), "did not write"),
    "results over work beside a run.json of nests": told(foreign_run("[" * 100_000), "did not write"),
    "results over earlier ones with notes in them": told(
        measured(earlier_results_with_more), 'did not write ("mine.txt")'
    ),
    "results over earlier ones that link elsewhere": told(measured(linked_elsewhere), 'did not write ("labels")'),
    "a demo over somebody's work": told(lambda place: ["demo", "--out", foreign(place)], "did not write"),
    "a phantom over somebody's work": told(
        lambda place: ["phantom", foreign(place)], "is not empty", "Name a folder that does not exist yet"
    ),
    "a phantom over a file": told(lambda place: ["phantom", place.file("out")], "is a file"),
    "a phantom below a file": told(lambda place: ["phantom", below_a_file(place)], "is no folder"),
    "a phantom under a name that no disk takes": told(lambda place: ["phantom", LONG], "File name too long"),
    "a benchmark below a file": told(lambda place: ["bench", "accuracy", "--out", below_a_file(place)], "is no folder"),
    "cards drawn over a file": told(
        lambda place: ["cards", "colorchecker-nano", "--draw", place.file("out")], "can't be written", "another place"
    ),
    "stickers over a folder": told(
        lambda place: ["cards", "--sticker", os.fspath(foreign(place).rename(place.folder / "s.svg"))],
        "can't be written",
    ),
    "stickers of another kind": told(
        lambda place: ["cards", "--sticker", place.folder / "s.jpg"], "SVG or PDF only", ".svg or .pdf"
    ),
    "noise over somebody's work": told(
        lambda place: [*repeated("--unchanged", "--out")(place), place.file("notes.toml")],
        "is something else already",
    ),
    "noise below a file": told(
        lambda place: [*repeated("--unchanged", "--out")(place), below_a_file(place)], "is no folder"
    ),
}

PROTOCOLS_AND_COHORTS = {
    "an unknown protocol to tell": told(lambda place: ["protocols", "moonlight"], "There is no protocol named", "Name"),
    "a protocol file that is none to tell": told(
        lambda place: ["protocols", place.file("p.toml", "x = 1")], '"p.toml"', "docs/protocols.md"
    ),
    "a protocol written over somebody's work": told(
        lambda place: ["protocols", "observation", "--write", place.file("p.toml")], "is there already"
    ),
    "a protocol written below a file": told(
        lambda place: ["protocols", "observation", "--write", place.file("file") / "p.toml"], "can't be written"
    ),
    "a cohort of no folder": told(lambda place: ["cohort", place.folder / "gone"], "There is no folder", "Check"),
    "a cohort of an empty folder": told(
        lambda place: ["cohort", place.file("empty/readme.txt").parent], "holds no course", "Name folders"
    ),
    "a cohort over somebody's work": told(
        lambda place: ["cohort", place.course(), "--out", foreign(place)], "did not write"
    ),
}

CARDS = {
    "check with an unknown card": told(
        lambda place: ["check", photo(place), "--card", "nocard"], "There is no card named", "Name one of"
    ),
    "check with a missing card file": told(
        lambda place: ["check", photo(place), "--card", "gone.toml"], "There is no card file"
    ),
    "check with a card file's name that no disk takes": told(
        lambda place: ["check", photo(place), "--card", f"{LONG}.toml"], "There is no card file"
    ),
    "check beside a missing baseline": told(
        lambda place: ["check", photo(place), "--baseline", place.folder / "gone.jpg"], "There is no photograph"
    ),
    "check beside a baseline that is a text": told(
        lambda place: ["check", photo(place), "--baseline", place.file("b.jpg", "Dear doctor")], "is a text"
    ),
    "an unknown card to list": told(lambda place: ["cards", "nocard"], "There is no card named"),
    "readings for a card": told(lambda place: ["cards", place.file("x.csv")], "but not which card they are of"),
    "repeatability of single shots": told(repeated(), "nothing repeats", "Take three shots"),
    "repeatability of no course": told(lambda place: ["repeatability", place.folder / "gone"], "There is no folder"),
}

USAGE = {
    "a language that is none": (["measure", "x", "--language", "klingon"], "not one of 'en', 'de'"),
    "a copy of no protocol": (["protocols", "--write", "x.toml"], "goes with the name of a protocol"),
    "no such command": (["meusure"], "No such command"),
    "no such option": (["measure", "x", "--wat"], "No such option"),
    "no course": (["measure"], "Missing argument"),
    "no photograph": (["check"], "Missing argument"),
    "no workers": (["measure", "x", "--workers", "0"], "greater than or equal to 1"),
    "a million workers": (["measure", "x", "--workers", "1000000"], "less than or equal to 256"),
    "workers in words": (["measure", "x", "--workers", "two"], "valid integer"),
    "a skin that is none": (["phantom", "x", "--tone", "green"], "is not one of"),
    "a scenario that is none": (["phantom", "x", "--scenario", "moon"], "is not one of"),
    "a nuisance that is none": (["phantom", "x", "--nuisance", "rain"], "is not one of"),
    "sessions below one": (["phantom", "x", "--sessions", "-1"], "greater than or equal to 1"),
    "pixels beyond measure": (["phantom", "x", "--megapixels", "1e9"], "less than or equal to 24"),
    "pixels that are no number": (["phantom", "x", "--megapixels", "nan"], "less than or equal to 24"),
    "a fall without a fading": (["phantom", "x", "--fall", "20"], "goes with --change"),
    "a benchmark that is none": (["bench", "beauty"], "No such command"),
    "a course that looks like an option": (["measure", "-rf"], "No such option"),
}
