"""Spreadsheets of patients and visits, mapped into courses."""

import csv
import io
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from drawn_files import encoded, scene
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from pigtrack.errors import SheetError
from pigtrack.model.course import AdverseEvent, Course, Mode, Session
from pigtrack.model.record import Consent, Purpose
from pigtrack.model.treatment import Screen
from pigtrack.store.course_file import parse_course
from pigtrack.store.course_file.writing import course_text
from pigtrack.store.spreadsheet.days import written
from pigtrack.store.spreadsheet.mapped import map_sheet
from pigtrack.store.spreadsheet.mapping import parse_mapping

MAPPING = """\
[course]
subject = { column = "Patient" }
site = { column = "Site", values = { LC = "left cheek", RC = "right cheek" } }
id = { pattern = "{subject}-{site}" }
diagnosis = { value = "solar lentigo" }

[session]
date = { column = "Visit", format = "DD.MM.YYYY" }
photos = { column = "Photos", separator = ";" }
"""
HEAD = ("Patient", "Name", "Site", "Visit", "Photos")
ROWS = [
    ("P-1", "Anna Muster", "LC", "25.01.2026", "a2.jpg; a3.jpg"),
    ("P-1", "Anna Muster", "LC", "11.01.2026", "a1.jpg"),
    ("P-2", "Bert Beispiel", "RC", "11.01.2026", "b1.jpg"),
]


@pytest.fixture
def folder(tmp_path):
    """A folder with photographs that differ."""
    for seed, name in enumerate(
        ("a1.jpg", "a2.jpg", "a3.jpg", "b1.jpg", "P-1/2026-01-11/x-2.jpg", "P-1/2026-01-11/x-10.jpg")
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(encoded(scene(seed=seed)))
    return tmp_path


def text_sheet(folder, rows, head=HEAD, *, separator=",", encoding="utf-8"):
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator)
    writer.writerows([head, *rows])
    path = folder / "visits.csv"
    path.write_bytes(out.getvalue().encode(encoding))
    return path


def workbook(folder, rows, head=HEAD):
    book = Workbook()
    for row in [head, *rows]:
        book.active.append(row)
    book.save(folder / "visits.xlsx")
    return folder / "visits.xlsx"


def mapped(path, text=MAPPING):
    mapping, faults = parse_mapping(text)
    assert faults == []
    return map_sheet(path, mapping)


def faults(path, text=MAPPING):
    with pytest.raises(SheetError) as caught:
        mapped(path, text)
    first, *said = caught.value.problem.split("\n")
    assert first == f'"{path.name}" can\'t be mapped:'
    return said


EXPECTED = (
    Course(
        "P-1-left cheek",
        (Session(1, date(2026, 1, 11), ("a1.jpg",)), Session(2, date(2026, 1, 25), ("a2.jpg", "a3.jpg"))),
        subject="P-1",
        site="left cheek",
        diagnosis="solar lentigo",
    ),
    Course(
        "P-2-right cheek",
        (Session(1, date(2026, 1, 11), ("b1.jpg",)),),
        subject="P-2",
        site="right cheek",
        diagnosis="solar lentigo",
    ),
)


def courses(found):
    return tuple(each.course for each in found.courses)


def test_rows_become_courses_with_their_visits_in_order(folder):
    found = mapped(text_sheet(folder, ROWS))
    assert courses(found) == EXPECTED
    assert found.courses[0].folder == folder
    assert found.courses[0].rows == (2, 3)


def test_a_column_that_is_mapped_to_nothing_is_nowhere_in_what_is_mapped(folder):
    found = mapped(text_sheet(folder, ROWS))
    assert found.unread == ("Name",)
    assert "Muster" not in repr(found)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_text_file_is_read_whatever_its_separator_and_encoding(folder, separator, encoding):
    rows = [(*row[:4], row[4].replace("; ", "|")) for row in ROWS]
    path = text_sheet(folder, rows, separator=separator, encoding=encoding)
    assert courses(mapped(path, MAPPING.replace('separator = ";"', 'separator = "|"'))) == EXPECTED


def test_another_encoding_must_be_said(folder):
    rows = [(*row[:2], "Stirn über dem Auge", *row[3:]) for row in ROWS[2:]]
    path = text_sheet(folder, rows, encoding="cp1252")
    plain = MAPPING.replace(', values = { LC = "left cheek", RC = "right cheek" }', "")
    with pytest.raises(SheetError, match=r'not text in UTF-8.*encoding = "cp1252"'):
        mapped(path, plain)
    assert courses(mapped(path, f'[sheet]\nencoding = "cp1252"\n{plain}'))[0].site == "Stirn über dem Auge"


