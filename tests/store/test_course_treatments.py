"""Treatments, adverse events, the screen and the protocol in course.toml."""

import random
from collections import Counter
from datetime import date

import pytest
from drawn_files import encoded, scene

from pigtrack.errors import CourseError
from pigtrack.model.course import AdverseEvent
from pigtrack.model.plan import plan_visits
from pigtrack.model.treatment import PatchTestRecord
from pigtrack.store.course_file import parse_course
from pigtrack.store.folder import load_course
from pigtrack.store.protocol_file import load_protocol
from pigtrack.store.protocol_numbers import NUMBERS, PAIRS
from pigtrack.store.treatment_tables import event_rows, treatment_rows

COURSE = """\
[course]
protocol = "dark-spot-mesotherapy"
patient_language = "de"

[screen]
diabetes = "no"
herpes = "yes"
signed_by = "staff-3"
signed_on = 2026-01-08
reason = "none for two years"

[[session]]
date = 2026-01-11T10:30:00
photos = ["a.jpg"]
treatment = { technique = "manual injection", product = "F-RADIANCE", ingredients = ["arbutin"], dose = 2, \
dose_unit = "ml", wavelength_nm = 532, patch_test = { date = 2026-01-08, hours = 3, result = "negative" } }
adverse_events = [
    { kind = "bruise", date = 2026-01-12, severity = "mild", outcome = "resolved", until = 2026-01-15 },
    { kind = "allergic-reaction", note = "itching" },
]

[[session]]
date = 2026-01-25
photos = ["b.jpg"]
treatment = [{ product = "A", lot = "7" }, { product = "B" }]
"""


@pytest.fixture
def folder(tmp_path):
    for seed, name in enumerate(("a.jpg", "b.jpg")):
        (tmp_path / name).write_bytes(encoded(scene(seed=seed)))
    return tmp_path


def load(folder, text=COURSE):
    (folder / "course.toml").write_text(text, encoding="utf-8")
    return load_course(folder)


def faults(folder, text):
    with pytest.raises(CourseError) as caught:
        load(folder, text)
    return caught.value.problem.split("\n")[1:]


def test_a_treatment_is_kept_with_all_that_was_told(folder):
    (told,) = load(folder).sessions[0].treatments
    assert (told.technique, told.product, told.ingredients) == ("manual injection", "F-RADIANCE", ("arbutin",))
    assert (told.dose, told.dose_unit) == (2.0, "ml")
    assert told.patch_test == PatchTestRecord(date(2026, 1, 8), None, 3.0, "negative")
    assert told.more == {"wavelength_nm": 532}


def test_a_session_may_hold_several_treatments(folder):
    session = load(folder).sessions[1]
    assert [each.product for each in session.treatments] == ["A", "B"]
    assert session.treatment == {"product": "A", "lot": "7"}


def test_a_session_without_treatment_has_none(folder):
    session = load(folder, '[[session]]\ndate = 2026-01-11\nphotos = ["a.jpg"]\ntreatment = {}\n').sessions[0]
    assert (session.treatment, session.treatments) == ({}, ())


def test_adverse_events_are_kept(folder):
    assert load(folder).sessions[0].adverse_events == (
        AdverseEvent("bruise", date(2026, 1, 12), "mild", "resolved", None, date(2026, 1, 15)),
        AdverseEvent("allergic-reaction", note="itching"),
    )


def test_the_screen_and_the_patients_language_are_kept(folder):
    course = load(folder)
    assert course.patient_language == "de"
    assert course.screen.answers == (("diabetes", False), ("herpes", True))
    assert course.screen.yes == ("herpes",)
    assert (course.screen.signed_by, course.screen.signed_on) == ("staff-3", date(2026, 1, 8))


def line_of(words, text):
    return next(k for k, line in enumerate(text.split("\n"), 1) if words in line)


