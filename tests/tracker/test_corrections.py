"""A person corrects a measured course: what moves, what must not, and what is said of it."""

import json
import tomllib
from dataclasses import replace
from io import BytesIO

import numpy as np
import pandas as pd
import pytest
from drawn_courses import draw, lay_out
from PIL import Image

from pigtrack.errors import CourseError
from pigtrack.imaging import opencv
from pigtrack.model.correction import Correction, CorrectionKind
from pigtrack.model.flags import QualityFlag
from pigtrack.model.metrics import Verdict
from pigtrack.store.cells import csv_text
from pigtrack.store.course_file.writing import course_text
from pigtrack.store.folder import load_course
from pigtrack.tracker import measure
from pigtrack.tracker.measuring import measure_course, measure_labelled

SHARED = ("light", "mixed")
TONES = [
    SHARED,
    *(
        pytest.param(each, marks=pytest.mark.slow)
        for each in (("light", "static"), ("tan", "fade"), ("dark", "static"), ("dark", "fade"))
    ),
]
KIND = CorrectionKind
NUMBERS = ["area_mm2", "area_frozen_mm2", "delta_mi", "delta_e00", "pigment_load", "area_mm2_u", "pigment_load_u"]


def correct(folder, into, *corrections, **changes):
    """Lay a course out beside itself, with corrections."""
    into.mkdir()
    course = replace(load_course(folder), corrections=corrections, **changes)
    for session in course.sessions:
        for photo in session.photos:
            (into / photo).write_bytes((folder / photo).read_bytes())
    (into / "course.toml").write_text(course_text(course), encoding="utf-8")
    return into


@pytest.fixture(scope="module")
def labelled(drawn):
    return measure_labelled(drawn.folder)


@pytest.fixture(scope="module")
def automatic(labelled):
    return labelled.measured


class Measured:
    """A course as found, with what tests ask of it."""

    def __init__(self, folder, labelled):
        self.folder = folder
        self.measured, self.labels = labelled.measured, labelled.labels
        self.lesions = self.measured.lesions.set_index(["session", "lesion_id"])
        first = self.measured.lesions[self.measured.lesions.session == 1]
        course = self.measured.result.course
        region = np.array(course.region)
        treated = first[first.x_px.between(region[:, 0].min(), region[:, 0].max()) & first.area_mm2.notna()]
        self.treated = treated.sort_values("area_mm2", ascending=False).lesion_id.tolist()
        self.middles = {row.lesion_id: (row.x_px, row.y_px) for row in first.itertuples()}

    def outline(self, lesion):
        """The extent that was measured at the baseline, as a person who sees it well would draw it."""
        photo = self.measured.result.course.sessions[0].photos[0]
        labels = opencv.decode_png(self.labels[photo])
        corners = max(opencv.outlines_of(np.asarray(labels == lesion)), key=len)
        return tuple((float(x), float(y)) for x, y in corners[::2])


@pytest.fixture(scope="module", params=TONES, ids=str)
def found(request, drawn, labelled, tmp_path_factory):
    if request.param == SHARED:
        return Measured(drawn.folder, labelled)
    tone, change = request.param
    folder = draw(tmp_path_factory.mktemp("corrected") / "c", tone=tone, change=change, megapixels=2.0).folder
    return Measured(folder, measure_labelled(folder))


@pytest.fixture(scope="module")
def handled(found, tmp_path_factory):
    """A large spot left out; the next one cut in two and joined again; both by points on their middles."""
    out, whole = found.treated[0], found.treated[1]
    (x, y), side = found.middles[whole], (found.measured.result.lesions[0].spot.diameter or 3.0)
    aside = 0.15 * side / found.measured.result.frame.mm_per_px
    folder = correct(
        found.folder,
        tmp_path_factory.mktemp("handled") / "c",
        Correction(KIND.EXCLUDE, "a mole", at=(found.middles[out],)),
        Correction(KIND.SPLIT, "two", at=((x, y),), line=((x, y - 10), (x, y + 10)), by="staff-1"),
        Correction(KIND.MERGE, "one after all", at=((x - aside, y), (x + aside, y)), blinded=True),
    )
    return out, whole, measure_course(folder)


def flags_of(measured, lesion):
    return [set(row.flags.split(";")) for row in measured.lesions.itertuples() if row.lesion_id == lesion]


