"""When a course is one of close-ups: photographs of a single lesion, without card, scale or drawn region."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from pigtrack.imaging.closeup import Closeup, find_lesion, keep_shared_view, measure_closeup
from pigtrack.imaging.pigment import map_skin
from pigtrack.model.course import Course, Mode
from pigtrack.model.metrics import PhotographMeasurement, PigmentRuler, SpotMeasurement
from pigtrack.model.photograph import RegisteredImage, WorkingGrid
from pigtrack.model.quantity import BoolImage
from pigtrack.pipeline.settings import MeasurementSettings

NOTE = (
    "Taken for a close-up of one lesion: there is no card, no scale and no drawn region, and one spot holds most of "
    "the pigment in view. The outline runs where half of the light is lost that the lesion takes away. "
    "Draw a region in course.toml to have all spots in it measured."
)
"""What the person is told that was assumed."""


def may_be_closeup(course: Course, frame: WorkingGrid, settings: MeasurementSettings, *, exploratory: bool) -> bool:
    """Tell whether nothing says what the photographs show: no card, no scale, no polygon, no other mode."""
    drawn = course.region is not None or course.control is not None
    spots = course.mode is Mode.SPOTS
    return settings.closeup and exploratory and spots and frame.mm_per_px is None and not drawn


def find_course_closeup(images: Iterable[RegisteredImage], excluded: BoolImage) -> Closeup | None:
    """Find the one lesion that the first photograph was taken for; None where it shows several spots, or none.

    Parameters
    ----------
    images : iterable of RegisteredImage
        The baseline first; read once, in order, and not kept.
    excluded : ndarray, shape (rows, columns), bool
    """
    later = iter(images)
    found = find_lesion(_without(next(later), excluded))
    if found is None or not found.is_of_one_lesion:
        return None
    return keep_shared_view(found, later)


def measure_course_closeup(
    image: RegisteredImage,
    closeup: Closeup,
    ruler: PigmentRuler,
    excluded: BoolImage,
    baseline: Sequence[SpotMeasurement] | None,
) -> PhotographMeasurement:
    """Measure the lesion in one placed photograph; ``baseline`` is None for the baseline itself."""
    shown = _without(image, excluded)
    return measure_closeup(shown, map_skin(shown, ruler), closeup, baseline=baseline)


def _without(image: RegisteredImage, excluded: BoolImage) -> RegisteredImage:
    return replace(image, valid=image.valid & ~excluded)
