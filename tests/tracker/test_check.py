"""``check``: is a photograph usable, why not, what to do."""

import json

import numpy as np
import pytest
from drawn_courses import without_card
from drawn_files import encoded
from PIL import Image, ImageFilter
from typer.testing import CliRunner

from pigtrack.cli import app
from pigtrack.errors import CardError
from pigtrack.store.phantom_truth import load_truth
from pigtrack.store.reference_data import data_folder
from pigtrack.tracker import check

KEYS = ["photo", "verdict", "card", "card_patch_centres_px", "calibration_method", "loo_delta_e00_mean"]
KEYS += ["loo_delta_e00_max", "mm_per_px", "tilt_deg", "checks"]


def run(*arguments):
    told = CliRunner().invoke(app, ["check", *(str(argument) for argument in arguments)])
    assert told.exception is None or isinstance(told.exception, SystemExit), told.exception
    return told


def saved(path, pixels):
    path.write_bytes(encoded(pixels))
    return path


@pytest.fixture(scope="module")
def good(drawn):
    return drawn.folder / "session-01.jpg"


@pytest.fixture(scope="module")
def mixed(drawn, good, tmp_path_factory):
    """A good photograph, one without its card, one out of focus, one that is no picture."""
    folder = tmp_path_factory.mktemp("check")
    blurred = np.array(Image.fromarray(drawn.pixels_of(1)).filter(ImageFilter.GaussianBlur(8)))
    (folder / "text.jpg").write_text("no picture")
    bare = saved(folder / "bare.jpg", without_card(drawn, 2))
    photos = [good, bare, saved(folder / "blurred.jpg", blurred), folder / "text.jpg"]
    return photos, run(*photos, "--json")


def test_every_photograph_is_looked_at_and_any_rejected_one_ends_with_1(mixed):
    photos, told = mixed
    reports = [json.loads(line) for line in told.stdout.splitlines()]
    assert told.exit_code == 1
    assert [report["photo"] for report in reports] == [str(photo) for photo in photos]
    assert [report["verdict"] for report in reports[1:]] == ["reject"] * 3
    assert reports[0]["verdict"] in ("pass", "warn")
    assert all(list(report) == KEYS for report in reports)


def test_a_usable_photograph_says_where_its_patches_are(mixed, drawn):
    report = json.loads(mixed[1].stdout.splitlines()[0])
    true = load_truth(drawn.folder)[0].photographs["session-01.jpg"].patch_centres
    assert report["card"] == "colorchecker-classic"
    np.testing.assert_allclose(report["card_patch_centres_px"], true, atol=0.5)
    assert 0 < report["loo_delta_e00_mean"] < report["loo_delta_e00_max"]
    assert report["mm_per_px"] is None  # Classic, Mini and Nano look alike
    assert report["tilt_deg"] < 5


def test_a_rejected_photograph_has_nulls_and_says_what_to_do(mixed):
    for line in mixed[1].stdout.splitlines()[1:]:
        report = json.loads(line)
        failed = [each for each in report["checks"] if each["verdict"] == "reject"]
        assert failed
        assert all(each["remedy"].strip() for each in failed)
    bare, _, text = (json.loads(line) for line in mixed[1].stdout.splitlines()[1:])
    for report in (bare, text):
        assert [report[key] for key in KEYS[2:9]] == [None] * 7
    assert text["checks"][0]["name"] == "readable"


def test_a_good_photograph_ends_with_0_and_plain_words(good):
    told = run(good)
    assert told.exit_code == 0
    assert told.stdout.startswith(f"{good}: ")
    assert "Traceback" not in told.output


def test_a_card_file_with_its_pitch_gives_millimetres(good, drawn, tmp_path):
    text = (data_folder("calibration") / "cards" / "colorchecker-classic.toml").read_text(encoding="utf-8")
    (tmp_path / "ours.toml").write_text("pitch_mm = 9.0\n" + text, encoding="utf-8")
    report = next(check(photos=[good], card=tmp_path / "ours.toml"))
    true = load_truth(drawn.folder)[0].photographs["session-01.jpg"].px_per_mm
    assert report.mm_per_px == pytest.approx(1 / true, rel=0.02)


def test_the_same_place_passes_against_the_baseline(good, drawn):
    report = next(check(photos=[drawn.folder / "session-02.jpg"], baseline=good))
    found = {each.name: each for each in report.checks}
    assert {"overlap", "scale_against_baseline", "same_camera"} <= set(found)
    error = found["registration_px"]  # without a size there are no millimetres to give it in
    assert error.verdict == "pass"
    assert 0 < error.value < 2


def test_somebody_else_s_skin_is_rejected_against_the_baseline(good, stranger):
    report = next(check(photos=[stranger.folder / "session-01.jpg"], baseline=good))
    assert report.verdict == "reject"
    found = {each.name: each for each in report.checks}
    assert found["registration_px"].verdict == "reject"
    assert found["registration_px"].remedy


def test_a_baseline_without_a_card_is_refused_and_not_skipped(good, mixed):
    with pytest.raises(CardError, match="The baseline can't be used"):
        next(check(photos=[good], baseline=mixed[0][1]))
    told = run(good, "--baseline", mixed[0][1])
    assert (told.exit_code, told.stdout) == (1, "")
    assert run(good, "--baseline", mixed[0][3]).exit_code == 1


def test_an_unknown_card_is_status_1(good):
    told = run(good, "--card", "rainbow")
    assert (told.exit_code, told.stdout) == (1, "")
    assert "colorchecker-classic" in told.stderr
