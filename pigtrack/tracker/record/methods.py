"""Ways to measure a course's folder, each known by the versions and settings that its numbers stand for.

Whoever hands courses out needs no more of a way than this: what measures is loaded by whoever measures.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Protocol

from pigtrack.model.progress import Progress
from pigtrack.model.provenance import Algorithm, digest_versions
from pigtrack.model.repeatability import ShotValues
from pigtrack.pipeline.settings import MeasurementSettings
from pigtrack.pipeline.versions import ALGORITHMS
from pigtrack.store.record.jobs import Batch
from pigtrack.store.record.trail import canonical


@dataclass(frozen=True, eq=False, slots=True)
class MeasuredFolder:
    """What measuring a course's folder came to, as the record keeps it.

    Attributes
    ----------
    sessions, lesions, photos : str
        The promised tables as CSV text.
    run : str
        JSON of what run.json says.
    labels : mapping of str to bytes
        Label images, PNG, by photograph.
    shots : tuple of ShotValues
        What single photographs of sessions with several came to.
    pictures : mapping of str to bytes
        What the web app shows of it, by name; empty: nobody asked for that.
    """

    sessions: str
    lesions: str
    photos: str
    run: str
    labels: Mapping[str, bytes]
    exploratory: bool = False
    warnings: tuple[str, ...] = ()
    shots: tuple[ShotValues, ...] = ()
    pictures: Mapping[str, bytes] = field(default_factory=dict)


class FolderMeasure(Protocol):
    """Measures a course's folder on some workers."""

    def __call__(self, folder: Path, *, workers: int = 1, progress: Progress | None = None) -> MeasuredFolder:
        """Measure."""


@dataclass(frozen=True, slots=True)
class Method:
    """A way to measure a course's folder, and the versions and settings that its numbers are known by."""

    measure: FolderMeasure
    algorithms: tuple[Algorithm, ...]
    settings_digest: str

    @property
    def versions_digest(self) -> str:
        """SHA-256 of the algorithms with their versions."""
        return digest_versions(self.algorithms)


def measure_folder(folder: Path, *, workers: int = 1, progress: Progress | None = None) -> MeasuredFolder:
    """Measure a course's folder as `measure` does; nothing is written."""
    return _measure_folder(folder, workers, progress, pictures=False)


def measure_and_draw(folder: Path, *, workers: int = 1, progress: Progress | None = None) -> MeasuredFolder:
    """Measure a course's folder as `measure_folder` does, and draw what the web app shows."""
    return _measure_folder(folder, workers, progress, pictures=True)


def _measure_folder(folder: Path, workers: int, progress: Progress | None, *, pictures: bool) -> MeasuredFolder:
    from pigtrack.imaging.change import total_shots
    from pigtrack.store.cells import csv_text
    from pigtrack.tracker.measuring import measure_labelled
    from pigtrack.tracker.summary import describe_run

    measured = measure_labelled(folder, workers=workers, progress=progress, pictures=pictures)
    course = measured.measured
    linked, reseated = course.result.linked, course.result.course.reseated_shots
    return MeasuredFolder(
        sessions=csv_text(course.sessions),
        lesions=csv_text(course.lesions),
        photos=csv_text(course.photos),
        run=canonical(describe_run(course.result)),
        labels=measured.labels,
        exploratory=course.result.exploratory,
        warnings=course.warnings,
        shots=() if linked is None else total_shots(linked, reseated=reseated),
        pictures=measured.pictures,
    )


METHOD = Method(measure_folder, ALGORITHMS, MeasurementSettings().digest())
"""How pigtrack measures."""

DRAWN = Method(measure_and_draw, ALGORITHMS, MeasurementSettings().digest())
"""The same numbers, and pictures of them."""


def find_method(path: str) -> Method:
    """Return the method at an import path, ``module:name``."""
    module, _, name = path.partition(":")
    found = getattr(import_module(module), name)
    if not isinstance(found, Method):
        raise ValueError(f"{path} is no Method")
    return found


def batch_of(method: Method, only: tuple[str, ...] | None = None) -> Batch:
    """Return the batch in which a method's courses are told."""
    return Batch(method.versions_digest, method.settings_digest, only)