def test_a_workbook_gives_the_same_courses(folder):
    assert courses(mapped(workbook(folder, ROWS))) == EXPECTED


def test_days_of_a_workbook_need_no_format(folder):
    rows = [(*row[:3], datetime.strptime(row[3], "%d.%m.%Y"), row[4]) for row in ROWS]
    text = MAPPING.replace(', format = "DD.MM.YYYY"', "")
    assert courses(mapped(workbook(folder, rows), text)) == EXPECTED


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ("YYYY-MM-DD", "2026-01-11"),
        ("MM/DD/YYYY", "01/11/2026"),
        ("D.M.YY", "11.1.26"),
        ("DD-MMM-YYYY", "11-JAN-2026"),
        ("excel-days", "46033"),
    ],
)
def test_days_are_read_in_the_form_that_is_said(folder, form, told):
    path = text_sheet(folder, [("P-2", "", "RC", told, "b1.jpg")])
    assert courses(mapped(path, MAPPING.replace("DD.MM.YYYY", form))) == EXPECTED[1:]


def test_a_day_with_a_time_keeps_it(folder):
    path = text_sheet(folder, [("P-2", "", "RC", "11.01.2026 09:30", "b1.jpg")])
    (course,) = courses(mapped(path, MAPPING.replace("DD.MM.YYYY", "DD.MM.YYYY hh:mm")))
    assert course.sessions[0].date == datetime(2026, 1, 11, 9, 30)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("2026-01-11", '"2026-01-11" is not written DD.MM.YYYY.'),
        ("31.02.2026", '"31.02.2026" is no day that there is.'),
        ("46033", '"46033" is a number of days as spreadsheets count; format = "excel-days" reads it.'),
        ("11.01.0026", '"0026-01-11" can\'t be the day of a visit.'),
        ("", 'there is no date. If one cell stands for the rows below it too, say fill = "down".'),
    ],
)
def test_a_day_that_cannot_be_is_refused_with_its_row_and_column(folder, told, said):
    path = text_sheet(folder, [ROWS[1], ("P-2", "", "RC", told, "b1.jpg")])
    assert faults(path) == [f'row 3, column D ("Visit"): {said}']


def test_a_day_without_a_form_is_never_guessed(folder):
    path = text_sheet(folder, [("P-2", "", "RC", "03/04/2026", "b1.jpg")])
    (said,) = faults(path, MAPPING.replace(', format = "DD.MM.YYYY"', ""))
    assert said.endswith('"03/04/2026" is not kept as a day; say how it is written: format = "DD.MM.YYYY".')


def test_a_column_of_days_and_texts_is_refused_since_its_days_may_be_turned_round(folder):
    rows = [(*ROWS[1][:3], datetime(2026, 11, 1), "a1.jpg"), (*ROWS[0][:3], "25.01.2026", "a2.jpg")]
    (said,) = faults(workbook(folder, rows))
    assert said.startswith('row 3, column D ("Visit"): is a text where other rows hold days')


def test_one_row_may_be_a_photograph(folder):
    rows = [(*ROWS[0][:4], "a2.jpg"), (*ROWS[0][:4], "a3.jpg"), ROWS[1], ROWS[2]]
    path = text_sheet(folder, rows)
    assert courses(mapped(path, f'[sheet]\nrows = "photographs"\n{MAPPING}')) == EXPECTED


def test_a_folder_of_photographs_that_is_not_there_is_told_once(folder):
    for name in ("nowhere", "x" * 400):
        with pytest.raises(SheetError, match="There is no folder"):
            mapped(text_sheet(folder, ROWS), f'[sheet]\nphotographs = "{name}"\n{MAPPING}')


def test_photographs_of_one_day_are_one_visit_whatever_their_time(folder):
    rows = [(*ROWS[0][:3], f"25.01.2026 {clock}", name) for clock, name in (("09:31", "a3.jpg"), ("09:30", "a2.jpg"))]
    text = f'[sheet]\nrows = "photographs"\n{MAPPING}'.replace("DD.MM.YYYY", "DD.MM.YYYY hh:mm")
    (found,) = courses(mapped(text_sheet(folder, rows), text))
    assert found.sessions == (Session(1, datetime(2026, 1, 25, 9, 30), ("a3.jpg", "a2.jpg")),)


def test_names_without_their_suffix_are_given_it(folder):
    text = MAPPING.replace('separator = ";"', 'separator = "+", suffix = ".jpg"')
    (found,) = courses(mapped(text_sheet(folder, [(*ROWS[0][:4], "a2+a3")]), text))
    assert found.sessions[0].photos == ("a2.jpg", "a3.jpg")


