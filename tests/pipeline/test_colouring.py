"""What the photographs of a course tell of one another's colours."""

from dataclasses import replace

import numpy as np

from pigtrack.imaging.calibrate import fit_methods
from pigtrack.model.calibration import CardReading
from pigtrack.model.photograph import CaptureFacts
from pigtrack.model.quality import QualityCheck, QualityVerdict
from pigtrack.model.result import PhotographReading
from pigtrack.pipeline.colouring import calibrate_together
from pigtrack.store.reference_data import load_card, load_spectra
from pigtrack.tracker.colours import know_colours

CARD = load_card("colorchecker-classic")
PLACES = np.array([[60 + 20.0 * (k % 6), 30 + 20.0 * (k // 6)] for k in range(24)])
AT_CARD = np.array([[20.0, 0, 60], [0, 20.0, 30], [0, 0, 1]])
LOO = QualityCheck("calibration_loo_mean", 9.0, 3.0, QualityVerdict.PASS, "Clean the card.")


def reading(session: int, *, camera: str | None = "one", skin=(0.5, 0.35, 0.28), noise=0.006) -> PhotographReading:
    tables = load_spectra()
    both = tables.lamps["D65"][:, None] * tables.cameras["nikon-d5100"]
    patches = CARD.spectra @ (both / both.sum(axis=0))
    patches = patches * (1 + noise * np.random.default_rng(session).standard_normal(patches.shape))
    card = CardReading(CARD, PLACES, AT_CARD, patches, 0.02 * patches, np.zeros(24, bool), 0.99, 0.1, 0.8)
    return PhotographReading(
        session=session, photo=f"{session}.jpg", sha256="0" * 64, capture=CaptureFacts(camera=camera), shape=(200, 300),
        card=card, calibrations=fit_methods(card, know_colours()), scale=None, checks=(LOO,), skin_rgb=skin,
    )  # fmt: skip


def matrices(readings) -> list[np.ndarray]:
    return [each.calibrations["spectral-prior"].matrix for each in readings]


def test_photographs_of_one_camera_come_nearer_to_one_another():
    alone = [reading(1), reading(2), reading(3)]
    together = calibrate_together(alone, [True] * 3, know_colours(), method="auto")
    curves = [
        np.std([each.calibrations["spectral-prior"].tone.coefficients[:, 2] for each in course], axis=0).max()
        for course in (alone, together)
    ]
    assert curves[1] < 0.5 * curves[0]


def test_a_tan_does_not_change_the_correction_of_a_course():
    plain = [reading(1), reading(2)]
    tanned = [plain[0], replace(plain[1], skin_rgb=(0.40, 0.25, 0.18))]
    course = calibrate_together(tanned, [True] * 2, know_colours(), method="auto")
    dark = calibrate_together(
        [replace(each, skin_rgb=(0.16, 0.09, 0.05)) for each in plain], [True] * 2, know_colours(), method="auto"
    )
    apart = [np.abs(np.subtract(*matrices(each))).max() for each in (course, dark)]
    assert apart[0] < 0.2
    assert np.abs(matrices(course)[0] - matrices(dark)[0]).max() > 1e-3


def test_another_camera_is_no_witness():
    mixed = calibrate_together(
        [reading(1), reading(2, camera="two", skin=None)], [True] * 2, know_colours(), method="spectral-prior"
    )
    alone = calibrate_together([reading(1)], [True], know_colours(), method="spectral-prior")
    np.testing.assert_allclose(matrices(mixed)[0], matrices(alone)[0], rtol=1e-9, atol=1e-12)


def test_what_failed_or_shows_no_card_stays_as_it_was():
    bare = replace(reading(2), card=None, calibrations={}, skin_rgb=None)
    failed = reading(3)
    found = calibrate_together([reading(1), bare, failed], [True, True, False], know_colours(), method="auto")
    assert found[1] is bare
    assert found[2] is failed


def test_the_check_tells_the_error_of_the_fit_that_is_used():
    (found,) = calibrate_together([reading(1)], [True], know_colours(), method="spectral-prior")
    (check,) = found.checks
    assert check.value == found.calibrations["spectral-prior"].loo_mean
