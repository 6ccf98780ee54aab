"""The sample course, end to end."""

from pathlib import Path

from pigtrack.model.progress import Progress
from pigtrack.store.reference_data import data_folder
from pigtrack.tracker.measuring import MeasuredCourse, measure

_DEFAULT = "pigtrack-demo"


def demo(
    *, out: Path | None = None, progress: Progress | None = None, language: str = "en", pdf: bool = False
) -> MeasuredCourse:
    """Measure the sample course that travels with pigtrack.

    Parameters
    ----------
    out : Path or None
        The results folder; None: ``pigtrack-demo`` in the working folder.
    language : str
        Of the pages and charts.
    pdf : bool
        Print the pages as PDF too.
    """
    return measure(
        course_folder=data_folder("sample_images") / "sample-course",
        out=Path(_DEFAULT) if out is None else out,
        progress=progress,
        workers=2,
        language=language,
        pdf=pdf,
    )
