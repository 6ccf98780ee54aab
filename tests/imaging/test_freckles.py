"""Freckles told together: what is true comes out within its uncertainty, and no single one is judged."""

from dataclasses import replace

import numpy as np
import pytest

from pigtrack.imaging.freckles import find_members, measure_population, withhold_verdicts
from pigtrack.model.course import Endpoint
from pigtrack.model.flags import QualityFlag
from pigtrack.model.metrics import Change, LesionSession, SpotMeasurement, Status, Verdict
from pigtrack.model.population import PopulationFigure
from pigtrack.model.quantity import Measured, Unit

AREA_MM2 = 5000.0
U_MI, U_AREA = 0.3, 0.05


def spot(number, contrast, diameter, rng, *, gain):
    contrast = gain * contrast + rng.normal(0, U_MI)
    area = np.pi / 4 * diameter**2 * (1 + rng.normal(0, U_AREA))
    shown = contrast > 3 * U_MI
    return SpotMeasurement(
        lesion_id=number,
        present=shown,
        parts=1,
        centroid=(0.0, 0.0),
        area=Measured(area, U_AREA * area, Unit.SQUARE_MILLIMETRE) if shown else None,
        area_frozen=None,
        diameter=2 * float(np.sqrt(area / np.pi)) if shown else None,
        lab=None,
        ring_lab=None,
        delta_mi=Measured(contrast, U_MI, Unit.MELANIN_INDEX),
        delta_e00=Measured(abs(contrast), U_MI, Unit.DELTA_E_2000),
        delta_l=None,
        delta_ita=None,
        delta_ei=None,
        load=None,
        edge_width=None,
    )


def row(measured, session, status=Status.PRESENT):
    verdict = Verdict.BASELINE if session == 1 else Verdict.IMPROVED
    change = Change(Endpoint.LOAD, -20.0, -30.0, -10.0, verdict)
    return LesionSession(measured.lesion_id, session, status, measured, 1, (change,), verdict)


def course(*, count=200, left=1.0, size=1.0, seed=0, gain=1.0):
    """Rows of two sessions; ``left`` is what stays of the contrast, ``size`` of the diameter, ``gain`` the camera's."""
    rng = np.random.default_rng(seed)
    contrasts, diameters = 4 * np.exp(rng.normal(0, 0.5, count)), 1.8 * np.exp(rng.normal(0, 0.3, count))
    first = [row(spot(k, c, d, rng, gain=1.0), 1) for k, (c, d) in enumerate(zip(contrasts, diameters, strict=True))]
    later = [
        row(spot(k, left * c, size * d, rng, gain=gain), 2)
        for k, (c, d) in enumerate(zip(contrasts, diameters, strict=True))
    ]
    return [*first, *later], contrasts, diameters


def measured(rows):
    return measure_population(rows, find_members(rows, baseline=1), baseline=1, region_area=AREA_MM2)


def change_of(population, figure):
    return next(each for each in population.sessions[1].changes if each.figure is figure)


def test_density_size_and_contrast_are_the_drawn_ones():
    rows, contrasts, diameters = course()
    population = measured(rows)
    first = population.sessions[0]
    counted = contrasts >= population.limit_mi
    assert population.limit_mi == pytest.approx(1.0, rel=0.1)
    assert first.density.value == pytest.approx(counted.sum() / 50, abs=3 * first.density.u)
    assert first.median.value == pytest.approx(np.median(diameters[counted]), abs=3 * first.median.u)
    assert first.quartiles == pytest.approx(np.percentile(diameters[counted], [25, 75]), rel=0.05)
    assert first.contrast.value == pytest.approx(contrasts.mean(), abs=3 * first.contrast.u)
    assert first.density.unit is Unit.PER_SQUARE_CENTIMETRE


@pytest.mark.parametrize("figure", PopulationFigure)
def test_where_nothing_changed_the_intervals_hold_zero(figure):
    gains = np.random.default_rng(7).normal(1, 0.01, 40)
    held = 0
    for seed, gain in enumerate(gains):
        change = change_of(measured(course(seed=seed, gain=gain, count=120)[0]), figure)
        held += change.low <= 0 <= change.high
    assert held >= 36


def test_fading_takes_contrast_and_density_but_no_size():
    rows, contrasts, _ = course(left=0.3)
    population = measured(rows)
    contrast, density = (change_of(population, PopulationFigure(name)) for name in ("contrast", "density"))
    truly = 100 * ((0.3 * contrasts >= population.limit_mi).sum() / (contrasts >= population.limit_mi).sum() - 1)
    assert contrast.low < -70 < contrast.high
    assert density.low < truly < density.high
    assert density.percent < -25


def test_shrinking_takes_size_alone():
    population = measured(course(size=0.8)[0])
    size, density = (change_of(population, PopulationFigure(name)) for name in ("median", "density"))
    assert size.low < -20 < size.high
    assert density.low <= 0 <= density.high


def test_what_has_gone_altogether_leaves_no_density():
    density = change_of(measured(course(left=0.0)[0]), PopulationFigure.DENSITY)
    assert density.percent == pytest.approx(-100, abs=3)
    assert density.high < -90


def test_skin_out_of_sight_is_neither_counted_nor_compared():
    rows, *_ = course()
    hidden = [
        replace(each, status=Status.NOT_VISIBLE) if each.session == 2 and each.lesion_id < 50 else each for each in rows
    ]
    whole, part = measured(rows), measured(hidden)
    assert part.sessions[1].density.value == pytest.approx(whole.sessions[1].density.value, rel=0.1)
    change = change_of(part, PopulationFigure.DENSITY)
    assert change.low <= 0 <= change.high


def test_few_spots_large_ones_and_control_skin_are_no_population():
    assert not find_members(course(count=30)[0], baseline=1)
    rows, *_ = course()
    large = [replace(each, spot=replace(each.spot, diameter=6.0)) for each in rows]
    assert not find_members(large, baseline=1)
    control = frozenset(range(50))
    assert find_members(rows, baseline=1, control=control) == frozenset(range(50, 200))
    assert not find_members(rows, baseline=1, control=frozenset(range(170)))


def test_what_the_course_asks_for_stands_over_what_the_spots_look_like():
    assert len(find_members(course(count=30)[0], baseline=1, wanted=True)) == 30
    assert not find_members(course(count=200)[0], baseline=1, wanted=False)
    assert not find_members([], baseline=1, wanted=True)


def test_members_get_no_verdict_and_say_why_and_others_keep_theirs():
    rows, *_ = course()
    told = withhold_verdicts(rows, frozenset(range(100)))
    for before, after in zip(rows, told, strict=True):
        member = before.lesion_id < 100
        assert (QualityFlag.POPULATION in after.flags) is member
        if member and before.session == 2:
            assert after.verdict is after.changes[0].verdict is Verdict.NOT_MEASURABLE
            assert after.changes[0].percent == before.changes[0].percent
        else:
            assert after.verdict is before.verdict


def test_without_an_area_there_is_no_density_but_its_change():
    rows, *_ = course()
    population = measure_population(rows, find_members(rows, baseline=1), baseline=1, region_area=None)
    assert population.sessions[0].density is None
    assert change_of(population, PopulationFigure.DENSITY).percent is not None


def test_members_that_the_baseline_does_not_show_are_the_callers_fault():
    rows, *_ = course()
    with pytest.raises(ValueError, match="baseline session 3"):
        measure_population(rows, frozenset({1}), baseline=3, region_area=AREA_MM2)
