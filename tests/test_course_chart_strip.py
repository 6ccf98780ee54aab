"""What lies under the course's chart: treatments, adverse events, what the protocol lets expect, late visits."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from imaging.simulated_course import course, draw_truth, photograph, photograph_course, spot
from matplotlib.collections import PolyCollection

from pigtrack.charts import draw_course_chart, draw_lesion_charts, draw_patient_chart, draw_timeline, figure_bytes
from pigtrack.charts.axes import Point
from pigtrack.charts.lane import EVENT_MARKER
from pigtrack.charts.lesion_charts import LEAST_RISE, shared_limits
from pigtrack.imaging.change import measure_change
from pigtrack.imaging.link import link_lesions
from pigtrack.model.course import AdverseEvent, Endpoint, Mode
from pigtrack.model.flags import QualityFlag
from pigtrack.model.metrics import Change, Verdict
from pigtrack.model.plan import expected_stretches
from pigtrack.store.catalogues import list_languages, load_catalogue
from pigtrack.store.protocol_file import load_protocol

ENGLISH = load_catalogue("en")
START = date(2026, 1, 11)
BY_HAND, BY_PEN = {"treatment": {"technique": "manual injection"}}, {"treatment": {"technique": "pen"}}
BRUISE = AdverseEvent("bruise", START + timedelta(days=16), "mild", until=START + timedelta(days=20))


@pytest.fixture(scope="module")
def protocol(tmp_path_factory):
    return load_protocol("dark-spot-mesotherapy", folder=tmp_path_factory.mktemp("course"))


def on_days(which, *days):
    return replace(
        which,
        sessions=tuple(
            replace(session, date=START + timedelta(days=day))
            for session, day in zip(which.sessions, days, strict=True)
        ),
    )


def measured(which, **truth):
    rng = np.random.default_rng(5)
    return measure_change(
        which, link_lesions(photograph_course(draw_truth(rng, sessions=len(which.sessions), **truth), rng))
    )


def drawn(which, protocol=None, catalogue=ENGLISH):
    return draw_course_chart(which, measured(which, contrast=0.7).sessions, protocol=protocol, catalogue=catalogue)


def texts(figure):
    return [artist.get_text() for artist in figure.findobj(lambda each: hasattr(each, "get_text"))]


def strip(figure):
    return figure.axes[3]


def rows(figure):
    return [label.get_text() for label in strip(figure).get_yticklabels()]


def test_an_adverse_event_is_marked_on_its_own_day_and_lasts_until_it_was_over():
    figure = drawn(course(3, session_2={**BY_HAND, "adverse_events": (BRUISE,)}))
    marks = [line for line in strip(figure).lines if line.get_marker() == EVENT_MARKER]
    assert [float(mark.get_xdata()[0]) for mark in marks] == [16.0]
    assert [16.0, 20.0] in [list(line.get_xdata()) for line in strip(figure).lines]
    assert "bruise (mild)" in texts(figure)


def test_an_event_after_the_last_session_is_still_on_the_sheet():
    late = replace(BRUISE, day=START + timedelta(days=40), until=None)
    figure = drawn(course(3, session_3={"adverse_events": (late,)}))
    assert strip(figure).get_xlim()[1] > 40


def test_treatments_of_one_kind_have_no_letter_and_of_several_one_each():
    alike = drawn(course(3, session_1=BY_HAND, session_2=BY_HAND))
    assert "A" not in texts(alike)
    several = drawn(course(4, session_1=BY_HAND, session_2=BY_PEN, session_3=BY_HAND))
    assert [text.get_text() for text in strip(several).texts] == ["A", "B", "A"]
    assert {"manual injection", "pen"} <= set(texts(several))


def test_what_is_expected_changes_on_the_days_that_the_protocol_says(protocol):
    which = course(6, **{f"session_{number}": BY_HAND for number in range(1, 6)})
    bars = [(patch.get_x(), patch.get_x() + patch.get_width()) for patch in strip(drawn(which, protocol)).patches]
    starts = [(stretch.start - START).days for stretch in expected_stretches(which, protocol)]
    assert [bar[0] for bar in bars] == starts
    assert bars[-1][1] == 70.0


def test_without_a_protocol_nothing_is_expected_and_a_row_without_content_is_left_out():
    assert rows(drawn(course(3))) == []
    assert rows(drawn(course(3, session_1=BY_HAND))) == ["treated"]


def test_a_visit_after_its_window_is_a_line_from_the_windows_last_day(protocol):
    which = on_days(course(4, **{f"session_{number}": BY_HAND for number in range(1, 4)}), 0, 14, 60, 74)
    lines = [list(line.get_xdata()) for line in strip(drawn(which, protocol)).lines]
    assert [14.0 + protocol.interval_days[1], 60.0] in lines


def test_a_session_without_any_usable_photograph_is_hollow_in_a_row_of_its_own():
    which = course(3)
    change = measure_change(which, link_lesions([[photograph(spot())], [], [photograph(spot())]]))
    figure = draw_course_chart(which, change.sessions, catalogue=ENGLISH)
    assert QualityFlag.NO_USABLE_PHOTOGRAPH in change.sessions[1].flags
    assert rows(figure) == ["photos"]
    assert [(float(line.get_xdata()[0]), line.get_markerfacecolor()) for line in strip(figure).lines] == [
        (14.0, "white")
    ]
    assert "no usable photograph" in texts(figure)


def test_the_band_ends_where_a_fall_would_be_called():
    which = course(3)
    change = measured(which, contrast=0.7)
    axes = draw_course_chart(which, change.sessions, catalogue=ENGLISH).axes[0]
    band = next(each for each in axes.collections if isinstance(each, PolyCollection)).get_paths()[0].vertices
    told = [next(c for c in session.changes if c.endpoint is which.primary) for session in change.sessions[1:]]
    for day, each in zip((14.0, 28.0), told, strict=True):
        edge = band[band[:, 0] == day, 1]
        assert edge.min() == pytest.approx(-each.detectable)
        assert edge.max() == pytest.approx(100 * each.detectable / (100 - each.detectable))


def test_the_key_holds_only_what_there_is():
    told = set(texts(drawn(course(3))))
    assert not {"worsened", "left out of the trend", "no usable photograph", "later than planned"} & told


def rise(percent):
    return [Point(14.0, Change(Endpoint.LOAD, percent, percent - 5, percent + 5, Verdict.WORSENED), True)]


def test_one_great_rise_does_not_flatten_the_other_lesions():
    assert shared_limits([rise(120.0), rise(-60.0)]) == (-65.0, 65.0)
    assert shared_limits([rise(120.0), rise(-10.0)]) == (-15.0, LEAST_RISE)
    assert shared_limits([rise(20.0), rise(-10.0)]) == (-15.0, 25.0)


def test_a_rise_beyond_the_scale_is_told_with_its_interval():
    which = course(2)
    change = measure_change(which, link_lesions([[photograph(spot(area=10.0))], [photograph(spot(area=30.0))]]))
    figure = draw_lesion_charts(which, change.lesions, catalogue=ENGLISH)
    row = next(c for c in change.lesions[-1].changes if c.endpoint is which.primary)
    assert f"+{row.percent:.0f}\u00a0% ({row.low:.0f}–{row.high:.0f})" in texts(figure)


@pytest.mark.parametrize("language", list_languages())
def test_the_words_of_every_chart_are_of_its_language(language, protocol):
    words = load_catalogue(language)
    which = on_days(course(3, session_1=BY_HAND, session_2={"after_procedure": True}), 0, 14, 90)
    change = measured(which, contrast=0.7)
    told = set(texts(draw_course_chart(which, change.sessions, protocol=protocol, catalogue=words)))
    assert {words.say("words.verdict.improved"), words.say("chart.left_out"), words.say("chart.row.treated")} <= told
    figure = draw_patient_chart(which, change.sessions, protocol=protocol, catalogue=words)
    assert words.say("chart.patient.load") in texts(figure)
    assert figure.axes[0].yaxis.get_major_formatter()(-20.0) == "\u221220\u00a0%"


def test_the_patients_chart_judges_nothing_by_colour_and_holds_no_jargon(protocol):
    which = course(4, session_1=BY_HAND)
    figure = draw_patient_chart(which, measured(which, contrast=1.6).sessions, protocol=protocol, catalogue=ENGLISH)
    points = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert len({line.get_color() for line in points}) == 1
    assert not any(word in text for text in texts(figure) for word in ("MI", "baseline", "load", "interval"))


def test_the_timeline_shows_first_and_last_and_says_what_is_left_out():
    which = course(20)
    small = {session.number: np.full((30, 40, 3), 180, np.uint8) for session in which.sessions if session.number != 20}
    figure = draw_timeline(which, measured(which).sessions, small, catalogue=ENGLISH)
    told = texts(figure)
    assert {"Session 1", "Session 20", "8 sessions in between are not shown."} <= set(told)
    assert told.count("no\nusable\nphotograph") == 1


UNDATED = replace(course(3), sessions=tuple(replace(session, date=None) for session in course(3).sessions))
ODD = {
    "one session": course(1),
    "a year apart": on_days(course(2, session_1=BY_HAND), 0, 365),
    "thirty sessions": course(30, **{f"session_{number}": BY_HAND for number in range(1, 30)}),
    "undated": UNDATED,
    "all left out": course(3, session_2={"after_procedure": True}, session_3={"after_procedure": True}),
    "a field": replace(course(3), mode=Mode.FIELD),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_courses_are_drawn_the_same_twice(name, protocol):
    which = ODD[name]
    change = measured(which, contrast=0.7)
    small = {1: np.full((30, 40, 3), 180, np.uint8)}

    def files():
        told = {"protocol": protocol, "catalogue": ENGLISH}
        yield figure_bytes(draw_course_chart(which, change.sessions, **told), "svg")
        yield figure_bytes(draw_patient_chart(which, change.sessions, **told), "svg")
        yield figure_bytes(draw_timeline(which, change.sessions, small, **told), "svg")
        yield figure_bytes(draw_lesion_charts(which, change.lesions, catalogue=ENGLISH, most=6), "svg")

    assert list(files()) == list(files())


@pytest.mark.parametrize("name", ["a year apart", "undated", "all left out"])
def test_no_words_run_off_the_sheet_in_any_language(name, protocol):
    which = ODD[name]
    change = measured(which, contrast=0.7)
    for language in list_languages():
        told = {"protocol": protocol, "catalogue": load_catalogue(language)}
        for figure in (
            draw_course_chart(which, change.sessions, **told),
            draw_patient_chart(which, change.sessions, **told),
        ):
            figure_bytes(figure, "png")
            sheet = figure.bbox
            for artist in figure.findobj(
                lambda each: hasattr(each, "get_text") and each.get_text() and each.get_visible()
            ):
                box = artist.get_window_extent()
                assert sheet.x0 - 1 <= box.x0, artist.get_text()
                assert box.x1 <= sheet.x1 + 1, artist.get_text()
                assert sheet.y0 - 1 <= box.y0, artist.get_text()