def test_leaving_a_spot_out_leaves_all_numbers_of_all_others_as_they_were(found, handled):
    _, _, measured = handled
    after = measured.lesions.set_index(["session", "lesion_id"])
    pd.testing.assert_frame_equal(after[NUMBERS], found.lesions[NUMBERS], check_exact=True)


def test_a_spot_left_out_keeps_its_rows_without_verdict_and_is_in_no_total(found, handled):
    out, _, measured = handled
    rows = measured.lesions[measured.lesions.lesion_id == out]
    assert len(rows) == len(measured.sessions)
    assert rows.verdict.tolist() == ["baseline", *["not_measurable"] * (len(measured.sessions) - 1)]
    assert all({"excluded_by_hand", "corrected_by_hand"} <= flags for flags in flags_of(measured, out))
    before, after = (each.set_index("session") for each in (found.measured.sessions, measured.sessions))
    assert (before.lesion_count - after.lesion_count == 1).all()
    areas = found.lesions.area_mm2.xs(out, level="lesion_id")
    assert np.allclose(before.area_total_mm2 - after.area_total_mm2, areas, rtol=1e-6)


def test_the_untouched_carry_no_flag_of_a_hand_and_every_session_does(found, handled):
    out, whole, measured = handled
    others = [each for each in found.treated if each not in (out, whole)]
    assert not any(
        {"corrected_by_hand", "excluded_by_hand"} & flags for each in others for flags in flags_of(measured, each)
    )
    assert all("corrected_by_hand" in flags for flags in flags_of(measured, whole))
    assert measured.sessions["flags"].str.contains("corrected_by_hand").all()
    assert not found.measured.sessions["flags"].str.contains("by_hand").any()


def test_what_became_of_each_correction_is_told(found, handled):
    out, whole, measured = handled
    first, second, third = measured.result.corrections
    assert first.lesions == (out,)
    assert second.lesions[0] == third.lesions[0] == whole
    assert second.lesions[1] == max(found.middles) + 1
    assert [each.problem for each in measured.result.corrections] == [None] * 3
    assert measured.warnings == found.measured.warnings


@pytest.fixture(scope="module")
def redrawn(found, tmp_path_factory):
    """Two spots joined, one redrawn along its own edge, and a mistaken point."""
    one, two, drawn = found.treated[2], found.treated[3], found.treated[1]
    folder = correct(
        found.folder,
        tmp_path_factory.mktemp("redrawn") / "c",
        Correction(KIND.MERGE, "one", at=(found.middles[one], found.middles[two])),
        Correction(KIND.OUTLINE, "its edge", at=(found.middles[drawn],), outline=found.outline(drawn)),
        Correction(KIND.EXCLUDE, "gone", at=((3.0, 3.0),)),
    )
    return (one, two, drawn), measure_course(folder)


def test_two_spots_joined_have_the_sum_of_their_areas(found, redrawn):
    (one, two, _), measured = redrawn
    after = measured.lesions.set_index(["session", "lesion_id"])
    kept, gone = min(one, two), max(one, two)
    assert gone not in after.index.get_level_values("lesion_id")
    for session in (1, 2):
        first, second, both = found.lesions.loc[session, one], found.lesions.loc[session, two], after.loc[session, kept]
        area, load = (first[key] + second[key] for key in ("area_mm2", "pigment_load"))
        assert both.area_mm2 == pytest.approx(area, rel=0.1)  # one half level serves for both
        assert both.pigment_load == pytest.approx(load, abs=4 * both.pigment_load_u)


def test_a_spot_redrawn_along_its_own_edge_has_the_same_numbers_within_their_doubt(found, redrawn):
    """In the later sessions too: one that has grown beyond what was drawn of the first is not cut."""
    (_, _, drawn), measured = redrawn
    after = measured.lesions.set_index(["session", "lesion_id"])
    for session in sorted(set(measured.lesions.session)):
        before, now = found.lesions.loc[session, drawn], after.loc[session, drawn]
        for key in ("area_mm2", "delta_mi", "delta_e00", "pigment_load"):
            assert abs(now[key] - before[key]) <= before[f"{key}_u"], key


def test_a_correction_without_a_spot_is_told_of_and_flagged(redrawn):
    _, measured = redrawn
    assert any("Correction 3 (exclude) was not applied: no spot was found" in each for each in measured.warnings)
    assert measured.sessions["flags"].str.contains("correction_not_placed").all()
    assert measured.result.corrections[2].problem is not None


