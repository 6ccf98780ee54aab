"""A blinded review: a course's aligned pictures under letters, for a reader who is not to know the order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from pigtrack.charts import display_pixels, draw_overlay, picture_bytes
from pigtrack.charts.overlay import OVERLAY_PX
from pigtrack.model.blinding import blind_sessions
from pigtrack.model.course import Mode
from pigtrack.model.metrics import SpotMap
from pigtrack.model.photograph import RegisteredImage, WorkingGrid
from pigtrack.model.progress import Progress
from pigtrack.model.quantity import BoolImage, FloatImage
from pigtrack.pipeline.settings import MeasurementSettings
from pigtrack.store.folder import load_course, load_course_card
from pigtrack.store.review_folder import refuse_review_place, write_review
from pigtrack.store.workspace import KeptRecords, Workspace, recall_record
from pigtrack.tracker.jobs import Bench, image_name
from pigtrack.tracker.measuring import measure_on
from pigtrack.tracker.rounds import LaidCourse
from pigtrack.tracker.workers import hire

SPOTS = "spots.png"
"""The picture of all sessions together, with the numbers of the spots."""

_TOLD = """\
{letters}: one skin, photographed on {count} days, laid on top of each other and with the colours matched.
The letters stand in no order of time. Who gave you these pictures keeps the key.
{spots}
A point [x, y] of these pictures, in pixels from the top left, is in course.toml
    [{left:.1f} + {scale:.4f} x, {top:.1f} + {scale:.4f} y]
"""

_SPOTS_TOLD = f"{SPOTS}: all days together, each spot outlined where any of them shows it, with its number.\n"


@dataclass(frozen=True, slots=True)
class BlindedReview:
    """What a blinded review was made of.

    Attributes
    ----------
    key : tuple of (str, int)
        Letters and the numbers of the sessions that they stand for: to be kept apart from the pictures.
    unusable : tuple of int
        Sessions without a usable photograph, which have no letter.
    """

    folder: Path
    key: tuple[tuple[str, int], ...]
    unusable: tuple[int, ...] = ()


def review_blinded(
    *, course_folder: Path, out: Path, seed: str, workers: int = 1, progress: Progress | None = None
) -> BlindedReview:
    """Write a course's aligned pictures under letters, and nothing that tells their order.

    Parameters
    ----------
    course_folder : Path
        As for `measure`.
    out : Path
        A new folder.
    seed : str
        A secret that decides the letters: see `blind_sessions`.

    Returns
    -------
    BlindedReview
        With the key, which is written nowhere.

    Raises
    ------
    PigtrackError
        If the course can't be measured or the pictures can't be written.

    Notes
    -----
    The pictures show only the skin that all of them show, so that none stands out as the one that the others were
    laid on. They carry no caption, no metadata, and one and the same file time.
    """
    folder, target = Path(course_folder), refuse_review_place(Path(out))
    course = load_course(folder)
    with Workspace() as workspace, hire(workers, progress) as crew:
        bench = Bench(folder, workspace.folder, MeasurementSettings(), pictures=False)
        laid = measure_on(course, load_course_card(folder, course), bench, crew)[1]
        shown = laid.first_placed
        usable = replace(course, sessions=tuple(each for each in course.sessions if each.number in shown))
        key = blind_sessions(usable, seed)
        spots = None if course.mode is Mode.FIELD else recall_record(workspace.folder, "course")[1]
        write_review(target, _files(laid, workspace.folder, key, spots if isinstance(spots, SpotMap) else None))
    unusable = tuple(each.number for each in course.sessions if each.number not in shown)
    return BlindedReview(target, key, unusable)


def _files(
    laid: LaidCourse, workspace: Path, key: Sequence[tuple[str, int]], spots: SpotMap | None
) -> dict[str, bytes]:
    names = tuple(image_name(laid.first_placed[session]) for _, session in key)
    images = KeptRecords(workspace, names, RegisteredImage)
    shared: BoolImage = images[0].valid.copy()
    for image in images:
        shared &= image.valid
    files = {
        f"{letter}.png": picture_bytes(draw_overlay(display_pixels(image.linear, valid=shared)), "png")
        for (letter, _), image in zip(key, images, strict=True)
    }
    if spots is not None:
        skin = display_pixels(_mean_of(images), valid=shared)
        files[SPOTS] = picture_bytes(draw_overlay(skin, spots.footprints), "png")
    return {**files, "README.txt": _readme([letter for letter, _ in key], laid.frame, spots is not None).encode()}


def _mean_of(images: KeptRecords[RegisteredImage]) -> FloatImage:
    """Mean light of all pictures, read one at a time."""
    total = np.zeros_like(images[0].linear)
    for image in images:
        total += image.linear
    return np.asarray(total / np.float32(len(images)), dtype=np.float32)


def _readme(names: Sequence[str], frame: WorkingGrid, with_spots: bool) -> str:
    shrunk = max(1.0, max(frame.shape) / OVERLAY_PX)
    # Pixel centres lie on whole numbers, so point x of the shrunken picture is shrunk·(x + ½) - ½ of the frame.
    left, top = (origin + frame.step * (shrunk - 1) / 2 for origin in frame.origin)
    return _TOLD.format(
        letters=", ".join(names),
        count=len(names),
        spots=_SPOTS_TOLD if with_spots else "",
        left=left,
        top=top,
        scale=frame.step * shrunk,
    )
