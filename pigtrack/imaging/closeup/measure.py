"""The lesion of a close-up measured in one photograph, registered to the first: relative numbers, in frame pixels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.closeup.contrast import TRUSTED, index_of, relief_of
from pigtrack.imaging.closeup.finding import LEAST_SKIN, CalmOutline, Closeup, outline_calmly
from pigtrack.imaging.closeup.outline import area_above, enlarge_outline
from pigtrack.imaging.closeup.periphery import Skin, above_skin, fit_skin, robust_spread
from pigtrack.imaging.closeup.view import View, edge_of, look
from pigtrack.imaging.colour import delta_e_2000, ita, srgb_image_to_lab
from pigtrack.imaging.surround import surrounding_mean
from pigtrack.model.flags import QualityFlag
from pigtrack.model.metrics import PhotographMeasurement, SkinMaps, SkinReading, SpotMeasurement, unseen_spot
from pigtrack.model.photograph import RegisteredImage
from pigtrack.model.quantity import BoolImage, FloatArray, FloatImage, Measured, Unit

LESION_ID = 1
"""A close-up has one lesion."""

TERRITORY_SHARE = 0.25
"""Of the lesion's diameter: skin around the first outline that belongs to it, where it may grow."""

HIDDEN_SHARE = 0.5
"""Share of the first outline out of sight from which the lesion can't be measured."""

CUT_SHARE = 0.05
"""Share of an outline that may run along the end of the view before the lesion counts as cut."""

RING_SHARE = 0.5
"""Of the lesion's diameter: how far the ring reaches whose colour stands beside the lesion's."""

STRETCH_SHARE = 0.06
"""Of the picture's longer side: distance over which an error of registration becomes one of stretch; its flow is
smoothed over 70 pixels of a working picture of 1700."""

_SIGMAS_10_TO_90 = 2.563
"""Between the 10 and 90 % points of a Gaussian's integral."""


@dataclass(frozen=True, eq=False, slots=True)
class _Site:
    """One photograph's skin and lesion at the working size.

    Attributes
    ----------
    relief : ndarray, shape (rows, columns), float32
        Density above the skin along the lesion's direction.
    melanin, erythema : ndarray, shape (rows, columns), float32
        Index units above the skin.
    lab : ndarray, shape (rows, columns, 3), float32
    territory, ring : ndarray, shape (rows, columns), bool
        Valid pixels of the lesion's skin, and of the plain skin around it.
    frame_px2 : float
        Frame pixels² a working pixel².
    """

    view: View
    skin: Skin
    relief: FloatImage
    melanin: FloatImage
    erythema: FloatImage
    lab: FloatImage
    territory: BoolImage
    ring: BoolImage
    diameter_px: float
    frame_px2: float


def measure_closeup(
    image: RegisteredImage, maps: SkinMaps, closeup: Closeup, *, baseline: Sequence[SpotMeasurement] | None = None
) -> PhotographMeasurement:
    """Measure the lesion of a course of close-ups in one photograph.

    Parameters
    ----------
    image, maps : RegisteredImage, SkinMaps
        On the baseline's frame; the melanin and erythema indices serve for the reading of the plain skin.
    closeup : Closeup
        The lesion, as the baseline shows it.
    baseline : sequence of SpotMeasurement, optional
        The baseline's own spots; None: this is the baseline, and its frozen area is its area.

    Notes
    -----
    Contrast and load are read along ``closeup.direction``, as if it were melanin's: an uncalibrated picture can't tell
    pigments apart, but the lesion's own direction stands out best from its skin and is the same in all photographs.
    The outline is drawn along ``closeup.direction`` at half of the light that the lesion takes away in this photograph;
    the frozen area is drawn at the baseline's level. Both, and the load, come in frame pixels².
    """
    view = look(image)
    shape = (image.valid.shape[0], image.valid.shape[1])
    indices = np.stack([opencv.resize_area(each, view.shape) for each in (maps.melanin, maps.erythema)], axis=-1)
    site = _survey(view, closeup, indices, shape)
    outlines = np.zeros(shape, np.int32)
    if site is None:
        return PhotographMeasurement((_unseen(closeup, shape),), _skin_reading(view, view.valid, indices), outlines)
    found = outline_calmly(site.relief, site.skin, view, site.territory, closeup.footprint)
    if found is not None:
        outlines[enlarge_outline(found.outline, found.relief, shape)] = LESION_ID
    error_px = image.registration.error_px / np.sqrt(site.frame_px2) if site.frame_px2 > 0 else 0.0
    spot = _read_spot(site, closeup, found, frozen=baseline is not None, error_px=float(error_px))
    return PhotographMeasurement((spot,), _skin_reading(view, site.skin.mask, indices), outlines)


