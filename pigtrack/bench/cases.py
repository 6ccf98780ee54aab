"""One case a row: what was measured beside what is true."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pigtrack.model.truth import TrueLesion

SOUGHT_MM = 3.0
SOUGHT_DELTA_E00 = 2.0
"""From this diameter and contrast a lesion must be found; fainter ones are counted apart."""


@dataclass(frozen=True, slots=True)
class OutlineCase:
    """A true lesion in one photograph, and the outline that covers it best (None: missed)."""

    course: str
    session: int
    photo: str
    truth_id: int
    sought: bool
    diameter_mm: float
    delta_e00: float
    lesion_id: int | None
    dice: float


@dataclass(frozen=True, slots=True)
class LesionCase:
    """A true lesion in one session beside its row of the tables; errors are measured minus true."""

    course: str
    session: int
    truth_id: int
    lesion_id: int
    sought: bool
    control: bool
    diameter_mm: float
    delta_e00: float
    area_error_percent: float
    contrast_error_e00: float
    delta_mi_error: float
    load_error_percent: float
    skin_delta_e00: float
    ita_error_deg: float


@dataclass(frozen=True, slots=True)
class PhotographCase:
    """A photograph with its card and its place; nan where there is nothing to compare."""

    course: str
    session: int
    photo: str
    usable: bool
    card_found: bool
    card_error_pitch: float
    scale_error_percent: float
    registration_mm: float
    registration_p95_mm: float
    invented: int


@dataclass(frozen=True, slots=True)
class ChangeCase:
    """A change of one endpoint against the baseline: truth, interval, verdict. ``truth_id`` 0 is the session's own.

    ``delta_e00`` and ``diameter_mm`` are the lesion's at the baseline, nan for a session.
    """

    course: str
    session: int
    truth_id: int
    endpoint: str
    primary: bool
    true_percent: float
    percent: float
    low: float
    high: float
    verdict: str
    delta_e00: float = np.nan
    diameter_mm: float = np.nan


def is_sought(lesion: TrueLesion) -> bool:
    """Tell whether a lesion is large and dark enough that it must be found."""
    return lesion.delta_e00 >= SOUGHT_DELTA_E00 and diameter_mm(lesion) >= SOUGHT_MM


def diameter_mm(lesion: TrueLesion) -> float:
    """Diameter of the disc of like area."""
    return float(2 * np.sqrt(max(lesion.area_mm2, 0.0) / np.pi))


def agree_on_numbers(cases: tuple[OutlineCase, ...]) -> Mapping[int, int]:
    """For each true lesion the lesion_id that first covered it, in the order of the cases.

    Where one outline covers several, its row is that of the lesion that it fits best; the others have none.
    """
    first: dict[int, tuple[int, float]] = {}
    for case in cases:
        if case.lesion_id is not None:
            first.setdefault(case.truth_id, (case.lesion_id, case.dice))
    best: dict[int, int] = {}
    for truth_id, (lesion_id, dice) in first.items():
        if lesion_id not in best or dice > first[best[lesion_id]][1]:
            best[lesion_id] = truth_id
    return {truth_id: lesion_id for lesion_id, truth_id in best.items()}