def test_a_mole_left_out_cannot_change_the_totals_even_when_it_changes(drawn, automatic, tmp_path):
    """The same visit twice: once the mole as it was, once half as large again and black."""
    first = automatic.lesions[automatic.lesions.session == 1].dropna(subset=["area_mm2"])
    mole = first[first.x_px < np.array(drawn.course.region)[:, 0].max()].nlargest(1, "area_mm2").iloc[0]
    later = automatic.lesions[(automatic.lesions.session == 2) & (automatic.lesions.lesion_id == mole.lesion_id)].iloc[
        0
    ]
    radius = mole.diameter_mm / 2 / automatic.result.frame.mm_per_px
    pictures = {"as it was": drawn.pixels_of(2), "changed": darkened(drawn.pixels_of(2), later, 1.25 * radius)}
    totals = {}
    for name, pixels in pictures.items():
        sessions = [{"1.png": png(drawn.pixels_of(1))}, {"2.png": png(pixels)}]
        plain = lay_out(tmp_path / name, sessions, drawn.settings)
        at = ((mole.x_px, mole.y_px),)
        folder = correct(plain, tmp_path / f"{name} corrected", Correction(KIND.EXCLUDE, "a mole", at=at))
        totals[name] = measure_course(folder)
    same, other = (each.result.sessions[1] for each in totals.values())
    rows = [
        each.lesions[(each.lesions.session == 2) & each.lesions["flags"].str.contains("excluded")]
        for each in totals.values()
    ]
    assert rows[1].delta_mi.item() > 1.3 * rows[0].delta_mi.item()  # it did change
    for key in ("area", "load", "delta_mi"):
        before, now = getattr(same, key), getattr(other, key)
        assert abs(now.value - before.value) < 0.25 * before.u, key
    assert same.verdict == other.verdict


def darkened(pixels, lesion, radius):
    rows, columns = np.ogrid[: pixels.shape[0], : pixels.shape[1]]
    inside = np.hypot(columns - lesion.x_px, rows - lesion.y_px) < radius
    changed = pixels.copy()
    changed[inside] = (changed[inside] * 0.6).astype(np.uint8)
    return changed


def png(pixels):
    data = BytesIO()
    Image.fromarray(pixels).save(data, "png")
    return data.getvalue()


@pytest.fixture(scope="module")
def shown(drawn, automatic, tmp_path_factory):
    """Results of a course of three sessions: the second's photograph left out, the region redrawn, a spot left out."""
    x, y = np.array(drawn.course.region).mean(axis=0)
    region = tuple((x + 0.97 * (a - x), y + 0.97 * (b - y)) for a, b in drawn.course.region)
    spot = automatic.lesions.query("session == 1").dropna(subset=["area_mm2"]).iloc[3]
    folder = correct(
        drawn.folder,
        tmp_path_factory.mktemp("shown") / "c",
        Correction(KIND.PHOTOGRAPH, "she moved.", photo=drawn.course.sessions[1].photos[0]),
        Correction(KIND.REGION, "too wide", outline=region),
        Correction(KIND.EXCLUDE, "Muttermal-Narbe", at=((spot.x_px, spot.y_px),), by="staff-7"),
    )
    return region, measure(course_folder=folder)


def test_a_photograph_left_out_is_a_rejected_row_and_its_session_stays(shown):
    _, measured = shown
    row = measured.photos.iloc[1]
    assert row.qc_status == "reject"
    assert "left_out_by_hand" in row["flags"].split(";")
    assert len(measured.sessions) == 3
    assert measured.sessions.verdict[1] == "not_measurable"
    assert "no_usable_photograph" in measured.sessions["flags"][1]
    name = measured.photos.photo[1]
    assert f"Not used: {name}. A person left it out; course.toml tells the reason." in measured.warnings


def test_a_region_redrawn_stands_in_place_of_the_first(automatic, shown):
    region, measured = shown
    assert measured.result.course.region == region
    areas = [each.sessions.area_total_mm2[0] / each.sessions.area_fraction[0] for each in (measured, automatic)]
    assert areas[0] / areas[1] == pytest.approx(0.97**2, abs=0.01)


def test_the_automatic_result_is_kept_beside_to_the_byte(automatic, shown):
    _, measured = shown
    for name in ("sessions", "lesions", "photos"):
        kept = (measured.out / "automatic" / f"{name}.csv").read_text(encoding="utf-8")
        assert kept == csv_text(getattr(automatic, name))


