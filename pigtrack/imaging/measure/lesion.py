"""One lesion in one photograph: contrast, extent, load, and what each is worth."""

from dataclasses import dataclass

import numpy as np

from pigtrack.imaging.colour import delta_e_2000, ita
from pigtrack.imaging.measure.noise import SkinNoise
from pigtrack.imaging.measure.outline import CalmHeight, Outline, area_above, calm, measure_variation, outline
from pigtrack.imaging.measure.surface import Cutout
from pigtrack.imaging.measure.twin import Optics
from pigtrack.model.flags import QualityFlag
from pigtrack.model.metrics import SpotMeasurement
from pigtrack.model.quantity import BoolImage, FloatArray, Measured, Unit

PRESENT = 3.0
"""Standard uncertainties that pigment must stand out by to be outlined."""

SMALL_PX = 12.0
"""Diameter in pixels below which an edge of two or three pixels is a fifth of the spot."""

EDGE_SHARE = 0.02
"""Share of a lesion's territory that may be out of sight before it counts as cut."""

STRETCH_MM = 15.0
"""Distance over which an error of registration becomes one of stretch.

Held-out matches carry their own noise, so the flow is better than they say: on unchanged phantoms areas from 5 mm
across scatter by 0.5 % where the matches are off by 0.04 mm."""

SHARPNESS_SHARE = 0.15
"""Of the area that is given back for blur, its standard uncertainty: a card's edges tell sigma to about 7 %."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Millimetres per frame pixel; ``mm_per_px`` is assumed where ``known`` is false, and results stay in pixels."""

    mm_per_px: float
    known: bool

    @property
    def area(self) -> float:
        """Result units per pixel²."""
        return self.mm_per_px**2 if self.known else 1.0

    @property
    def length(self) -> float:
        """Result units per pixel."""
        return self.mm_per_px if self.known else 1.0


@dataclass(frozen=True, eq=False, slots=True)
class LesionReading:
    """What was measured, and the outline on the cut-out's pixels."""

    spot: SpotMeasurement
    mask: BoolImage


def read_lesion(
    lesion_id: int,
    cutout: Cutout,
    noise: SkinNoise,
    *,
    scale: Scale,
    registration_error_px: float,
    baseline: SpotMeasurement | None,
    optics: Optics | None,
) -> LesionReading:
    """Measure a lesion that can be seen."""
    footprint = cutout.footprint & cutout.valid
    allowed = cutout.territory & cutout.valid
    calmed, found = _outlined(cutout, footprint, allowed, noise, scale, optics)
    mask = footprint if found is None else found.mask
    chance = noise.at(_diameter(mask.sum()) * scale.mm_per_px)
    area = None if found is None else _area(found, chance[0], registration_error_px, scale)
    frozen = _frozen_area(cutout, calmed, found, allowed, baseline, area, scale)
    twin = None if found is None else found.twin
    lab, ring_lab = _median_lab(cutout, mask), _median_lab(cutout, cutout.ring)
    lab = lab if twin is None else lab + twin.lab_shift
    contrast = float(np.median(cutout.height[mask])) * (1.0 if twin is None else twin.contrast_gain)
    spot = SpotMeasurement(
        lesion_id=lesion_id,
        present=found is not None,
        parts=0 if found is None else found.parts,
        centroid=_centroid(mask, cutout.corner),
        area=area,
        area_frozen=frozen,
        diameter=None if found is None else _diameter(found.area_px) * scale.length,
        lab=_triple(lab),
        ring_lab=_triple(ring_lab),
        delta_mi=Measured(contrast, float(chance[0]), Unit.MELANIN_INDEX),
        delta_e00=_colour_difference(lab, ring_lab, chance[2:]),
        delta_l=float(ring_lab[0] - lab[0]),
        delta_ita=float(ita(ring_lab) - ita(lab)),
        delta_ei=float(np.median(cutout.erythema[mask]) - np.median(cutout.erythema[cutout.ring])),
        load=_load(cutout, allowed, noise, scale, gain=1.0 if twin is None else twin.load_gain),
        edge_width=None if found is None else found.edge_px * scale.length,
        half_level=None if found is None else found.level,
        variation=None if found is None else measure_variation(calmed, found, mm_per_px=scale.mm_per_px),
        flags=_flags(cutout, found, mask),
    )
    return LesionReading(spot, np.zeros_like(mask) if found is None else mask)


