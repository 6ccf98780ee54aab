"""The record's tables on a terminal and in a pipe: nothing is lost where there is little room."""

from pigtrack.cli.record_looking import table_lines

HEADS = ("course", "day", "so far")
ROWS = [("C-1", "2026-01-11", "improved"), ("C-1000", "–", "")]


def test_in_a_pipe_each_row_is_one_line():
    assert list(table_lines(HEADS, ROWS, width=None)) == [
        "course  day         so far",
        "C-1     2026-01-11  improved",
        "C-1000  –",
    ]


def test_what_a_terminal_has_no_room_for_stands_below_its_row_by_name():
    assert list(table_lines(HEADS, ROWS, width=20)) == [
        "course  day",
        "C-1     2026-01-11",
        "    so far: improved",
        "C-1000  –",
    ]


def test_a_table_that_just_fits_stays_a_table():
    assert list(table_lines(HEADS, ROWS, width=28))[1] == "C-1     2026-01-11  improved"
