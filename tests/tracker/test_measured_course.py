"""What ``measure`` writes for a small phantom course: every promised file, well-formed, and near the truth."""

import csv
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import numpy as np
import pytest
from drawn_courses import digests, draw
from PIL import Image

from pigtrack.bench.cases import agree_on_numbers
from pigtrack.bench.compare import TrueCourse, compare_changes, compare_lesions
from pigtrack.bench.sightings import Sighting, TruePlace, judge_photograph, match_outlines
from pigtrack.store.phantom_truth import load_labels, load_truth
from pigtrack.store.results import label_path
from pigtrack.tracker import measure

CASES = [
    ("ward", "light"),
    pytest.param(("ward", "tan"), marks=pytest.mark.slow),
    pytest.param(("ward", "dark"), marks=pytest.mark.slow),
    pytest.param(("phone", "light"), marks=pytest.mark.slow),
    pytest.param(("studio", "dark"), marks=pytest.mark.slow),
]
FOLDERS = ("overlays", "aligned", "maps/melanin", "maps/redness")
PHOTOS = ("session-01", "session-02", "session-03")


@pytest.fixture(scope="module", params=[CASES[0], *CASES[1:]], ids=str)
def course(request, tmp_path_factory):
    scenario, tone = request.param
    folder = tmp_path_factory.mktemp("measured") / "c"
    drawn = draw(folder, scenario=scenario, tone=tone, sessions=3, megapixels=1.0)
    return drawn, measure(course_folder=folder)


@pytest.fixture
def results(course):
    return course[0].folder / "results"


@pytest.fixture
def sightings(course) -> list[Sighting]:
    drawn, measured = course
    return list(look(drawn, measured))


def look(drawn, measured) -> Iterator[Sighting]:
    truth = load_truth(drawn.folder)
    for record in measured.result.photographs:
        session = truth[record.session - 1]
        true = session.photographs[record.photo]
        labels = load_labels(measured.out / label_path(record.photo))
        yield Sighting("c", record, labels, load_labels(drawn.folder / true.mask_name), true, session.lesions)


def test_every_promised_file_is_there_and_nothing_else(results):
    tables = {"sessions.csv", "lesions.csv", "photos.csv", "treatments.csv", "adverse_events.csv"}
    drawn = ("course", "lesions", "patient", "timeline")
    charts = {f"charts/{name}.{kind}" for name in drawn for kind in ("svg", "png")}
    labels = {f"labels/{photo}.png" for photo in PHOTOS}
    pictures = {f"{folder}/{photo}.jpg" for folder in FOLDERS for photo in PHOTOS}
    pages = {"report.html", "patient.html"}
    assert set(digests(results)) == tables | pages | {"run.json"} | charts | labels | pictures


def test_label_images_are_16_bit_lie_in_upright_pixels_and_hold_the_tables_numbers(course, results):
    drawn, measured = course
    for number, photo in enumerate(PHOTOS, start=1):
        with Image.open(results / "labels" / f"{photo}.png") as labels, Image.open(drawn.folder / f"{photo}.jpg") as p:
            assert labels.size == p.size
            assert labels.mode in ("I;16", "I;16B")
            found = set(np.unique(np.array(labels))) - {0}
        rows = measured.lesions[measured.lesions["session"] == number]
        shown = set(rows[~rows["status"].isin(["below_limit", "resolved", "not_visible"])]["lesion_id"])
        assert shown <= found <= set(rows["lesion_id"])


def test_a_spot_s_place_lies_on_its_own_outline(course, results):
    _, measured = course
    rows = measured.lesions[measured.lesions["status"].isin(["baseline", "present"])]
    hits = []
    for row in rows.to_dict("records"):
        with Image.open(results / "labels" / f"session-{row['session']:02}.png") as labels:
            hits.append(np.array(labels)[round(row["y_px"]), round(row["x_px"])] == row["lesion_id"])
    assert np.mean(hits) >= 0.95  # the middle of a crooked spot may lie outside it


def test_tables_read_back_as_promised(course, results):
    with (results / "lesions.csv").open(encoding="utf-8", newline="") as lines:
        lesions = list(csv.DictReader(lines))
    with (results / "photos.csv").open(encoding="utf-8", newline="") as lines:
        photos = list(csv.DictReader(lines))
    assert {row["card_found"] for row in photos} == {"true"}
    assert {row["qc_status"] for row in photos} <= {"pass", "warn"}
    numbers = {(row["session"], row["lesion_id"]) for row in lesions}
    lesion_ids = {number for _, number in numbers}
    assert len(numbers) == len(lesions) == 3 * len(lesion_ids)  # a row is never dropped
    assert all(re.fullmatch(r"[1-9][0-9]*", number) for number in lesion_ids)
    for row in lesions:
        assert (row["verdict"] == "baseline") == (row["session"] == "1")
        for name in ("area_mm2", "delta_mi", "delta_e00", "pigment_load"):
            assert (row[name] == "") == (row[f"{name}_u"] == "")


