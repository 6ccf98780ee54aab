"""Measure every spot of one photograph, with the same steps and on the same skin as in every other.

Contrast is read against the ring of spot-free skin, extent at half of the spot's own contrast, load over skin that
is fixed for the course: fading without shrinking and shrinking without fading come out as what they are.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.ndimage import find_objects

from pigtrack.imaging.colour import srgb_image_to_lab
from pigtrack.imaging.measure.lesion import Scale, read_lesion
from pigtrack.imaging.measure.noise import measure_noise
from pigtrack.imaging.measure.plain import measure_plain
from pigtrack.imaging.measure.surface import cut_out
from pigtrack.imaging.measure.twin import read_optics
from pigtrack.model.flags import QualityFlag
from pigtrack.model.metrics import (
    PhotographMeasurement,
    PigmentRuler,
    SkinMaps,
    SkinReading,
    SpotMap,
    SpotMeasurement,
    unseen_spot,
)
from pigtrack.model.photograph import RegisteredImage
from pigtrack.model.provenance import Algorithm
from pigtrack.model.quantity import BoolImage, FloatImage, LabelImage

__all__ = ["ALGORITHM", "measure_photograph"]

ALGORITHM = Algorithm("measure", 2)

ASSUMED_MM_PER_PX = 1 / 17
"""Where the scale is unknown: the working scale that photographs are brought to."""

ENOUGH = 20_000
"""Pixels that tell a median of skin to a hundredth of its spread."""

BLOCK_MM = 8.0
"""Skin is split into blocks of this side to see how well its median is known."""


def measure_photograph(
    image: RegisteredImage,
    maps: SkinMaps,
    spots: SpotMap,
    *,
    mm_per_px: float | None,
    baseline: Sequence[SpotMeasurement] | None = None,
    region: BoolImage | None = None,
    control: BoolImage | None = None,
    ruler: PigmentRuler | None = None,
) -> PhotographMeasurement:
    """Measure all lesions of a course in one photograph.

    Parameters
    ----------
    image, maps : RegisteredImage, SkinMaps
        The photograph and its maps, on the frame.
    spots : SpotMap
        Of the course.
    mm_per_px : float or None
        Millimetres per frame pixel; None: areas and loads come in pixels², rings from the usual working scale.
    baseline : sequence of SpotMeasurement, optional
        The baseline photograph's own spots, for ``area_frozen``; None: this is the baseline.
    region, control : ndarray of bool, optional
        Where the skin's own reading is taken.
    ruler : PigmentRuler, optional
        That the maps were read with: extent and contrast are then corrected for the photograph's blur and for the
        ruler's calming. None: they are those of the blurred spots.
    """
    scale = Scale(mm_per_px or ASSUMED_MM_PER_PX, mm_per_px is not None)
    skin = spots.skin & maps.valid
    noise = measure_noise(image, maps, skin, mm_per_px=scale.mm_per_px)
    optics = None if ruler is None else read_optics(image, ruler, skin)
    before = {spot.lesion_id: spot for spot in baseline or ()}
    outlines = np.zeros(maps.valid.shape, np.int32)
    measured: list[SpotMeasurement] = []
    for lesion_id, box in enumerate(find_objects(spots.territories), start=1):
        if box is None:
            continue
        cutout = cut_out(image, maps, spots, lesion_id, box, scale.mm_per_px)
        if cutout is None:
            measured.append(unseen_spot(lesion_id, _middle(box), flags=frozenset({QualityFlag.NOT_VISIBLE})))
            continue
        reading = read_lesion(
            lesion_id,
            cutout,
            noise,
            scale=scale,
            registration_error_px=image.registration.error_px,
            baseline=before.get(lesion_id),
            optics=optics,
        )
        measured.append(reading.spot)
        _draw(outlines, reading.mask, cutout.corner, lesion_id)
    return PhotographMeasurement(
        _with_neighbours(measured, outlines),
        _read_skin(image, maps, skin, region, control, scale),
        outlines,
        plain=measure_plain(maps, skin, mm_per_px=scale.mm_per_px, known=scale.known),
    )


def _draw(outlines: LabelImage, mask: BoolImage, corner: tuple[int, int], lesion_id: int) -> None:
    x, y = corner
    outlines[y : y + mask.shape[0], x : x + mask.shape[1]][mask] = lesion_id


def _middle(box: tuple[slice, slice]) -> tuple[float, float]:
    return (box[1].start + box[1].stop - 1) / 2, (box[0].start + box[0].stop - 1) / 2


def _with_neighbours(spots: list[SpotMeasurement], outlines: LabelImage) -> tuple[SpotMeasurement, ...]:
    """Name those whose outlines touch."""
    touching: dict[int, set[int]] = {}
    for first, second in ((outlines[:, 1:], outlines[:, :-1]), (outlines[1:], outlines[:-1])):
        meet = (first != second) & (first > 0) & (second > 0)
        for a, b in np.unique(np.stack([first[meet], second[meet]], axis=1), axis=0).tolist():
            touching.setdefault(a, set()).add(b)
            touching.setdefault(b, set()).add(a)
    return tuple(
        replace(s, merged_with=tuple(sorted(touching[s.lesion_id])), flags=s.flags | {QualityFlag.MERGED})
        if s.lesion_id in touching
        else s
        for s in spots
    )


def _read_skin(
    image: RegisteredImage,
    maps: SkinMaps,
    skin: BoolImage,
    region: BoolImage | None,
    control: BoolImage | None,
    scale: Scale,
) -> SkinReading:
    """Medians of spot-free skin in the region without the control, and in the control."""
    treated = skin if region is None else skin & region
    treated = treated if control is None else treated & ~control
    treated = treated if treated.any() else maps.valid
    thin = _thinning(treated)
    lab = np.median(srgb_image_to_lab(image.linear[thin][treated[thin]][None])[0], axis=0)
    reading = SkinReading(
        region_mi=_median(maps.melanin, treated),
        region_ei=_median(maps.erythema, treated),
        region_lab=(float(lab[0]), float(lab[1]), float(lab[2])),
        region_u=_u_of_median(maps.melanin, treated, scale),
    )
    quiet = None if control is None else skin & control
    if quiet is None or not quiet.any():
        return reading
    return replace(
        reading,
        control_mi=_median(maps.melanin, quiet),
        control_ei=_median(maps.erythema, quiet),
        control_u=_u_of_median(maps.melanin, quiet, scale),
    )


def _thinning(mask: BoolImage) -> tuple[slice, slice]:
    """Every few pixels each way, as many as tell a median; all where there are few."""
    step = next(k for k in (4, 2, 1) if k == 1 or mask[::k, ::k].sum() >= ENOUGH)
    return slice(None, None, step), slice(None, None, step)


def _median(channel: FloatImage, mask: BoolImage) -> float:
    thin = _thinning(mask)
    return float(np.median(channel[thin][mask[thin]]))


def _u_of_median(channel: FloatImage, mask: BoolImage, scale: Scale) -> float:
    """From the spread of blocks that are far enough apart to be independent."""
    thin = _thinning(mask)
    side = max(round(BLOCK_MM / scale.mm_per_px / (thin[0].step or 1)), 1)
    channel, mask = channel[thin], mask[thin]
    rows, columns = np.nonzero(mask)
    block = (rows // side) * (mask.shape[1] // side + 1) + columns // side
    count = np.bincount(block)
    mean = np.bincount(block, channel[mask])[count > 0] / count[count > 0]
    whole = mean[count[count > 0] > 0.3 * side**2]
    if len(whole) < 3:
        return float(1.4826 * np.median(np.abs(channel[mask] - np.median(channel[mask]))))
    return float(whole.std(ddof=1) / np.sqrt(len(whole)))
