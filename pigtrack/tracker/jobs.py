"""What a worker does with one photograph: read its card; lay it on the frame; measure it and draw it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pigtrack.charts import display_pixels, draw_overlay, picture_bytes, picture_caption
from pigtrack.errors import PhotographError, RegistrationError
from pigtrack.imaging.closeup import Closeup
from pigtrack.imaging.colour import eight_bit
from pigtrack.imaging.measure import measure_photograph
from pigtrack.imaging.pigment import map_skin
from pigtrack.imaging.quality import flags_of
from pigtrack.imaging.register import find_landmarks
from pigtrack.imaging.resample import labels_in_photograph
from pigtrack.model.calibration import Card
from pigtrack.model.catalogue import Catalogue
from pigtrack.model.course import Course, Polygon
from pigtrack.model.flags import QualityFlag
from pigtrack.model.metrics import PhotographMeasurement, PigmentRuler, SpotMap, SpotMeasurement
from pigtrack.model.photograph import Photograph, RegisteredImage, WorkingGrid
from pigtrack.model.quality import QualityCheck, QualityVerdict
from pigtrack.model.quantity import LabelImage
from pigtrack.model.result import PhotographReading, Placement
from pigtrack.pipeline.checking import SKIN_STATE, check_placed
from pigtrack.pipeline.closeup import measure_course_closeup
from pigtrack.pipeline.course import without_outlines
from pigtrack.pipeline.frame import point_of_interest
from pigtrack.pipeline.placing import calibrate_on, place_baseline, place_photograph
from pigtrack.pipeline.reading import read_card
from pigtrack.pipeline.settings import MeasurementSettings
from pigtrack.store.photographs import read_photograph
from pigtrack.store.workspace import keep_record, recall_record
from pigtrack.tracker.colours import know_colours


@dataclass(frozen=True, slots=True)
class Bench:
    """Where a worker finds things, and whether it is to draw pictures for people, and in which words."""

    course_folder: Path
    workspace: Path
    settings: MeasurementSettings
    pictures: bool
    catalogue: Catalogue | None = None

    def caption(self, course: Course, number: int) -> str:
        """Say what a picture of a session shows, in the language of the pages; nothing where none are drawn."""
        return "" if self.catalogue is None else picture_caption(course, number, self.catalogue)


@dataclass(frozen=True, eq=False, slots=True)
class ReadJob:
    """Read one photograph's card."""

    bench: Bench
    session: int
    photo: str
    card: Card
    pitch_mm: float | None
    region: Polygon | None
    sticker_mm: float | None = None


@dataclass(frozen=True, eq=False, slots=True)
class PlaceJob:
    """Calibrate one photograph by the course's method and lay it on the frame.

    ``first``: index and reading of the photograph whose frame it is; None: it is this one.
    """

    bench: Bench
    index: int
    reading: PhotographReading
    method: str
    frame: WorkingGrid
    first: tuple[int, PhotographReading] | None = None


@dataclass(frozen=True, eq=False, slots=True)
class MapJob:
    """Read the pigment of one placed photograph by the course's ruler."""

    bench: Bench
    index: int
    ruler: PigmentRuler


@dataclass(frozen=True, eq=False, slots=True)
class MeasureJob:
    """Measure one placed photograph; ``baseline_spots`` is None for the baseline itself."""

    bench: Bench
    index: int
    reading: PhotographReading
    frame: WorkingGrid
    baseline_spots: tuple[SpotMeasurement, ...] | None
    caption: str


def read_job(job: ReadJob) -> PhotographReading:
    """Read a photograph and its card."""
    photograph = read_photograph(job.bench.course_folder / job.photo, name=job.photo)
    point = point_of_interest(job.region, photograph.pixels.shape[:2])
    return read_card(
        photograph,
        job.card,
        session=job.session,
        pitch_mm=job.pitch_mm,
        point=point,
        region=job.region,
        knowledge=know_colours(),
        method=job.bench.settings.method,
        sticker_mm=job.sticker_mm,
    )


def place_job(job: PlaceJob) -> Placement:
    """Calibrate a photograph and keep it in the workspace, resampled onto the frame."""
    photograph, folder = _open_again(job.bench, job.reading), job.bench.workspace
    if job.first is None:
        image = calibrate_on(photograph, job.reading, job.method, job.frame)
        keep_record(folder, "landmarks", find_landmarks(image))
        placed = place_baseline(image)
    else:
        try:
            landmarks = recall_record(folder, "landmarks")
            placed = place_photograph(photograph, job.reading, job.method, landmarks, job.bench.settings)
        except RegistrationError as fault:
            return Placement(None, str(fault), frozenset({QualityFlag.NOT_REGISTERED}))
    checks = _beside_baseline(job, placed)
    flags = placed.flags | flags_of(checks)
    blamed = [check.remedy for check in checks if check.verdict == QualityVerdict.REJECT]
    if blamed:
        return Placement(None, " ".join(blamed), flags, checks)
    keep_record(folder, image_name(job.index), placed)
    return Placement(placed.registration, None, flags, checks)