def test_every_change_lies_in_its_interval(course):
    _, measured = course
    for table in (measured.sessions, measured.lesions):
        for endpoint in ("area", "contrast", "load"):
            known = table.dropna(subset=f"{endpoint}_change_percent")
            assert (known[f"{endpoint}_change_ci_low"] <= known[f"{endpoint}_change_percent"]).all()
            assert (known[f"{endpoint}_change_ci_high"] >= known[f"{endpoint}_change_percent"]).all()


def test_the_course_s_verdict_is_that_of_its_primary_endpoint(course):
    _, measured = course
    assert list(measured.sessions["verdict"]) == list(measured.sessions["load_verdict"])


def test_the_run_tells_versions_settings_and_digests_but_no_time(course, results):
    drawn, measured = course
    run = json.loads((results / "run.json").read_text(encoding="utf-8"))
    assert {"pigtrack", "python", "libraries", "algorithms", "settings", "photographs", "files"} <= set(run)
    assert {"card", "calibrate", "register", "segment", "measure", "link", "change"} <= set(run["algorithms"])
    found = digests(results)
    assert run["files"] == {name: digest for name, digest in found.items() if name != "run.json"}
    assert run["photographs"] == {f"{p}.jpg": digests(drawn.folder)[f"{p}.jpg"] for p in PHOTOS}
    assert run["calibration_method"] == measured.result.method
    assert str(drawn.folder) not in (results / "run.json").read_text(encoding="utf-8")


class Links(HTMLParser):
    """Collects what a page points at."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.targets += [value for name, value in attributes if name in ("src", "href", "srcset") and value]


def test_the_report_asks_nothing_of_the_network_or_of_other_files(results):
    text = (results / "report.html").read_text(encoding="utf-8")
    page = Links()
    page.feed(text)
    assert page.targets
    assert all(target.startswith(("data:", "#")) for target in page.targets)
    assert not {"script", "iframe", "link"} & set(page.tags)
    assert not re.search(r"url\(\s*['\"]?(?!data:|#|['\"]?#)", text)


def test_the_card_is_found_where_it_is(course, sightings):
    drawn, measured = course
    place = TruePlace(load_truth(drawn.folder), measured.result)
    cases = [judge_photograph(each, place) for each in sightings]
    assert all(case.card_found and case.usable for case in cases)
    assert max(case.card_error_pitch for case in cases) < 0.02
    assert max(abs(case.scale_error_percent) for case in cases) < 1.5
    assert max(case.registration_mm for case in cases[1:]) < 0.25


def test_outlines_cover_the_true_spots(sightings):
    cases = [case for each in sightings for case in match_outlines(each) if case.sought]
    assert np.mean([case.lesion_id is None for case in cases]) <= 0.05
    assert np.median([case.dice for case in cases if case.lesion_id is not None]) >= 0.88


def test_numbers_are_as_true_as_they_say(request, course, sightings):
    drawn, measured = course
    outlines = tuple(case for each in sightings for case in match_outlines(each))
    truth = TrueCourse("c", load_truth(drawn.folder), agree_on_numbers(outlines))
    lesions = [case for case in compare_lesions(truth, measured.lesions) if case.sought]
    assert np.mean(np.abs([case.contrast_error_e00 for case in lesions])) <= 0.5
    assert np.median(np.abs([case.area_error_percent for case in lesions])) <= 8
    changes = list(compare_changes(truth, measured.sessions, measured.lesions))
    known = [each for each in changes if np.isfinite([each.true_percent, each.low, each.high]).all()]
    # Lesions of one course share their sessions' errors; phones on light skin are covered to 90 % only (the record).
    least = 0.8 if request.node.callspec.params["course"] == ("phone", "light") else 0.85
    assert np.mean([each.low <= each.true_percent <= each.high for each in known]) >= least


def test_nothing_is_called_against_the_truth(course, sightings):
    drawn, measured = course
    outlines = tuple(case for each in sightings for case in match_outlines(each))
    truth = TrueCourse("c", load_truth(drawn.folder), agree_on_numbers(outlines))
    for each in compare_changes(truth, measured.sessions, measured.lesions):
        assert not (each.verdict == "improved" and each.true_percent > 0), each
        assert not (each.verdict == "worsened" and each.true_percent < 0), each