TREATMENT = 'treatment = [{ product = "A", lot = "7" }, { product = "B" }]'
BRUISE = 'date = 2026-01-12, severity = "mild", outcome = "resolved", until = 2026-01-15'
WRONG = {
    "an unknown protocol": ('"dark-spot-mesotherapy"', '"magic"', "protocol", 'There is no protocol named "magic".'),
    "a protocol outside": (
        '"dark-spot-mesotherapy"',
        '"../my.toml"',
        "protocol",
        'The protocol file "../my.toml" lies outside the course\'s folder.',
    ),
    "an unknown language": ('"de"', '"xx"', "patient_language", "patient_language must be one of de, en"),
    "a treatment that is a text": (TREATMENT, 'treatment = "peel"', "peel", "treatment must be a table such as"),
    "a list of texts": (TREATMENT, 'treatment = ["peel"]', "peel", "treatment must be a table such as"),
    "a product that is a number": (TREATMENT, "treatment = { product = 7 }", "product = 7", "product must be a text"),
    "ingredients that are one text": (
        '["arbutin"]',
        '"arbutin"',
        "manual",
        'ingredients must be a list of texts: ["…", "…"].',
    ),
    "a dose of nothing": ("dose = 2,", "dose = 0,", "manual", "dose must be a number above 0"),
    "a dose without its unit": (' dose_unit = "ml",', "", "manual", "dose and dose_unit go together"),
    "a patch test after the session": (
        "patch_test = { date = 2026-01-08",
        "patch_test = { date = 2026-01-12",
        "manual",
        "the patch test is dated after the session.",
    ),
    "a patch test with another result": ('"negative"', '"fine"', "manual", "result must be one of negative, positive"),
    "a patch test of a month": ("hours = 3", "hours = 700", "manual", "hours must be a number of hours above 0"),
    "an unknown key of a patch test": ("hours = 3", "hour = 3", "manual", 'unknown key "hour"; known are date, site'),
    "an event before its session": (
        BRUISE,
        "date = 2026-01-10",
        "bruise",
        "an adverse event is dated before its session.",
    ),
    "an event that ends before it begins": (
        "until = 2026-01-15",
        "until = 2026-01-11",
        "bruise",
        "ends (until) before it begins",
    ),
    "an event that goes on and has ended": ('"resolved"', '"ongoing"', "bruise", "that is ongoing has no day"),
    "an event without its kind": ('kind = "bruise", ', "", "adverse_events", "an adverse event needs its kind"),
    "an unknown weight": ('"mild"', '"awful"', "bruise", 'severity must be one of mild, moderate, severe, not "awful"'),
    "an unknown end": ('"resolved"', '"cured"', "bruise", "outcome must be one of resolved, resolving, ongoing"),
    "an unknown key of an event": ('note = "itching"', 'notes = "itching"', "allergic-reaction", 'unknown key "notes"'),
    "a yes without a reason": (
        'reason = "none for two years"\n',
        "",
        "herpes",
        'a yes to "herpes" must be signed, with a reason: reason missing.',
    ),
    "a yes that nobody signed": ('signed_by = "staff-3"\n', "", "herpes", "signed_by missing"),
    "an answer that is none": ('"no"', "false", "diabetes", '"diabetes" must be answered with "yes" or "no".'),
    "a question that nobody asks": (
        "diabetes =",
        "gout =",
        "gout",
        'the protocol does not ask "gout"; it asks diabetes',
    ),
    "a screen without its protocol": (
        'protocol = "dark-spot-mesotherapy"\n',
        "",
        "[screen]",
        "[screen] answers the questions of a protocol",
    ),
    "a screen that is a list": ("[screen]", "[[screen]]", "[[screen]]", "[screen] must be one table"),
}


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG)
def test_a_course_is_refused_for(case, folder):
    old, new, at, message = case
    text = COURSE.replace(old, new, 1)
    assert text != COURSE
    said, *more = faults(folder, text)
    assert not more
    assert said.startswith(f"line {line_of(at, text)}: ")
    assert message in said


