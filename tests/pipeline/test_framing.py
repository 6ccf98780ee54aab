"""Live framing against drawn truth: how far, how tilted, how turned, and the one sentence that mends it."""

from functools import cache
from unittest.mock import ANY

import numpy as np
import pytest
from drawn_views import CARD, as_jpeg, seen_from

from pigtrack.imaging.card import find_card
from pigtrack.imaging.scale import stand_of
from pigtrack.model.framing import Aim, HintKind
from pigtrack.model.photograph import Encoding, Photograph
from pigtrack.pipeline.framing import glimpse
from pigtrack.store.frames import read_frame
from pigtrack.store.reference_data import load_card

THE_CARD = load_card(CARD)
VIEWS = ((0.8, 0, 0), (1.0, 12, 0), (1.0, 5, -9))
"""Times as near as at the baseline; tilts about x and y. Distance is told of level ones."""
LIGHT = {HintKind.BRIGHT, HintKind.DARK, HintKind.GLARE, HintKind.SHADOW, HintKind.UNEVEN}


def sent(picture):
    """The picture as it comes in: the phone's JPEG, decoded."""
    return read_frame(as_jpeg(picture))


def stand(picture, *, told):
    lens = picture.capture.focal_length_35mm if told else None
    received = sent(picture)
    return stand_of(find_card(received, THE_CARD), received.pixels.shape[:2], focal_length_35mm=lens)


@cache
def aim_at(picture, *, told=True):
    focal = picture.capture.focal_length_35mm if told else None
    return Aim(CARD, {}, None, stand(picture, told=told), focal)


def hints(picture, aim, **told):
    return {each.kind: each for each in glimpse(picture, THE_CARD, aim, **told).hints}


@pytest.mark.parametrize("tone", ["light", "tan", "dark"])
def test_distance_is_told_within_three_per_cent_and_tilt_within_three_degrees_whether_the_lens_is_told_or_not(tone):
    views = [(seen_from(tone, nearer=n, tilt_x=x, tilt_y=y), n, (x, y)) for n, x, y in VIEWS]
    for told in (True, False):
        first = stand(seen_from(tone), told=told)
        for picture, nearer, (x, y) in views:
            found = stand(picture, told=told)
            lean = np.degrees(np.arcsin(np.subtract(found.lean, first.lean)))
            assert (found.pitch / first.pitch, *lean) == (
                pytest.approx(nearer, rel=0.03) if not (x or y) else ANY,
                pytest.approx(y, abs=3.0),
                pytest.approx(-x, abs=3.0),
            )


def test_a_turned_picture_is_told_within_a_degree_and_tilt_and_place_are_the_turned_ones():
    first, turned = stand(seen_from(), told=True), seen_from(roll=12.0)
    assert stand(turned, told=True).turn_deg - first.turn_deg == pytest.approx(12.0, abs=1.0)
    found = hints(turned, aim_at(seen_from()))
    assert found[HintKind.TURN].said == "Turn the camera 12° clockwise."
    assert [found[kind].size < 0.5 for kind in (HintKind.TILT, HintKind.DISTANCE, HintKind.CENTRE)] == [True] * 3


@pytest.mark.parametrize(
    ("view", "kind", "said"),
    [
        ({"nearer": 0.8}, HintKind.DISTANCE, "Move 20 % closer."),
        ({"nearer": 1.1}, HintKind.DISTANCE, "Move 10 % further away."),
        ({"roll": -12.0}, HintKind.TURN, "Turn the camera 12° anticlockwise."),
        ({"tilt_x": 12}, HintKind.TILT, "lower edge 12° towards the skin"),
        ({"tilt_x": 5, "tilt_y": -9}, HintKind.TILT, "right edge 10° towards the skin"),
        ({"shift": (-16.0, 0.0)}, HintKind.CENTRE, "Move the camera left"),
    ],
)
def test_the_first_thing_to_mend_is_told_in_one_sentence(view, kind, said):
    found = glimpse(sent(seen_from(**view)), THE_CARD, aim_at(seen_from()))
    first = next(each for each in found.hints if each.size > 1)
    assert (first.kind, said in first.said, first.said.count(".")) == (kind, True, 1)
    assert found.compared
    assert len(found.card) == 4


def test_as_at_the_baseline_nothing_is_to_be_mended():
    assert all(each.size < 0.7 for each in glimpse(sent(seen_from()), THE_CARD, aim_at(seen_from())).hints)


def test_a_picture_held_upright_where_the_baseline_lay_is_to_be_turned_by_a_quarter():
    lying = seen_from()
    upright = Photograph("upright", np.ascontiguousarray(np.rot90(lying.pixels)), Encoding.SRGB, "", lying.capture)
    said = hints(upright, aim_at(lying))[HintKind.TURN].said
    assert said == "Turn the camera anticlockwise by about 90°: as it was held at the baseline."


def test_light_comes_first_as_it_spoils_everything_else():
    far = seen_from(nearer=0.8)
    dark = Photograph("dark", (far.pixels * 0.45).astype(np.uint8), far.encoding, "", far.capture)
    said = [each for each in glimpse(dark, THE_CARD, aim_at(seen_from())).hints if each.size > 1]
    assert [each.kind for each in said][:2] == [HintKind.DARK, HintKind.DISTANCE]


def test_without_a_card_only_that_is_told():
    bare = Photograph("bare", np.full((400, 600, 3), 140, np.uint8), Encoding.SRGB, "")
    found = glimpse(bare, THE_CARD, aim_at(seen_from()))
    assert [(each.kind, each.said) for each in found.hints] == [
        (HintKind.CARD, "Bring the whole card into the picture, flat and sharp.")
    ]
    mirrored = Photograph("selfie", np.ascontiguousarray(seen_from().pixels[:, ::-1]), Encoding.SRGB, "")
    assert [each.said for each in glimpse(mirrored, THE_CARD, Aim(CARD, {})).hints] == ["The card is mirrored."]


def test_without_a_baseline_the_photographs_resolution_and_a_flat_view_are_asked_for():
    alone = Aim(CARD, {}, pitch_mm=9.0)  # 4.1 pixels a millimetre in the live picture of 816
    small, fine = hints(seen_from(), alone, width_px=1100), hints(seen_from(), alone, width_px=4000)
    assert set(small) - LIGHT == {HintKind.DISTANCE, HintKind.TILT}
    assert small[HintKind.DISTANCE].size > 1 > fine[HintKind.DISTANCE].size
    assert small[HintKind.DISTANCE].said == "Move 16 % closer."
    assert hints(seen_from(tilt_x=12), alone, width_px=4000)[HintKind.TILT].size > 1
    assert HintKind.DISTANCE not in hints(seen_from(), alone)
