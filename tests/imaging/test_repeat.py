import numpy as np
import pytest
from simulated_course import SKIN, draw_plain, photograph, spot

from pigtrack.imaging.change import ChangeSettings, SessionNoise, measure_repeatability, with_clinic_noise
from pigtrack.imaging.change.settings import DARKENING
from pigtrack.imaging.colour import lab_to_xyz
from pigtrack.imaging.link import link_lesions
from pigtrack.model.course import Endpoint
from pigtrack.model.repeatability import ReplicateKind

REFLECTANCE = float(lab_to_xyz(np.array(SKIN.region_lab))[1])
QUIET = SessionNoise(common=0.01, own=0.02 * REFLECTANCE**DARKENING, chance=0.0)
SETTINGS = ChangeSettings(area=QUIET, contrast=QUIET, load=QUIET)


def linked(seed, *, sessions=1, shots=3, lesions=10, common=0.01, own=0.02, sizes=(10.0,)):
    """A course whose photographs differ by a common and an own noise; lesions of ``sizes`` in turn."""
    rng = np.random.default_rng(seed)
    areas = np.resize(sizes, lesions)

    def shot():
        drawn = areas * np.exp(rng.normal(0, common)) * np.exp(rng.normal(0, own, lesions))
        return photograph(*(spot(i + 1, area=each, u=1e-4) for i, each in enumerate(drawn)))

    return link_lesions([[shot() for _ in range(shots)] for _ in range(sessions)])


def area(found):
    return next(each for each in found.endpoints if each.endpoint is Endpoint.AREA)


def measure(courses, kind=ReplicateKind.RESEATED):
    return measure_repeatability(courses, kind=kind, settings=SETTINGS)


def test_what_all_lesions_share_is_told_from_what_is_their_own():
    found = area(measure([linked(seed, sessions=4) for seed in range(40)]))
    assert found.common == pytest.approx(0.01, rel=0.1)
    assert found.own == pytest.approx(0.02, rel=0.05)
    assert found.total.value == pytest.approx(np.hypot(0.01, 0.02 / np.sqrt(10)), rel=0.1)
    assert found.common_factor == pytest.approx(1.0, rel=0.1)
    assert found.own_factor == pytest.approx(1.0, rel=0.05)


def test_degrees_of_freedom_are_those_of_the_photographs_and_of_the_lesions():
    whole = measure([linked(1, sessions=2, shots=3, lesions=10)])
    assert (whole.lesions, whole.photographs, whole.groups) == (10, 6, 2)
    found = area(whole)
    assert found.common_degrees == 2 * (3 - 1)
    assert found.own_degrees == 2 * (3 - 1) * (10 - 1)


def test_the_interval_of_the_spread_holds_the_truth_in_95_of_100_courses():
    truth = np.hypot(0.01, 0.02 / np.sqrt(10))
    totals = [area(measure([linked(seed, sessions=2)])).total for seed in range(300)]
    assert 0.93 <= np.mean([each.low <= truth <= each.high for each in totals]) <= 0.975


def test_sessions_of_unchanged_skin_are_replicates_of_one_another():
    course = linked(2, sessions=4, shots=1)
    assert measure([course]) is None
    found = measure([course], ReplicateKind.UNCHANGED)
    assert (found.groups, found.photographs) == (1, 4)
    assert area(found).common_degrees == 3


def test_one_shot_shows_less_than_three_and_no_shot_shows_what_it_does_not_vary():
    courses = [linked(seed, sessions=3) for seed in range(5)]
    reseated, plain = ({s: f for s, f, *_ in area(measure(courses, kind)).smallest} for kind in
                       (ReplicateKind.RESEATED, ReplicateKind.SHOTS))  # fmt: skip
    assert reseated[3] < reseated[1]
    assert plain[1] > reseated[1]
    assert plain[3] > 100 * (1 - np.exp(-1.96 * np.sqrt(2) * 0.01))


def test_the_smallest_fall_is_that_of_two_photographs_at_5_percent():
    found = area(measure([linked(3)]))
    assert found.smallest[0][1] == pytest.approx(-100 * np.expm1(-2.77 * found.total.value), rel=0.01)


def test_a_noisier_clinic_is_believed_at_once_and_a_quieter_one_as_it_gets_known():
    noisy = with_clinic_noise(SETTINGS, measure([linked(4, common=0.04, own=0.08)])).area
    assert noisy.each(REFLECTANCE) == pytest.approx(0.08, rel=0.3)
    assert noisy.common_degrees == 2
    few, many = (
        with_clinic_noise(SETTINGS, measure([linked(seed, common=0.002, own=0.004) for seed in range(count)])).area
        for count in (1, 60)
    )
    assert QUIET.common > few.common > many.common > 0.002
    assert many.common < 0.005
    assert few.common_degrees == np.inf


def test_plain_skin_foretells_what_a_spot_scatters_on_it():
    rng = np.random.default_rng(6)
    noise = 0.4
    usual = ChangeSettings(contrast=SessionNoise(common=0.0, own=0.0, chance=1.0))

    def shot(seed):
        # Drawn patches scatter by the noise over their diameter; these spots have one of 3.57 mm.
        drawn = 8 + rng.normal(0, noise / 3.57, 8)
        return photograph(
            *(spot(i + 1, contrast=each) for i, each in enumerate(drawn)), plain=draw_plain(seed, noise=noise)
        )

    courses = [link_lesions([[shot(3 * k + n) for n in range(3)]]) for k in range(12)]
    found = measure_repeatability(courses, kind=ReplicateKind.RESEATED, settings=usual)
    contrast = next(each for each in found.endpoints if each.endpoint is Endpoint.CONTRAST)
    assert contrast.own_factor == pytest.approx(1.0, rel=0.15)
