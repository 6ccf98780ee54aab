"""An entry of the trail in people's words: one line for each value, however it is kept."""

from pigtrack.model.trail import OpenedEntry, Sealed
from pigtrack.model.trail_words import entry_lines

BODY = {
    "seq": 7,
    "at": "2026-01-11T09:00:00Z",
    "actor": "anna",
    "action": "change",
    "entity": "courses",
    "id": "c0ffee",
}

OUTLINE = """region = [
    [
        1,
        2,
    ],
    [
        3,
        4,
    ],
]
cause = "sun ["
"""


def lines_of(words):
    return list(entry_lines(OpenedEntry(7, "0" * 64, BODY, words, Sealed.OPENED, "C-1")))


def test_an_outline_takes_one_line_before_and_after():
    told = lines_of({"content_before": OUTLINE, "content": OUTLINE.replace("3", "5")})
    assert told[1:] == ["    - region = [[1, 2], [3, 4]]", "    + region = [[1, 2], [5, 4]]"]


def test_truths_and_nothing_are_words():
    before, now = {"closed": False, "next_day": None}, {"closed": True, "next_day": "2026-02-01"}
    told = lines_of({"before": before, "values": now})
    assert told[1:] == ["    closed: no -> yes", "    next_day: nothing -> 2026-02-01"]


def test_a_value_of_a_page_is_cut_and_says_where_all_of_it_is():
    (cut,) = lines_of({"values": {"columns": ["area"] * 200}})[1:]
    assert len(cut) < 320
    assert cut.endswith("(1600 letters; --json shows them all)")
