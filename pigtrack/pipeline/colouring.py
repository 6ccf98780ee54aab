"""The colour fits of a course's photographs, made once more with what only the whole course tells.

Its skin's tone, for which the correction is made, and its camera's tone curve, which every photograph shows anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import median

import numpy as np

from pigtrack.imaging.calibrate import (
    Knowledge,
    calibrate_values,
    choose_method,
    favour_tone,
    fit_methods,
    pool_curves,
)
from pigtrack.imaging.colour import ita, xyz_to_lab
from pigtrack.imaging.quality import judge, judge_calibration
from pigtrack.model.calibration import ColourCalibration, CurveBelief
from pigtrack.model.quality import QualityCheck
from pigtrack.model.result import PhotographReading


def calibrate_together(
    readings: Sequence[PhotographReading], usable: Sequence[bool], knowledge: Knowledge, *, method: str
) -> tuple[PhotographReading, ...]:
    """Fit every usable card again with what all of them say of the skin's tone and of the camera's curve.

    One tone for the whole course: a tan must not change the ruler.

    Parameters
    ----------
    usable : sequence of bool
        Which of the readings passed their checks; the others stay as they are.
    method : str
        As for `fit_methods`.
    """
    known = [index for index, fit in enumerate(usable) if fit and readings[index].calibrations]
    angles = [angle for index in known if (angle := _typology_angle(readings[index])) is not None]
    favoured = favour_tone(knowledge, median(angles)) if angles else knowledge
    beliefs = _pool_by_camera(readings, known)
    return tuple(
        _fit_again(each, favoured, method, beliefs[index]) if index in beliefs else each
        for index, each in enumerate(readings)
    )


def _typology_angle(reading: PhotographReading) -> float | None:
    """Of the usual skin, by the photograph's own first fit."""
    if reading.skin_rgb is None:
        return None
    return float(ita(xyz_to_lab(calibrate_values(np.asarray(reading.skin_rgb), _best(reading)))))


def _pool_by_camera(readings: Sequence[PhotographReading], known: Sequence[int]) -> Mapping[int, CurveBelief]:
    """What is believed of each known photograph's curve beforehand, by its index."""
    members: dict[tuple[str | None, ...], list[int]] = {}
    for index in known:
        members.setdefault(_camera(readings[index]), []).append(index)
    pooled: dict[int, CurveBelief] = {}
    for each in members.values():
        beliefs = [belief for index in each if (belief := _best(readings[index]).belief) is not None]
        pooled |= dict(zip(each, pool_curves(beliefs), strict=True))
    return pooled


def _camera(reading: PhotographReading) -> tuple[str | None, ...]:
    """What photographs must share to have one curve: device, program, kind of file."""
    return reading.capture.camera, reading.capture.software, reading.photo.rpartition(".")[2].lower()


def _best(reading: PhotographReading) -> ColourCalibration:
    return reading.calibrations[choose_method([reading.calibrations])]


def _fit_again(reading: PhotographReading, knowledge: Knowledge, method: str, belief: CurveBelief) -> PhotographReading:
    if reading.card is None:
        return reading
    again = replace(reading, calibrations=fit_methods(reading.card, knowledge, method=method, belief=belief))
    return replace(again, checks=_with_new_errors(reading.checks, _best(again)))


def _with_new_errors(checks: tuple[QualityCheck, ...], best: ColourCalibration) -> tuple[QualityCheck, ...]:
    """The checks with those of the colour fit judged anew."""
    anew = {check.name: check for check in judge(judge_calibration(best))}
    return tuple(anew.get(check.name, check) for check in checks)