def _survey(view: View, closeup: Closeup, indices: FloatImage, frame: tuple[int, int]) -> _Site | None:
    """Tell the lesion's territory from skin and read both; None where its place or the skin is out of sight."""
    plain, shown = closeup.skin & closeup.shown & view.valid, closeup.shown & view.valid
    seen = float((closeup.footprint & view.valid).sum()) / float(closeup.footprint.sum())
    if seen < 1 - HIDDEN_SHARE or plain.mean() < LEAST_SKIN:
        return None
    diameter = float(np.sqrt(4 / np.pi * closeup.footprint.sum()))
    widened = opencv.dilate(closeup.footprint, max(round(TERRITORY_SHARE * diameter), 1))
    beside = plain & ~widened if (plain & ~widened).mean() > LEAST_SKIN else plain
    ring = beside & opencv.dilate(widened, max(round(RING_SHARE * diameter), 1))
    skin = fit_skin(view, beside)
    relief = relief_of(skin, closeup.direction)
    return _Site(
        view=view,
        skin=skin,
        relief=relief,
        melanin=index_of(relief, closeup.contrast),
        erythema=above_skin(indices, beside)[..., 1],
        lab=srgb_image_to_lab(np.power(np.float32(10), -view.density)),
        territory=widened & shown,
        ring=ring if ring.any() else beside,
        diameter_px=diameter,
        frame_px2=frame[0] * frame[1] / (view.shape[0] * view.shape[1]),
    )


def _read_spot(
    site: _Site, closeup: Closeup, found: CalmOutline | None, *, frozen: bool, error_px: float
) -> SpotMeasurement:
    mask = closeup.footprint & site.view.valid if found is None else found.outline.mask
    area = None if found is None else _area(found, site, error_px)
    lab, ring_lab = _median(site.lab, mask), _median(site.lab, site.ring)
    chance = _chance(site.melanin, site)
    return SpotMeasurement(
        lesion_id=LESION_ID,
        present=found is not None,
        parts=0 if found is None else int(opencv.label_components(mask).max()),
        centroid=_centroid(mask, site.frame_px2),
        area=area,
        area_frozen=_frozen_area(found, area, closeup, site) if frozen else area,
        diameter=None if area is None else float(np.sqrt(4 / np.pi * area.value)),
        lab=_triple(lab),
        ring_lab=_triple(ring_lab),
        delta_mi=Measured(float(np.median(site.melanin[mask])), chance, Unit.MELANIN_INDEX),
        delta_e00=_colour_difference(lab, ring_lab, site),
        delta_l=float(ring_lab[0] - lab[0]),
        delta_ita=float(ita(ring_lab) - ita(lab)),
        delta_ei=float(np.median(site.erythema[mask])),
        load=_load(site, chance),
        edge_width=None if found is None else _edge_width(found, site),
        flags=_flags(site, found, mask),
    )


def _area(found: CalmOutline, site: _Site, error_px: float) -> Measured:
    """Extent, with what the skin's unevenness, an unknown tone curve and an uneven registration do to it."""
    near = opencv.dilate(found.outline.mask, 2) & site.territory
    value, level = area_above(found.relief, found.outline.level, near), found.outline.level
    step = float(np.hypot(_chance(found.relief, site) / 2, TRUSTED * level))
    larger, smaller = (area_above(found.relief, level + each, near) for each in (-step, step))
    stretch = np.sqrt(2) * error_px / (STRETCH_SHARE * max(site.view.shape)) * value
    u = float(np.hypot((larger - smaller) / 2, stretch))
    return Measured(value * site.frame_px2, u * site.frame_px2, Unit.SQUARE_PIXEL)


