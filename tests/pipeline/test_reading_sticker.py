"""A scale sticker beside, or in place of, a card in a photograph."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pigtrack.imaging.geometry import apply_homography
from pigtrack.imaging.scale.stickerface import square_corners
from pigtrack.model.flags import QualityFlag
from pigtrack.model.photograph import CaptureFacts, WorkingGrid
from pigtrack.pipeline.placing import calibrate_on
from pigtrack.pipeline.reading import read_card
from pigtrack.store.reference_data import load_card
from pigtrack.tracker.colours import know_colours

sys.path.insert(0, str(Path(__file__).parents[1] / "imaging" / "scale"))
from drawn_sticker import photographed, posed, print_sticker, skin

CARD = load_card("colorchecker-classic")
PLACE = posed(9.0, tilt=5.0, middle=(200.0, 180.0))


def read(*, asked=10.0, drawn=True):
    scene = skin("light", (480, 640))
    picture = photographed(print_sticker(scene, PLACE, 3) if drawn else scene)
    picture = replace(picture, capture=CaptureFacts(focal_length_35mm=9.0 * 200 / 800 * 43.267))
    reading = read_card(
        picture, CARD, session=1, pitch_mm=None, point=(200.0, 180.0), region=None, knowledge=know_colours(),
        sticker_mm=asked,
    )  # fmt: skip
    return picture, reading


def test_a_sticker_alone_gives_millimetres_and_no_colours():
    _, reading = read()
    x, y = apply_homography(PLACE, square_corners()).T
    true = 10.0 / np.sqrt(abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))) / 2)
    assert reading.scale.mm_per_px == pytest.approx(true, rel=0.004)
    assert reading.scale.source == "sticker"
    assert reading.calibrations == {}
    assert QualityFlag.NO_CARD in reading.flags


@pytest.mark.parametrize("how", [{"asked": None}, {"drawn": False}])
def test_without_a_sticker_or_without_asking_nothing_changes(how):
    _, reading = read(**how)
    assert reading.scale is None
    assert reading.sticker is None


def test_the_sticker_is_never_skin():
    picture, reading = read()
    grid = WorkingGrid((480, 640), (0.0, 0.0), 1.0, None)
    plain = calibrate_on(picture, replace(reading, sticker=None), "none", grid)
    shown = calibrate_on(picture, reading, "none", grid)
    x, y = np.round(apply_homography(PLACE, square_corners())).astype(int).T
    assert not shown.valid[y.min() : y.max(), x.min() : x.max()].any()
    assert plain.valid[y.min() : y.max(), x.min() : x.max()].any()
    assert shown.valid[400:, 450:].all()


def test_white_paper_is_no_glare():
    def glare(reading):
        return next((each.value for each in reading.checks if each.name == "glare_share"), 0.0)

    assert glare(read()[1]) <= glare(read(drawn=False)[1]) + 0.002
