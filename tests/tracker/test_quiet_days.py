"""A photograph five days after needles, from course.toml to the tables, by one protocol and by another."""

import json
from dataclasses import replace

import pytest
from drawn_courses import draw, lay_out

from pigtrack.model.treatment import Screen
from pigtrack.tracker import measure_course
from pigtrack.tracker.summary import describe_run, warn

THREE_DAYS = 'base = "dark-spot-mesotherapy"\n[schedule]\nquiet_days = 3\n'
NEEDLES = 'treatment = { technique = "manual injection", product = "A" }'


def fifth_day(drawn, folder, **settings):
    """Measure a phantom's two photographs as taken five days apart, the first before needles."""
    (folder / "own.toml").write_text(THREE_DAYS, encoding="utf-8")
    photos = [{"first.jpg": drawn.bytes_of(1)}, {"fifth-day.jpg": drawn.bytes_of(2)}]
    lay_out(folder, photos, {**drawn.settings, **settings})
    path = folder / "course.toml"
    text = path.read_text(encoding="utf-8").replace('"first.jpg"]', f'"first.jpg"]\n{NEEDLES}')
    path.write_text(text.replace("2026-01-02", "2026-01-06"), encoding="utf-8")
    return measure_course(folder)


@pytest.fixture(scope="module")
def measured(drawn, tmp_path_factory):
    """The same photographs under mesotherapy as it travels along, and under a clinic's own three days."""
    return {
        name: fifth_day(drawn, tmp_path_factory.mktemp(name), protocol=protocol)
        for name, protocol in (("week", "dark-spot-mesotherapy"), ("three", "own.toml"))
    }


def test_the_fifth_day_is_out_of_the_trend_by_mesotherapy(measured):
    row = measured["week"].sessions.iloc[1]
    assert row["verdict"] == "not_measurable"
    assert "soon_after_treatment" in row["flags"].split(";")


def test_the_fifth_day_is_in_the_trend_by_a_protocol_of_three_days(measured):
    row = measured["three"].sessions.iloc[1]
    assert row["verdict"] in ("improved", "worsened", "no_detectable_change")
    assert "soon_after_treatment" not in row["flags"].split(";")


def test_the_numbers_themselves_are_the_same(measured):
    names = ["area_total_mm2", "contrast_delta_mi", "pigment_load"]
    week, three = (measured[name].sessions[names].to_numpy() for name in ("week", "three"))
    assert week == pytest.approx(three, rel=0.02)


def test_table_and_run_name_the_protocol(measured):
    assert list(measured["three"].sessions["protocol"]) == ["own", "own"]
    told = {name: describe_run(each.result)["protocol"] for name, each in measured.items()}
    assert (told["week"]["quiet_days"], told["three"]["quiet_days"]) == (7, 3)
    assert told["week"]["sha256"] != told["three"]["sha256"]
    assert measured["week"].result.protocol.name == "dark-spot-mesotherapy"


def test_the_tables_tell_of_the_treatment(measured):
    (row,) = measured["week"].tables["treatments"].to_dict("records")
    assert (row["session"], row["product"], row["technique"]) == (1, "A", "manual injection")
    assert list(measured["week"].sessions["days_since_treatment"])[1] == 5
    assert measured["week"].tables["adverse_events"].empty


def screened(result, **answers):
    screen = Screen(tuple(answers.items()), signed_by="staff-1", reason="seen by the doctor")
    return replace(result, course=replace(result.course, screen=screen))


def test_a_screen_that_was_begun_and_not_ended_is_told_by_its_open_questions(measured):
    said = [each for each in warn(screened(measured["week"].result, diabetes=False, herpes=True)) if "screen" in each]
    assert said == [
        "The screen has no answer to: pregnancy, breast-feeding, blood-clotting, fungal-disease, infectious-disease, "
        "chronic-disease, other-skin-disease, allergy. Add them to course.toml."
    ]
    whole = screened(measured["week"].result, **dict.fromkeys(measured["week"].result.protocol.screen_keys, False))
    assert not any("screen" in each for each in (*warn(whole), *warn(measured["week"].result)))


def test_the_run_tells_that_the_screen_was_answered_and_never_what(measured):
    told = describe_run(screened(measured["week"].result, diabetes=False, herpes=True))
    assert told["screen"] == {"asked": 10, "answered": 2, "signed": True}
    assert "herpes" not in json.dumps(told)
    assert describe_run(measured["week"].result)["screen"] is None


@pytest.mark.slow
@pytest.mark.parametrize(("protocol", "told"), [("dark-spot-mesotherapy", False), ("own.toml", True)])
def test_a_field_is_judged_by_the_protocols_days_too(protocol, told, tmp_path):
    melasma = draw(tmp_path / "drawn", scene="melasma", change="fade", fall=40.0, sessions=2)
    (tmp_path / "course").mkdir()
    row = fifth_day(melasma, tmp_path / "course", protocol=protocol, mode="field").sessions.iloc[1]
    assert (row["verdict"] != "not_measurable") == told
    assert row["protocol"] == protocol.removesuffix(".toml")