def _beside_baseline(job: PlaceJob, placed: RegisteredImage) -> tuple[QualityCheck, ...]:
    """Check a placed photograph against the baseline; nothing for the baseline itself."""
    if job.first is None:
        return ()
    index, reading = job.first
    baseline: RegisteredImage = recall_record(job.bench.workspace, image_name(index))
    return check_placed(baseline, placed, job.frame, job.reading, reading, method=job.method, lenient=SKIN_STATE)


def map_job(job: MapJob) -> str:
    """Keep the pigment maps of a placed photograph in the workspace; return their name."""
    image: RegisteredImage = recall_record(job.bench.workspace, image_name(job.index))
    keep_record(job.bench.workspace, maps_name(job.index), map_skin(image, job.ruler))
    return maps_name(job.index)


def measure_job(job: MeasureJob) -> PhotographMeasurement:
    """Measure a placed photograph; keep its label image and its pictures in the workspace."""
    folder = job.bench.workspace
    image: RegisteredImage = recall_record(folder, image_name(job.index))
    measured = _measure(job, image)
    labels = labels_in_photograph(measured.outlines, image.registration, job.reading.shape)
    keep_record(folder, f"labels-{job.index}", labels)
    if job.bench.pictures:
        draw_pictures(job, image, measured.outlines, labels, names=_left_out_names(folder))
    return without_outlines(measured)


def _left_out_names(workspace: Path) -> dict[int, str]:
    """Mark in the pictures the lesions that a person left out: their numbers in brackets, with a cross."""
    spots = recall_record(workspace, "course")[1]
    excluded = spots.excluded if isinstance(spots, SpotMap) else ()
    return {lesion: f"({lesion} \N{MULTIPLICATION SIGN})" for lesion in sorted(excluded)}


def _measure(job: MeasureJob, image: RegisteredImage) -> PhotographMeasurement:
    ruler, spots, masks = recall_record(job.bench.workspace, "course")
    if isinstance(spots, Closeup):
        return measure_course_closeup(image, spots, ruler, masks.excluded, job.baseline_spots)
    return measure_photograph(
        image,
        recall_record(job.bench.workspace, maps_name(job.index)),
        spots,
        mm_per_px=job.frame.mm_per_px,
        baseline=job.baseline_spots,
        region=masks.region,
        control=masks.control,
        ruler=ruler,
    )


def draw_pictures(
    job: MeasureJob,
    image: RegisteredImage,
    outlines: LabelImage,
    labels: NDArray[np.uint16],
    *,
    names: Mapping[int, str] | None = None,
) -> None:
    """Keep the aligned picture and the overlay of a photograph; ``names`` stand in place of numbers."""
    folder, scale = job.bench.workspace, job.reading.scale
    skin = display_pixels(image.linear, valid=image.valid)
    aligned = draw_overlay(skin, outlines, caption=job.caption, mm_per_px=job.frame.mm_per_px, names=names)
    keep_record(folder, f"aligned-{job.index}", picture_bytes(aligned))
    keep_record(folder, plain_name(job.index), draw_overlay(skin))
    keep_record(folder, outlines_name(job.index), outlines)
    overlay = draw_overlay(
        eight_bit(_open_again(job.bench, job.reading).pixels),
        labels.astype(np.int32),
        caption=job.caption,
        mm_per_px=None if scale is None else scale.mm_per_px,
        names=names,
    )
    keep_record(folder, f"overlays-{job.index}", picture_bytes(overlay))


def _open_again(bench: Bench, reading: PhotographReading) -> Photograph:
    """Open a photograph for another step.

    Raises
    ------
    PhotographError
        If it is not the file any more that its card was read from.
    """
    photograph = read_photograph(bench.course_folder / reading.photo, name=reading.photo)
    if photograph.sha256 != reading.sha256:
        raise PhotographError(
            f"{reading.photo} changed while the course was being measured.",
            "Leave the photographs alone until pigtrack has ended, and measure again.",
        )
    return photograph


def image_name(index: int) -> str:
    """Return the name under which a placed photograph is kept."""
    return f"image-{index}"


def maps_name(index: int) -> str:
    """Return the name under which the pigment maps of a placed photograph are kept."""
    return f"maps-{index}"


def outlines_name(index: int) -> str:
    """Return the name under which the outlines of a placed photograph are kept, on the frame."""
    return f"outlines-{index}"


def plain_name(index: int) -> str:
    """Return the name under which the aligned picture without outlines is kept, as pixels."""
    return f"plain-{index}"
