from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from imaging.simulated_course import course, draw_truth, photograph, photograph_course, spot
from matplotlib.collections import LineCollection

from pigtrack.charts import (
    display_pixels,
    draw_course_chart,
    draw_lesion_charts,
    draw_overlay,
    draw_timeline,
    eight_bit,
    figure_bytes,
    picture_bytes,
)
from pigtrack.charts.overlay import NOT_SKIN
from pigtrack.charts.style import WIDTH_IN
from pigtrack.imaging.change import measure_change
from pigtrack.imaging.link import link_lesions
from pigtrack.model.quantity import Measured, Unit
from pigtrack.store.catalogues import load_catalogue

ENGLISH = load_catalogue("en")

TREATED = {"treatment": {"technique": "manual injection"}}


def measured(which, **truth):
    rng = np.random.default_rng(5)
    drawn = draw_truth(rng, sessions=len(which.sessions), **truth)
    return measure_change(which, link_lesions(photograph_course(drawn, rng)))


@pytest.fixture(scope="module")
def faded():
    which = course(4, session_1=TREATED, session_2={"after_procedure": True})
    return which, measured(which, contrast=0.6)


def texts(figure):
    return {text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text"))}


def test_the_course_chart_shows_the_primary_endpoint_first_and_all_three(faded):
    which, change = faded
    figure = draw_course_chart(which, change.sessions, catalogue=ENGLISH)
    titles = [axes.get_title(loc="left") for axes in figure.axes[:3]]
    assert titles == ["Pigment load", "Area", "Contrast"]


def test_the_chart_has_a_key_for_treatments_the_unseen_band_and_sessions_left_out(faded):
    which, change = faded
    told = {"manual injection", "too small to be seen", "left out of the trend", "improved"}
    assert told <= texts(draw_course_chart(which, change.sessions, catalogue=ENGLISH))


def test_every_point_but_the_baseline_has_its_interval(faded):
    which, change = faded
    axes = draw_course_chart(which, change.sessions, catalogue=ENGLISH).axes[0]
    bars = next(each for each in axes.collections if isinstance(each, LineCollection))
    told = [next(c for c in session.changes if c.endpoint is which.primary) for session in change.sessions[1:]]
    assert [tuple(bar[:, 1]) for bar in bars.get_segments()] == [(each.low, each.high) for each in told]


def test_sessions_out_of_the_trend_are_hollow_and_off_the_line(faded):
    which, change = faded
    axes = draw_course_chart(which, change.sessions, catalogue=ENGLISH).axes[0]
    hollow = [line for line in axes.lines if line.get_markerfacecolor() == "white"]
    assert [float(line.get_xdata()[0]) for line in hollow] == [14.0]
    line = next(line for line in axes.lines if line.get_linewidth() == 0.8)
    assert list(line.get_xdata()) == [0.0, 28.0, 42.0]


def test_each_lesion_has_its_own_small_chart(faded):
    which, change = faded
    figure = draw_lesion_charts(which, change.lesions, catalogue=ENGLISH)
    assert [axes.get_title(loc="left") for axes in figure.axes[:12]] == [str(n) for n in range(1, 13)]


def test_lesions_beyond_the_most_are_counted(faded):
    which, change = faded
    assert any(
        "and 8 more in the table" in text
        for text in texts(draw_lesion_charts(which, change.lesions, catalogue=ENGLISH, most=4))
    )


def test_a_course_of_two_sessions_and_one_lesion_is_drawn():
    which = course(2)
    change = measure_change(which, link_lesions([[photograph(spot())], [photograph(spot())]]))
    for figure in (
        draw_course_chart(which, change.sessions, catalogue=ENGLISH),
        draw_lesion_charts(which, change.lesions, catalogue=ENGLISH),
    ):
        assert figure_bytes(figure, "png").startswith(b"\x89PNG")


@pytest.mark.parametrize("sessions", [1, 2])
def test_a_course_without_anything_to_draw_says_so_in_words(sessions):
    which = course(sessions)
    change = measure_change(which, link_lesions([[photograph()] for _ in range(sessions)]))
    figures = (
        draw_course_chart(which, change.sessions, catalogue=ENGLISH),
        draw_lesion_charts(which, change.lesions, catalogue=ENGLISH),
    )
    assert any("compared with the baseline" in text for text in texts(figures[0]))
    assert "No spots were found." in texts(figures[1])
    assert all(figure_bytes(figure, "svg") for figure in figures)


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_the_same_chart_has_the_same_bytes(faded, kind):
    which, change = faded
    first, second = (figure_bytes(draw_course_chart(which, change.sessions, catalogue=ENGLISH), kind) for _ in range(2))
    assert first == second


def test_the_svg_is_well_formed_and_knows_no_date(faded):
    which, change = faded
    svg = figure_bytes(draw_course_chart(which, change.sessions, catalogue=ENGLISH), "svg")
    assert ElementTree.fromstring(svg).tag.endswith("svg")
    assert b"dc:date" not in svg


def test_another_kind_of_file_is_the_callers_fault(faded):
    which, change = faded
    with pytest.raises(ValueError, match="kind"):
        figure_bytes(draw_course_chart(which, change.sessions, catalogue=ENGLISH), "gif")


def skin(rows=400, columns=600):
    return np.full((rows, columns, 3), (200, 160, 130), np.uint8)


def discs(*centres, radius=20, shape=(400, 600)):
    rows, columns = np.indices(shape)
    labels = np.zeros(shape, np.int32)
    for number, (row, column) in enumerate(centres, start=1):
        labels[np.hypot(rows - row, columns - column) <= radius] = number
    return labels


def test_an_overlay_draws_the_outline_on_the_border_and_leaves_the_spot_and_the_input_alone():
    pixels = skin()
    drawn = draw_overlay(pixels, discs((200, 300)))
    assert (pixels == skin()).all()
    assert (drawn[200, 300] == pixels[200, 300]).all()
    changed = np.argwhere((drawn != pixels).any(axis=2))
    border = np.hypot(*(changed - (200, 300)).T)
    assert (np.abs(border - 20) < 3).sum() > 100


def test_a_shrunken_overlay_keeps_its_outlines_in_place():
    drawn = draw_overlay(skin(), discs((100, 150)), most_px=300)
    plain = draw_overlay(skin(), most_px=300)
    assert drawn.shape == (200, 300, 3)
    changed = np.argwhere((drawn != plain).any(axis=2))
    ring = changed[np.hypot(*(changed - (49.75, 74.75)).T) < 14]
    assert ring.mean(axis=0) == pytest.approx([49.75, 74.75], abs=0.5)


def test_numbers_stay_inside_the_picture_even_at_its_edges():
    labels = discs((5, 5), (395, 595), radius=4)
    drawn = draw_overlay(skin(), labels)
    assert (drawn[:30, :40] > 225).all(axis=2).any()
    assert (drawn[-30:, -40:] > 225).all(axis=2).any()


def _longest_run(row):
    steps = np.diff(np.r_[0, row.astype(int), 0])
    return (np.flatnonzero(steps < 0) - np.flatnonzero(steps > 0)).max(initial=0)


def test_the_scale_bar_has_a_round_length_that_fits():
    mm_per_px = 0.1
    drawn = draw_overlay(skin(), mm_per_px=mm_per_px, caption="Session 1")
    strip = drawn[400:]
    dark = (strip < 60).all(axis=2)
    longest = max(_longest_run(row) for row in dark)
    assert longest * mm_per_px == pytest.approx(10.0, abs=0.4)


def test_without_caption_and_scale_there_is_no_strip():
    assert draw_overlay(skin()).shape == (400, 600, 3)


def test_labels_of_another_shape_are_the_callers_fault():
    with pytest.raises(ValueError, match="shape"):
        draw_overlay(skin(), np.zeros((3, 3), np.int32))


def test_display_pixels_are_encoded_for_the_eye():
    linear = np.array([[[0.0, 0.214, 1.2]]], np.float32)
    assert display_pixels(linear).tolist() == [[[0, 127, 255]]]


def test_sixteen_bits_become_eight_from_end_to_end():
    assert eight_bit(np.array([0, 128, 129, 32896, 65535], np.uint16)).tolist() == [0, 0, 1, 128, 255]
    assert eight_bit(np.array([7], np.uint8)).tolist() == [7]


@pytest.mark.parametrize(("kind", "start"), [("jpeg", b"\xff\xd8"), ("png", b"\x89PNG")])
def test_pictures_are_written_the_same_each_time(kind, start):
    first, second = (picture_bytes(skin(), kind) for _ in range(2))
    assert first == second
    assert first.startswith(start)


def test_what_is_no_skin_is_painted_grey_but_a_glint_is_left_to_be_seen():
    linear = np.full((60, 80, 3), 0.3, np.float32)
    valid = np.ones((60, 80), bool)
    valid[20:50, 40:] = False
    valid[5:8, 5:8] = False
    shown = display_pixels(linear, valid=valid)
    assert (shown[20:50, 40:][5:-5, 5:] == NOT_SKIN).all()
    assert (shown[:18, :] == display_pixels(linear)[:18, :]).all()


@pytest.mark.parametrize("columns", [3, 6])
def test_a_wide_screen_gets_wider_lesion_charts_of_the_same_size_each(faded, columns):
    which, change = faded
    figure = draw_lesion_charts(which, change.lesions, catalogue=ENGLISH, columns=columns)
    assert figure.get_figwidth() == pytest.approx(WIDTH_IN * columns / 3)


def test_a_long_value_of_pixels_leaves_room_for_the_panel_s_name(faded):
    which, change = faded
    load = Measured(1082239.0, 10400.0, Unit.PIGMENT_LOAD_PIXEL)
    told = texts(draw_course_chart(which, [replace(each, load=load) for each in change.sessions], catalogue=ENGLISH))
    assert "baseline 1082239\u00a0px²·MI" in told
    assert not any("1061855" in each for each in told)


def test_without_a_card_the_timeline_calls_no_colour_matched():
    which = course(2)
    shots = [[photograph(spot(1, area=20))] for _ in range(2)]
    change = measure_change(which, link_lesions(shots), calibrated=False)
    told = texts(draw_timeline(which, change.sessions, {}, catalogue=ENGLISH))
    assert ENGLISH.say("chart.timeline.title_relative") in told
    assert ENGLISH.say("chart.timeline.title") not in told