def test_pages_and_terminal_say_on_how_many_corrections_the_result_rests(shown):
    _, measured = shown
    said = "This result rests on 3 corrections by hand; the automatic result is kept beside it."
    assert said in measured.summary
    assert said in (measured.out / "report.html").read_text(encoding="utf-8")
    patient = (measured.out / "patient.html").read_text(encoding="utf-8")
    assert "This result holds 3 corrections that your clinic made by hand." in patient


def test_run_json_lists_corrections_without_words_and_names(shown):
    _, measured = shown
    text = (measured.out / "run.json").read_text(encoding="utf-8")
    run = json.loads(text)
    assert [each["kind"] for each in run["corrections"]] == ["photograph", "region", "exclude"]
    assert all(each["applied"] for each in run["corrections"])
    assert run["corrections"][2]["lesions"] != []
    assert not any(word in text for word in ("staff-7", "Muttermal", "she moved", "too wide"))


def test_no_table_tells_reasons_or_who_corrected(shown):
    _, measured = shown
    for path in measured.out.rglob("*.csv"):
        assert not any(word in path.read_text(encoding="utf-8") for word in ("staff-7", "Muttermal", "she moved"))


def test_without_corrections_run_json_and_tables_say_nothing_of_them(found):
    assert found.measured.result.corrections == ()
    assert not any("by_hand" in str(flags) for flags in found.measured.lesions["flags"])


def test_the_first_usable_photograph_cannot_be_left_out_where_something_is_drawn(drawn, tmp_path):
    photo = drawn.course.sessions[0].photos[0]
    folder = correct(drawn.folder, tmp_path / "c", Correction(KIND.PHOTOGRAPH, "dark", photo=photo))
    with pytest.raises(
        CourseError, match="pixels of the first usable photograph, and a correction leaves that one out"
    ):
        measure_course(folder)


@pytest.mark.slow
def test_where_nothing_is_drawn_the_next_photograph_becomes_the_baseline(drawn, tmp_path):
    photo = drawn.course.sessions[0].photos[0]
    folder = correct(
        drawn.folder,
        tmp_path / "c",
        Correction(KIND.PHOTOGRAPH, "dark", photo=photo),
        **{"region": None, "control": None, "exclude": ()},
    )
    measured = measure_course(folder)
    assert measured.sessions.verdict.tolist()[1] == "baseline"
    assert measured.result.sessions[0].verdict is Verdict.NOT_MEASURABLE


def test_corrections_outside_the_photograph_are_refused_all_at_once(drawn, tmp_path):
    far = ((1e5, 5.0),)
    folder = correct(
        drawn.folder,
        tmp_path / "c",
        Correction(KIND.EXCLUDE, "x", at=far),
        Correction(KIND.EXCLUDE, "x", at=((5.0, 5.0),)),
        Correction(KIND.OUTLINE, "x", outline=((-4.0, 1.0), (50.0, 1.0), (50.0, 50.0))),
    )
    with pytest.raises(CourseError, match="Corrections 1 and 3 leave the first usable photograph, which is"):
        measure_course(folder)


@pytest.mark.slow
def test_a_fields_corrections_redraw_it_and_leave_parts_out(tmp_path):
    folder = draw(tmp_path / "field", scene="melasma", megapixels=0.5).folder
    course = load_course(folder)
    x, y = np.array(course.region).mean(axis=0)
    part = tuple((x + dx, y + dy) for dx, dy in ((-40, -40), (40, -40), (40, 40), (-40, 40)))
    measured = measure_course(correct(folder, tmp_path / "c", Correction(KIND.EXCLUDE, "a scar", outline=part)))
    assert measured.sessions["flags"].str.contains("corrected_by_hand").all()
    by_file = replace(course, exclude=(*course.exclude, part))
    correct(folder, tmp_path / "by file", **{"exclude": by_file.exclude})
    told = measure_course(tmp_path / "by file")
    assert not told.sessions["flags"].str.contains("by_hand").any()
    assert told.sessions.area_total_mm2.tolist() == measured.sessions.area_total_mm2.tolist()


def test_corrections_are_read_from_the_file_alone(handled):
    _, _, measured = handled
    text = course_text(measured.result.course)
    assert [each["kind"] for each in tomllib.loads(text)["correction"]] == ["exclude", "split", "merge"]
    assert QualityFlag.CORRECTED_BY_HAND.value in set(measured.sessions["flags"][0].split(";"))
