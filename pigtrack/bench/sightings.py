"""One photograph beside its truth: outlines, card, place."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pigtrack.bench.cases import OutlineCase, PhotographCase, diameter_mm, is_sought
from pigtrack.imaging.geometry import apply_homography
from pigtrack.imaging.resample import frame_to_photograph
from pigtrack.model.quantity import FloatArray, LabelImage
from pigtrack.model.result import CourseResult, PhotographRecord
from pigtrack.model.truth import TrueLesion, TruePhotograph, TrueSession

TOUCHING = 0.1
"""Share of a true lesion that an outline must cover to count as having found it."""


@dataclass(frozen=True, eq=False, slots=True)
class Sighting:
    """A photograph's own label image (None: rejected) and true mask, both in its upright pixels."""

    course: str
    record: PhotographRecord
    labels: LabelImage | None
    mask: LabelImage
    true: TruePhotograph
    lesions: tuple[TrueLesion, ...]


@dataclass(frozen=True, eq=False, slots=True)
class TruePlace:
    """What is needed to tell where skin truly lies: all sessions' geometry, and the measured course."""

    sessions: tuple[TrueSession, ...]
    result: CourseResult


def match_outlines(sighting: Sighting) -> Iterator[OutlineCase]:
    """Match every visible lesion with the outline that covers most of it."""
    if sighting.labels is None:
        return
    sizes = np.bincount(sighting.labels.ravel(), minlength=2)
    for lesion in sighting.lesions:
        inside = sighting.mask == lesion.id
        if lesion.visible and inside.any():
            covering = np.bincount(sighting.labels[inside], minlength=2)
            best = int(np.argmax(covering[1:])) + 1
            shared, own = int(covering[best]), int(inside.sum())
            found = shared >= TOUCHING * own
            yield OutlineCase(
                course=sighting.course,
                session=sighting.record.session,
                photo=sighting.record.photo,
                truth_id=lesion.id,
                sought=is_sought(lesion),
                diameter_mm=diameter_mm(lesion),
                delta_e00=lesion.delta_e00,
                lesion_id=best if found else None,
                dice=2 * shared / (own + int(sizes[best])) if found else 0.0,
            )


def judge_photograph(sighting: Sighting, place: TruePlace) -> PhotographCase:
    """Judge card, scale, place and invented outlines of a photograph."""
    record, true = sighting.record, sighting.true
    misplaced = _misplaced(record, true, place)
    scale = record.mm_per_px
    return PhotographCase(
        course=sighting.course,
        session=record.session,
        photo=record.photo,
        usable=record.qc_status != "reject",
        card_found=record.card_found,
        card_error_pitch=np.nan if record.card_centres is None else _card_error(record.card_centres, true),
        scale_error_percent=np.nan if scale is None else 100 * (scale * true.px_per_mm - 1),
        registration_mm=float(np.mean(misplaced)) if misplaced.size else np.nan,
        registration_p95_mm=float(np.percentile(misplaced, 95)) if misplaced.size else np.nan,
        invented=0 if sighting.labels is None else count_invented(sighting.labels, sighting.mask),
    )


def count_invented(labels: LabelImage, mask: LabelImage) -> int:
    """Count the outlines that touch no true pigment."""
    touching = np.unique(labels[mask > 0])
    return int(np.setdiff1d(np.unique(labels), np.append(touching, 0)).size)


def skin_to_pixels(points_mm: FloatArray, photograph: TruePhotograph) -> FloatArray:
    """Where points of the baseline's skin, millimetres, truly lie in a photograph, upright pixels."""
    position = (points_mm - np.asarray(photograph.displacement_origin_mm)) / photograph.displacement_step_mm
    nodes = photograph.displacement_mm
    cell = np.clip(np.floor(position), 0, np.array([nodes.shape[1] - 2, nodes.shape[0] - 2])).astype(int)
    u, v = (position - cell).T[:, :, None]
    i, j = cell.T
    upper = (1 - u) * nodes[j, i] + u * nodes[j, i + 1]
    lower = (1 - u) * nodes[j + 1, i] + u * nodes[j + 1, i + 1]
    return apply_homography(photograph.homography, points_mm + (1 - v) * upper + v * lower)


def _card_error(centres: FloatArray, true: TruePhotograph) -> float:
    """Largest distance of a patch centre from its true place, in pitches."""
    pitch = np.linalg.norm(true.patch_centres[1] - true.patch_centres[0])
    return float(np.linalg.norm(centres - true.patch_centres, axis=1).max() / pitch)


def _misplaced(record: PhotographRecord, true: TruePhotograph, place: TruePlace) -> FloatArray:
    """Distance in mm between where lesions truly lie and where the registration puts them; empty for the baseline."""
    registration = place.result.registrations.get(record.photo)
    if registration is None or record.session == 1:
        return np.zeros(0)
    first = next(iter(place.sessions[0].photographs.values()))
    points = np.array([lesion.centre_mm for lesion in place.sessions[0].lesions])
    frame = place.result.frame
    in_frame = (skin_to_pixels(points, first) - np.asarray(frame.origin)) / frame.step
    away = frame_to_photograph(in_frame, registration) - skin_to_pixels(points, true)
    return np.asarray(np.linalg.norm(away, axis=1) / true.px_per_mm)
