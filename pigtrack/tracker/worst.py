"""Pictures of the worst cases of a benchmark, as numbers hide their causes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pigtrack.bench.cases import OutlineCase
from pigtrack.bench.figures import CourseCases
from pigtrack.charts import draw_overlay, picture_bytes
from pigtrack.model.truth import TruePhotograph
from pigtrack.store.phantom_truth import load_labels, load_truth
from pigtrack.store.photographs import read_photograph
from pigtrack.store.results import label_path
from pigtrack.store.whole import write_whole

_MARGIN_MM = 8.0
_ZOOM = 3


def draw_worst(courses: Sequence[CourseCases], folder: Path, target: Path, *, count: int = 12) -> None:
    """Write a picture of each of the lesions whose outline is farthest from the truth (blue: truth, white: measured).

    Parameters
    ----------
    folder : Path
        Holds the courses with their results, by name.
    target : Path
        Where the pictures go, in place of earlier ones.
    """
    cases = [case for course in courses for case in course.outlines if case.sought]
    target.mkdir(parents=True, exist_ok=True)
    for earlier in target.glob("[0-9][0-9]-*.png"):
        earlier.unlink()
    for rank, case in enumerate(sorted(cases, key=lambda each: each.dice)[:count], start=1):
        name = f"{rank:02}-{case.course}-{case.session}-lesion-{case.truth_id}.png"
        write_whole({target / name: _draw(case, folder / case.course)})


def _draw(case: OutlineCase, folder: Path) -> bytes:
    session = load_truth(folder)[case.session - 1]
    true = session.photographs[case.photo]
    mask = load_labels(folder / true.mask_name)
    box = _box(mask == case.truth_id, true)
    labels = load_labels(folder / "results" / label_path(case.photo))[box]
    found = "missed" if case.lesion_id is None else f"Dice {case.dice:.2f}"
    caption = f"{case.course} · session {case.session} · lesion {case.truth_id}: {found}"
    pixels = read_photograph(folder / case.photo).pixels[box].astype(np.uint8)
    scale = 1 / (_ZOOM * true.px_per_mm)
    picture = draw_overlay(
        _enlarge(pixels), _enlarge(labels), reference=_enlarge(mask[box]), caption=caption, mm_per_px=scale
    )
    return picture_bytes(picture, "png")


def _enlarge(pixels: Any) -> Any:
    """Show each pixel as a square, so that what was measured is what is seen."""
    return np.ascontiguousarray(pixels.repeat(_ZOOM, axis=0).repeat(_ZOOM, axis=1))


def _box(inside: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], true: TruePhotograph) -> tuple[slice, slice]:
    margin = int(_MARGIN_MM * true.px_per_mm)
    rows, columns = (np.flatnonzero(inside.any(axis=axis)) for axis in (1, 0))
    return (
        slice(max(int(rows[0]) - margin, 0), int(rows[-1]) + margin),
        slice(max(int(columns[0]) - margin, 0), int(columns[-1]) + margin),
    )
