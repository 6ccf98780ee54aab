"""Blood that passes for pigment: points of a needle, crusts, bruises."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.segment.evidence import Evidence
from pigtrack.model.quantity import LabelImage

RING_MM = (0.6, 1.6)
"""From a find's edge to the inner and the outer edge of the skin that it is held against: a mark's halo included."""

MARK_MM = 1.4
"""Diameter below which a find may be a needle's mark: a prick of 0.4 mm with its halo, on the search's own grid."""

BLOOD = 3.0
"""Rise of erythema over rise of melanin from which a find is blood.

Blood itself comes to 4 and more (what leaks of it into melanin is a quarter), pigment of any tone to 0.5."""

PRICK = 1.5
"""The same for a tiny find that one session alone shows: a prick's core is dried blood, of which half as much passes
for melanin (phantoms of tan and dark skin: 2.0 to 5, where a lesion comes to 0.5)."""

REDDENED = 1.0
"""The same from which pigment is in doubt where one session alone shows it."""

SHOWN = 0.35
"""Share of its greatest contrast from which a photograph is asked how red a find is."""

STILL_SEEN = 3.0
"""Standard deviations of calmed skin from which a find is seen: a freckle that has faded by four fifths still is."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A find against the skin around it in one photograph: calmed pigment, melanin, erythema; the skin's own noise."""

    height: float
    melanin: float
    erythema: float
    noise: float


def look_at(
    every: LabelImage, label: int, box: tuple[slice, slice], evidence: Evidence, noises: Sequence[float]
) -> tuple[Sighting, ...]:
    """Hold a find against its ring in each photograph, ``noises`` being their own; nan where one does not show both."""
    inner, outer = (max(round(reach / evidence.spacing_mm), 1) for reach in RING_MM)
    rows, columns = (slice(max(side.start - outer, 0), side.stop + outer) for side in box)
    around = every[rows, columns]
    spot = around == label
    ring = opencv.dilate(spot, outer) & ~opencv.dilate(spot, inner) & (around == 0)
    sightings = []
    for maps, relief, noise in zip(evidence.maps, evidence.reliefs[1:], noises, strict=True):
        valid = maps.valid[rows, columns]
        on, off = spot & valid, ring & valid
        layers = (relief.height, maps.melanin, maps.erythema)
        if on.sum() < spot.sum() / 2 or not off.any():
            sightings.append(Sighting(np.nan, np.nan, np.nan, noise))
            continue
        height, melanin, erythema = (
            float(np.mean(each[rows, columns][on]) - np.median(each[rows, columns][off])) for each in layers
        )
        sightings.append(Sighting(height, melanin, erythema, noise))
    return tuple(sightings)


def only_session(sightings: Sequence[Sighting], sessions: Sequence[int]) -> int | None:
    """Return the one session that shows a find, though others show its place; None where several do."""
    looked = list(zip(sessions, sightings, strict=True))
    with_it = {number for number, each in looked if each.height >= STILL_SEEN * each.noise}
    with_place = {number for number, each in looked if np.isfinite(each.height)}
    return with_it.pop() if len(with_it) == 1 and len(with_place) > 1 else None


def is_blood(sightings: Sequence[Sighting]) -> bool:
    """Tell whether redness outweighs melanin wherever the find shows."""
    return _redness(sightings) > BLOOD


def is_prick(sightings: Sequence[Sighting], diameter_mm: float) -> bool:
    """Tell whether a find that one session alone shows is a needle's: tiny, and redder than brown."""
    return diameter_mm < MARK_MM and _redness(sightings) > PRICK


def is_reddened(sightings: Sequence[Sighting]) -> bool:
    """Tell whether a find is as red as it is brown wherever it shows."""
    return _redness(sightings) > REDDENED


def _redness(sightings: Sequence[Sighting]) -> float:
    """Erythema over melanin in the photograph where it is the least, among those that show the find."""
    known = [each for each in sightings if np.isfinite(each.height)]
    least = SHOWN * max((each.height for each in known), default=0.0)
    shown = [each.erythema / max(each.melanin, 1e-3) for each in known if each.height >= least]
    return min(shown, default=0.0)