def test_a_name_of_a_column_may_be_broken_into_lines(folder):
    head = ("Patient", "Name", "Site", " Visit\n date", "Photos")
    text = MAPPING.replace('column = "Visit"', 'column = "Visit date"')
    assert courses(mapped(text_sheet(folder, ROWS, head), text)) == EXPECTED
    assert courses(mapped(workbook(folder, ROWS, head), text)) == EXPECTED


def test_photographs_may_be_found_by_a_pattern(folder):
    text = MAPPING.replace('{ column = "Photos", separator = ";" }', '{ pattern = "{subject}/{date}/*.jpg" }')
    (found,) = courses(mapped(text_sheet(folder, ROWS[1:2]), text))
    assert found.sessions[0].photos == ("P-1/2026-01-11/x-2.jpg", "P-1/2026-01-11/x-10.jpg")


def test_photographs_of_a_column_may_lie_in_folders_by_a_pattern(folder):
    text = MAPPING.replace('separator = ";"', 'folder = "{subject}/{date:YYYY-MM-DD}"')
    (found,) = courses(mapped(text_sheet(folder, [(*ROWS[1][:4], "x-2.jpg")]), text))
    assert found.sessions[0].photos == ("P-1/2026-01-11/x-2.jpg",)


@pytest.mark.parametrize("name", ["../b1.jpg", "/etc/passwd", "..\\b1.jpg", "a/../../b1.jpg"])
def test_photographs_outside_are_refused(folder, name):
    (folder / "inside").mkdir()
    path = text_sheet(folder / "inside", [(*ROWS[2][:4], name)])
    (said,) = faults(path)
    assert "lies outside the folder of the photographs" in said


def test_a_pattern_whose_value_leads_outside_is_refused(folder):
    text = MAPPING.replace('{ column = "Photos", separator = ";" }', '{ pattern = "{subject}/*.jpg" }')
    (said,) = faults(text_sheet(folder, [("..", "", "LC", "11.01.2026", "")]), text)
    assert "lie outside" in said


def test_everything_that_is_wrong_is_told_at_once(folder):
    rows = [
        ("P-1", "", "LX", "11.01.2026", "a1.jpg"),
        ("P-1", "", "LC", "yesterday", "a1.jpg"),
        ("P-2", "", "RC", "11.01.2026", "none.jpg"),
        ("", "", "RC", "12.01.2026", "b1.jpg"),
        ("P-3", "", "LX", "11.01.2026", "a1.jpg"),
    ]
    assert faults(text_sheet(folder, rows)) == [
        'rows 2 and 6, column C ("Site"): "LX" is not among the values of site: "LC", "RC".',
        'row 3, column D ("Visit"): "yesterday" is not written DD.MM.YYYY.',
        'row 4: the photograph "none.jpg" is missing.',
        'row 5: "{subject}-{site}" needs subject, which this row does not tell.',
    ]


WHOLE = """\
[sheet]
decimal = ","
nothing = ["-", "n/a"]

[course]
subject = { column = "Patient", fill = "down" }
id = { column = "Patient", fill = "down" }
protocol = { value = "dark-spot-mesotherapy" }
mode = { value = "spots" }
card_patch_pitch_mm = { value = 9.0 }

[screen]
diabetes = { column = "Diabetes", values = { ja = "yes", nein = "no" } }
signed_by = { value = "staff-1" }
reason = { column = "Reason" }

[session]
date = { column = "Visit" }
photos = { column = "Photos", separator = " " }
after_procedure = { column = "After", values = { x = true, "" = false } }
skin_state = { column = "Skin", values = { braun = "tanned", normal = "clean" } }

[[treatment]]
technique = { value = "manual injection" }
product = { column = "Product" }
dose = { column = "Dose" }
dose_unit = { value = "ml" }
ingredients = { column = "Contains", separator = "+" }
patch_test_result = { column = "Test", values = { neg = "negative" } }
more = { wavelength_nm = { column = "nm" } }

[[adverse_event]]
kind = { column = "Bruise", values = { ja = "bruise", nein = "" } }
until = { column = "Until" }

[[consent]]
purpose = "research"
given = { column = "Research", values = { ja = true, nein = false } }
day = { column = "Signed" }
"""
WIDE = (
    *("Patient", "Visit", "Photos", "Diabetes", "Reason", "After", "Skin", "Product", "Dose", "Contains", "Test", "nm"),
    *("Bruise", "Until", "Research", "Signed"),
)
WIDE_ROWS = [
    (
        *(7, datetime(2026, 1, 11), "a1.jpg a2.jpg", "ja", "mild", None, "normal", "A", 2.5, "x + y", "neg", 532),
        *("nein", None, "ja", datetime(2026, 1, 8)),
    ),
    (
        *(None, datetime(2026, 1, 25, 9, 30), "a3.jpg", None, "n/a", None, "braun", "-", None, None, None, None),
        *("ja", datetime(2026, 1, 29), None, None),
    ),
]