def _frozen_area(found: CalmOutline | None, area: Measured | None, closeup: Closeup, site: _Site) -> Measured | None:
    """Area above the level of the baseline's outline."""
    if found is None or area is None:
        return None
    near = opencv.dilate(found.outline.mask, 2) & site.territory
    value = area_above(found.relief, closeup.level, near) * site.frame_px2
    return Measured(value, area.u / area.value * value if area.value > 0 else value, Unit.SQUARE_PIXEL)


def _load(site: _Site, chance: float) -> Measured:
    size = float(site.territory.sum()) * site.frame_px2
    mean = float(np.mean(site.melanin[site.territory], dtype=np.float64))
    return Measured(mean * size, chance * size, Unit.PIGMENT_LOAD_PIXEL)


def _colour_difference(lab: FloatArray, ring_lab: FloatArray, site: _Site) -> Measured:
    """CIEDE2000 of the medians; its noise from that of L*, a*, b* through the local slope."""
    value = float(delta_e_2000(lab, ring_lab))
    slopes = (delta_e_2000(lab + np.eye(3) * 0.1, ring_lab) - value) / 0.1
    chance = np.array([_chance(np.ascontiguousarray(site.lab[..., k]), site) for k in range(3)])
    return Measured(value, float(np.hypot.reduce(slopes * chance)), Unit.DELTA_E_2000)


def _chance(channel: FloatImage, site: _Site) -> float:
    """Scatter, over the skin, of means as large as the lesion: what a contrast owes to its place."""
    skin = site.skin.mask
    sigma = max(site.diameter_px / 4, 1.0)
    mean = surrounding_mean(channel, skin.astype(np.float32), sigma)
    step = max(round(site.diameter_px / 4), 1)
    apart = mean[::step, ::step][skin[::step, ::step]]
    apart = apart if apart.size >= 8 else channel[skin]
    return max(robust_spread(apart), 1e-6)


def _edge_width(found: CalmOutline, site: _Site) -> float:
    """From 10 to 90 % in frame pixels, as a step blurred by a Gaussian has it that is as steep at the outline."""
    slopes = np.hypot(*np.gradient(found.relief.astype(np.float64)))
    mask = found.outline.mask
    steepness = float(np.median(slopes[mask & ~opencv.erode(mask, 1)]))
    sigma = found.outline.plateau / (max(steepness, 1e-6) * np.sqrt(2 * np.pi))
    return float(_SIGMAS_10_TO_90 * sigma * np.sqrt(site.frame_px2))


def _flags(site: _Site, found: CalmOutline | None, mask: BoolImage) -> frozenset[QualityFlag]:
    rim = mask & ~opencv.erode(mask, 1)
    flags = {QualityFlag.AT_EDGE} if (rim & edge_of(site.view.valid)).sum() > CUT_SHARE * rim.sum() else set()
    return frozenset(flags | ({QualityFlag.BELOW_LIMIT} if found is None else set()))


def _unseen(closeup: Closeup, frame: tuple[int, int]) -> SpotMeasurement:
    scale = frame[0] * frame[1] / closeup.footprint.size
    place = _centroid(closeup.footprint, scale)
    return unseen_spot(LESION_ID, place, flags=frozenset({QualityFlag.NOT_VISIBLE}))


def _skin_reading(view: View, skin: BoolImage, indices: FloatImage) -> SkinReading:
    """Medians over the plain skin."""
    skin = skin if skin.any() else np.ones_like(skin)
    light = np.power(np.float32(10), -np.median(view.density[skin], axis=0))
    melanin, erythema = np.median(indices[skin], axis=0).tolist()
    return SkinReading(
        region_mi=melanin,
        region_ei=erythema,
        region_lab=_triple(srgb_image_to_lab(light[None, None])[0, 0]),
        region_u=robust_spread(indices[skin][:, 0]),
    )


def _median(image: FloatImage, mask: BoolImage) -> FloatArray:
    return np.asarray(np.median(image[mask], axis=0), dtype=np.float64)


def _triple(lab: FloatArray | FloatImage) -> tuple[float, float, float]:
    return float(lab[0]), float(lab[1]), float(lab[2])


def _centroid(mask: BoolImage, frame_px2: float) -> tuple[float, float]:
    """Middle in frame pixels, x, y."""
    rows, columns = np.nonzero(mask)
    scale = float(np.sqrt(frame_px2))
    return (float(columns.mean()) + 0.5) * scale - 0.5, (float(rows.mean()) + 0.5) * scale - 0.5