def test_a_course_that_is_only_watched_cannot_tell_of_a_treatment(folder):
    text = "\n".join(line for line in COURSE.split("\n") if '"no"' not in line and '"yes"' not in line)
    text = text.replace('"dark-spot-mesotherapy"', '"observation"')
    message = 'tells of a treatment, but by the protocol "observation" nobody is treated.'
    assert faults(folder, text) == [
        f"line {line_of('manual', text)}: session 1 {message}",
        f"line {line_of('lot', text)}: session 2 {message}",
    ]


def test_all_of_it_is_told_at_once(folder):
    text = COURSE.replace('"dark-spot-mesotherapy"', '"magic"').replace('"mild"', '"awful"').replace('"de"', '"xx"')
    lines = [said.split(":")[0] for said in faults(folder, text)]
    assert lines == ["line 2", "line 3", f"line {line_of('awful', text)}"]


def test_a_protocol_beside_course_toml_is_used(folder):
    (folder / "own.toml").write_text('base = "dark-spot-mesotherapy"\n[schedule]\nquiet_days = 3\n', encoding="utf-8")
    assert load(folder, COURSE.replace('"dark-spot-mesotherapy"', '"own.toml"')).protocol == "own.toml"


def test_a_wrong_protocol_file_is_told_with_its_own_lines(folder):
    (folder / "own.toml").write_text(
        'base = "dark-spot-mesotherapy"\n[schedule]\nquiet_days = -3\ncolour = 1\n', encoding="utf-8"
    )
    text = COURSE.replace('"dark-spot-mesotherapy"', '"own.toml"').replace('"mild"', '"awful"')
    first, second, third = faults(folder, text)
    assert first == 'line 2: "own.toml", line 3: quiet_days must be a whole number from 0 to 180.'
    assert (
        second == 'line 2: "own.toml", line 4: unknown key "colour"; known are ' + ", ".join((*PAIRS, *NUMBERS)) + "."
    )
    assert third.startswith(f"line {line_of('awful', text)}: severity must be one of")


def test_a_treatment_in_a_table_of_its_own_is_found_by_that_tables_line(folder):
    text = COURSE.replace(TREATMENT, "[session.treatment]\nlot = 'x'\nproduct = 7\npatch_test = { hours = 0 }")
    patch_test, product = faults(folder, text)
    assert product == f"line {line_of('product = 7', text)}: product must be a text in quotes."
    assert patch_test.startswith(f"line {line_of('[session.treatment]', text)}: hours must be")


VALUES = (
    *("true", "-1", "0", "1e400", "nan", '""', '"x"', "[]", "[[]]", "{}", "[{}]", "[{ kind = [] }]", "{ a = [1] }"),
    *("2026-01-11", "9999-12-31", "0001-01-01T00:00:00Z", "10:00:00", "9" * 30, '"""\n[screen]\n"""', "[{}, 3]"),
    *("{ patch_test = 3 }", "{ patch_test = { hours = [] } }", "{ ingredients = [3] }", "[{ kind = 3, date = 4 }]"),
)


def test_whatever_stands_there_the_course_is_read_or_every_fault_is_one_line():
    whole, chosen = COURSE.split("\n"), random.Random(7)
    keys = [k for k, line in enumerate(whole) if " = " in line and not line.startswith(" ")]
    told = Counter()
    for _ in range(600):
        lines, at = list(whole), chosen.choice(keys)
        lines[at] = f"{lines[at].split(' = ')[0]} = {chosen.choice(VALUES)}"
        course, faults = parse_course("\n".join(lines), "C")
        assert all(len(said) > 10 and "\n" not in said for said in faults.said())
        told[bool(faults.said())] += 1
        if course is not None and not faults.said():
            judged = [*treatment_rows(course).to_numpy(), *event_rows(course).to_numpy()]
            assert plan_visits(course, load_protocol("dark-spot-mesotherapy")) is not None
            assert len(judged) == sum(len(each.treatments) + len(each.adverse_events) for each in course.sessions)
    assert min(told.values()) > 20