def _outlined(
    cutout: Cutout,
    footprint: BoolImage,
    allowed: BoolImage,
    noise: SkinNoise,
    scale: Scale,
    optics: Optics | None,
) -> tuple[CalmHeight, Outline | None]:
    """Outline the spot, if what lies over its footprint stands out, and what is outlined stands out as well."""
    contrast = float(np.median(cutout.height[footprint]))
    diameter = _diameter(footprint.sum())
    calmed = calm(cutout.height, cutout.ring, contrast=contrast, diameter_px=diameter, mm_per_px=scale.mm_per_px)
    if contrast <= PRESENT * noise.at(diameter * scale.mm_per_px)[0]:
        return calmed, None
    found = outline(calmed, allowed, footprint, mm_per_px=scale.mm_per_px, optics=optics)
    if found is None:
        return calmed, None
    chance = noise.at(_diameter(found.mask.sum()) * scale.mm_per_px)[0]
    stands_out = float(np.median(cutout.height[found.mask])) > PRESENT * chance
    return calmed, found if stands_out else None


def _area(found: Outline, chance: float, registration_error_px: float, scale: Scale) -> Measured:
    """Extent with what the level's noise, the rim's noise, an uneven registration and a misjudged blur do to it.

    Half of an error of the contrast moves the level.
    """
    level = found.slope_px2 * chance / 2
    stretch = np.sqrt(2) * registration_error_px * scale.mm_per_px / STRETCH_MM * found.area_px
    sharpness = SHARPNESS_SHARE * found.given_back_px2
    u = float(np.sqrt(level**2 + found.noise_px2**2 + stretch**2 + sharpness**2))
    unit = Unit.SQUARE_MILLIMETRE if scale.known else Unit.SQUARE_PIXEL
    return Measured(found.area_px * scale.area, u * scale.area, unit)


def _frozen_area(
    cutout: Cutout,
    calmed: CalmHeight,
    found: Outline | None,
    allowed: BoolImage,
    baseline: SpotMeasurement | None,
    area: Measured | None,
    scale: Scale,
) -> Measured | None:
    """Area above half of the baseline's contrast; of the baseline itself, its area."""
    if baseline is None or baseline.half_level is None:
        return area
    level = baseline.half_level
    if found is not None and found.twin is not None:
        level = found.twin.seen_at(level)
    mask = cutout.footprint & cutout.valid if found is None else found.mask | cutout.footprint
    value = area_above(calmed.height, level, mask, allowed) * scale.area
    unit = Unit.SQUARE_MILLIMETRE if scale.known else Unit.SQUARE_PIXEL
    relative = area.u / area.value if area is not None and area.value > 0 else 1.0
    return Measured(value, relative * value, unit)


def _load(cutout: Cutout, allowed: BoolImage, noise: SkinNoise, scale: Scale, *, gain: float) -> Measured | None:
    """Signed sum of the height over the lesion's whole territory, the same skin in every session.

    ``gain`` gives back what the photograph's blur takes off it.
    """
    pixels = int(cutout.territory.sum())
    if not allowed.any():
        return None
    unit = Unit.PIGMENT_LOAD if scale.known else Unit.PIGMENT_LOAD_PIXEL
    size = pixels * scale.area
    chance = float(noise.at(_diameter(pixels) * scale.mm_per_px)[0])
    return Measured(gain * float(np.mean(cutout.height[allowed], dtype=np.float64)) * size, chance * size, unit)


def _colour_difference(lab: FloatArray, ring_lab: FloatArray, chance: FloatArray) -> Measured:
    """CIEDE2000 of the medians; its noise from that of L*, a* and b* through the local slope."""
    value = float(delta_e_2000(lab, ring_lab))
    slopes = (delta_e_2000(lab + np.eye(3) * 0.1, ring_lab) - value) / 0.1
    return Measured(value, float(np.sqrt(np.sum((slopes * chance) ** 2))), Unit.DELTA_E_2000)


def _median_lab(cutout: Cutout, mask: BoolImage) -> FloatArray:
    return np.asarray(np.median(cutout.lab[mask], axis=0), dtype=np.float64)


def _triple(lab: FloatArray) -> tuple[float, float, float]:
    return float(lab[0]), float(lab[1]), float(lab[2])


def _diameter(pixels: float) -> float:
    """Diameter of the disc of equal area."""
    return float(2 * np.sqrt(pixels / np.pi))


def _centroid(mask: BoolImage, corner: tuple[int, int]) -> tuple[float, float]:
    rows, columns = np.nonzero(mask)
    return float(columns.mean() + corner[0]), float(rows.mean() + corner[1])


def _flags(cutout: Cutout, found: Outline | None, mask: BoolImage) -> frozenset[QualityFlag]:
    flags = set()
    hidden = (cutout.territory & ~cutout.valid).sum()
    if hidden > EDGE_SHARE * cutout.territory.sum():
        flags.add(QualityFlag.AT_EDGE)
    if found is None:
        flags.add(QualityFlag.BELOW_LIMIT)
    if _diameter(mask.sum()) < SMALL_PX:
        flags.add(QualityFlag.SMALL)
    return frozenset(flags)
