"""Things on the skin that are no epidermal pigment by their colour: ink, and moles darker than any lentigo."""

from collections.abc import Iterable, Sequence

import numpy as np

from pigtrack.imaging.colour import XYZ_TO_SRGB, lab_to_xyz
from pigtrack.model.metrics import PigmentRuler, SpotMeasurement
from pigtrack.model.quantity import FloatArray

OFF_PLANE = 0.25
"""Share of a colour difference, in density, that neither melanin nor blood explains from which it is ink.

Phantoms' lesions of all tones, inflamed, bruised and shining ones included, come to 0.1, moles to 0.15, a tattoo to
0.6."""

LEAST_DELTA_E00 = 4.0
"""Contrast below which noise alone may point anywhere."""

DARKEST = 1e-3
"""Light below this share of white is noise; densities stop at 3."""


def find_decoys(
    photographs: Iterable[Sequence[SpotMeasurement]], ruler: PigmentRuler, *, darkest_mi: float
) -> frozenset[int]:
    """Find the lesions that look like something else in every photograph that outlines them.

    Parameters
    ----------
    photographs : iterable of sequence of SpotMeasurement
        Of each photograph, with the colours of spot and ring.
    ruler : PigmentRuler
        For the directions of melanin and blood at this skin's tone.
    darkest_mi : float
        Contrast that no lentigo of this skin reaches, melanin index.
    """
    looks: dict[int, list[bool]] = {}
    for spots in photographs:
        for spot in spots:
            if spot.present and spot.delta_mi is not None:
                strange = spot.delta_mi.value > darkest_mi or _off_plane(spot, ruler) > OFF_PLANE
                looks.setdefault(spot.lesion_id, []).append(strange)
    return frozenset(lesion for lesion, strange in looks.items() if all(strange))


def _off_plane(spot: SpotMeasurement, ruler: PigmentRuler) -> float:
    """Share of the density difference from the ring that lies across melanin and blood; 0 where it is too faint."""
    faint = spot.delta_e00 is None or spot.delta_e00.value < LEAST_DELTA_E00
    if faint or spot.lab is None or spot.ring_lab is None:
        return 0.0
    difference = _density(spot.lab) - _density(spot.ring_lab)
    across = np.cross(ruler.melanin, ruler.haemoglobin)
    whole = float(np.linalg.norm(difference) * np.linalg.norm(across))
    return abs(float(difference @ across)) / whole if whole > 0 else 0.0


def _density(lab: tuple[float, float, float]) -> FloatArray:
    light = XYZ_TO_SRGB @ lab_to_xyz(np.array(lab))
    return np.asarray(-np.log10(np.maximum(light, DARKEST)))
