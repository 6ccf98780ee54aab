"""Hand-made truth, photographs and tables for the benchmark's own tests."""

from dataclasses import replace

import numpy as np

from pigtrack.bench.sightings import Sighting
from pigtrack.model.photograph import CaptureFacts
from pigtrack.model.result import PhotographRecord
from pigtrack.model.truth import TrueLesion, TruePhotograph

LESION = TrueLesion(
    id=1, fate="static", control=False, centre_mm=(2.0, 3.0), area_mm2=12.0, delta_mi=10.0, delta_e00=8.0,
    lab=(50.0, 15.0, 20.0), ring_lab=(60.0, 12.0, 18.0), pigment_load=120.0, visible=True,
    delta_l=10.0, delta_ita=15.0, resolved=False,
)  # fmt: skip
"""A disc of 3.9 mm that must be found."""

RECORD = PhotographRecord(
    session=1, photo="a.jpg", sha256="0" * 64, capture=CaptureFacts(), card="colorchecker-classic", card_found=True,
    calibration_method="linear", loo_delta_e00_mean=1.0, loo_delta_e00_max=2.0, mm_per_px=0.1, u_scale=0.01,
    tilt_deg=1.0, registration_error_mm=0.05, qc_status="pass",
)  # fmt: skip

PATCHES = np.array([[10.0 * (k % 6), 10.0 * (k // 6)] for k in range(24)])

PHOTOGRAPH = TruePhotograph(
    mask_name="truth/a.png",
    px_per_mm=10.0,
    patch_centres=PATCHES,
    homography=np.diag([10.0, 10.0, 1.0]),
    displacement_mm=np.zeros((4, 5, 2)),
    displacement_origin_mm=(0.0, 0.0),
    displacement_step_mm=10.0,
)


def lesion(number: int, **changes: object) -> TrueLesion:
    return replace(LESION, id=number, **changes)


def blocks(*placed: tuple[int, int, int, int, int], shape: tuple[int, int] = (60, 80)) -> np.ndarray:
    """A label image of rectangles: number, first and last row, first and last column (the last left out)."""
    labels = np.zeros(shape, np.int32)
    for number, top, bottom, left, right in placed:
        labels[top:bottom, left:right] = number
    return labels


def sighting(labels, mask, *lesions: TrueLesion, session: int = 1, **changes: object) -> Sighting:
    record = replace(RECORD, session=session, **changes)
    return Sighting("c", record, labels, mask, PHOTOGRAPH, lesions or (LESION,))