def test_all_that_a_course_may_tell_can_be_mapped(folder):
    found = mapped(workbook(folder, WIDE_ROWS, WIDE), WHOLE)
    treatment = {
        **{"technique": "manual injection", "product": "A", "dose": 2.5, "dose_unit": "ml"},
        **{"ingredients": ["x", "y"], "patch_test": {"result": "negative"}, "wavelength_nm": 532},
    }
    assert courses(found) == (
        Course(
            "7",
            (
                Session(1, date(2026, 1, 11), ("a1.jpg", "a2.jpg"), treatment),
                Session(
                    2,
                    datetime(2026, 1, 25, 9, 30),
                    ("a3.jpg",),
                    skin_state="tanned",
                    adverse_events=(AdverseEvent("bruise", until=date(2026, 1, 29)),),
                ),
            ),
            subject="7",
            protocol="dark-spot-mesotherapy",
            mode=Mode.SPOTS,
            card_patch_pitch_mm=9.0,
            screen=Screen((("diabetes", True),), "staff-1", None, "mild"),
        ),
    )
    assert found.courses[0].consents == (Consent(Purpose.RESEARCH, True, date(2026, 1, 8)),)


def test_numbers_with_a_comma_are_read_where_that_is_said(folder):
    rows = [("P-2", "11.01.2026", "b1.jpg", "2,5")]
    text = MAPPING.replace('site = { column = "Site", values = { LC = "left cheek", RC = "right cheek" } }\n', "")
    text = text.replace("-{site}", "") + '[[treatment]]\ndose = { column = "Dose" }\ndose_unit = { value = "ml" }\n'
    path = text_sheet(folder, rows, ("Patient", "Visit", "Photos", "Dose"))
    assert faults(path, text) == ['row 2, column D ("Dose"): "2,5" is no number (decimal = ".").']
    (course,) = courses(mapped(path, f'[sheet]\ndecimal = ","\n{text}'))
    assert course.sessions[0].treatment == {"dose": 2.5, "dose_unit": "ml"}


def test_what_only_course_toml_knows_is_refused_with_the_row_of_its_visit(folder):
    rows = [("P-2", "11.01.2026", "b1.jpg", "1"), ("P-2", "12.01.2026", "a1.jpg", "0")]
    text = MAPPING.replace('site = { column = "Site", values = { LC = "left cheek", RC = "right cheek" } }\n', "")
    text = text.replace("-{site}", "") + '[[treatment]]\ndose = { column = "Dose" }\n'
    path = text_sheet(folder, rows, ("Patient", "Visit", "Photos", "Dose"))
    assert faults(path, text) == [
        'rows 2 and 3: dose and dose_unit go together: dose = 2.5, dose_unit = "ml".',
        "row 3: dose must be a number above 0.",
    ]


def test_rows_that_contradict_one_another_are_named(folder):
    text = MAPPING.replace('"{subject}-{site}"', '"{subject}"')
    said = faults(text_sheet(folder, [ROWS[1], ("P-1", "", "RC", "25.01.2026", "a2.jpg")]), text)
    assert said == ['row 3: site of this course is "right cheek" here, but "left cheek" in row 2.']


def test_two_subjects_can_have_no_course_in_common(folder):
    text = MAPPING.replace('"{subject}-{site}"', '"{site}"')
    said = faults(text_sheet(folder, [ROWS[1], ("P-9", "", "LC", "25.01.2026", "a2.jpg")]), text)
    assert said == ['row 3: subject of this course is "P-9" here, but "P-1" in row 2.']


def test_contradicting_consents_are_refused_and_later_ones_kept(folder):
    text = MAPPING + (
        '[[consent]]\npurpose = "teaching"\ngiven = { column = "Yes", values = { y = true, n = false } }\n'
        'day = { column = "On", format = "DD.MM.YYYY" }\n'
    )
    head = (*HEAD, "Yes", "On")
    told = [(*ROWS[1], "y", "11.01.2026"), (*ROWS[0], "n", "25.01.2026")]
    (course,) = mapped(text_sheet(folder, told, head), text).courses
    assert [each.given for each in course.consents] == [True, False]
    wrong = [(*ROWS[1], "y", "11.01.2026"), (*ROWS[0], "n", "11.01.2026")]
    assert faults(text_sheet(folder, wrong, head), text) == [
        "row 3: the consent to teaching is told otherwise in row 2, of the same day."
    ]


@pytest.mark.parametrize(
    "subject", ["Anna Muster", "Muster, Anna", "Weber", "a.muster@mail.org", "07.03.1961", "王小明"]
)
def test_subjects_that_look_like_names_are_asked_about_without_being_repeated(folder, subject):
    path = text_sheet(folder, [(subject, "", "LC", "11.01.2026", "a1.jpg")])
    (said,) = faults(path)
    assert said.startswith('row 2, column A ("Patient"): looks like a name, a birth date or an address.')
    assert subject not in said
    assert mapped(path, f"[sheet]\nnames_are_pseudonyms = true\n{MAPPING}").courses[0].course.subject == subject


def test_blank_rows_are_passed_over_and_rows_keep_their_numbers(folder):
    rows = [ROWS[1], ("",) * 5, ("", "a note", "", "", ""), ("P-2", "", "RC", "never", "b1.jpg"), ("",) * 5]
    (said,) = faults(text_sheet(folder, rows))
    assert said.startswith("row 5, ")


def test_a_sheet_without_rows_or_columns_is_refused(folder):
    with pytest.raises(SheetError, match="has no rows below its names"):
        mapped(text_sheet(folder, []))
    with pytest.raises(SheetError) as caught:
        mapped(text_sheet(folder, ROWS, ("Patient", "Site", "Site", "When", "Photos")))
    assert caught.value.problem.split("\n")[1:] == [
        'the name "Site" stands over B and C: say letter = "B".',
        'there is no column "Visit".',
        'Its columns are: "Patient", "Site", "Site", "When", "Photos".',
    ]


def test_a_column_may_be_named_by_its_letter_and_the_names_may_stand_lower(folder):
    text = MAPPING.replace('column = "Site"', 'letter = "C"')
    path = text_sheet(folder, [(*HEAD[:2], "", *HEAD[3:]), *ROWS], ("Visits of our clinic",))
    assert courses(mapped(path, f"[sheet]\nheader_row = 2\n{text}")) == EXPECTED


def test_photographs_may_lie_in_another_folder(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("office")
    path = text_sheet(elsewhere, ROWS)
    found = mapped(path, f'[sheet]\nphotographs = "{folder}"\n{MAPPING}')
    assert courses(found) == EXPECTED
    assert replace(found.courses[0], rows=()).folder == folder


odd_cells = (
    st.none()
    | st.sampled_from(
        ["ja", "nein", "x", "neg", "normal", "P-1", "a1.jpg", "a2.jpg a3.jpg", "-", "1e5", "=1", "'", "\t"]
    )
    | st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=8)
    | st.integers(-(10**16), 10**16)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.booleans()
    | st.dates(date(1900, 3, 1), date(2300, 1, 1))
    | st.datetimes(datetime(1960, 1, 1), datetime(2200, 1, 1))
    | st.times()
    | st.timedeltas(timedelta(0), timedelta(900))
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 15), odd_cells), max_size=4))
def test_whatever_stands_in_the_cells_it_is_a_course_or_told_by_row(folder, changes):
    rows = [list(row) for row in WIDE_ROWS]
    for row, column, value in changes:
        rows[row][column] = value
    try:
        found = mapped(workbook(folder, rows, WIDE), WHOLE)
    except SheetError as fault:
        told = fault.problem.split("\n")[1:]
        assert told == [] or all(line.startswith("row") for line in told), told
        return
    for each in found.courses:
        assert parse_course(course_text(each.course), "")[0] == each.course


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    patients=st.lists(st.integers(1, 99), min_size=1, max_size=4, unique=True),
    day=st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    form=st.sampled_from(["YYYY-MM-DD", "D.M.YYYY", "MM/DD/YYYY", "DD-MMM-YYYY", "YYYY/M/D"]),
    order=st.randoms(use_true_random=False),
)
def test_text_and_workbook_in_any_order_of_rows_give_the_same_courses(folder, patients, day, form, order):
    rows = [(f"P-{patient}", "", "LC", written(day, form), "a1.jpg") for patient in patients]
    order.shuffle(rows)
    text = MAPPING.replace("DD.MM.YYYY", form)
    first = courses(mapped(text_sheet(folder, rows), text))
    assert first == courses(mapped(workbook(folder, rows), text))
    assert {(each.subject, each.sessions[0].date) for each in first} == {(f"P-{each}", day) for each in patients}
