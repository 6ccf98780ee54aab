"""The patient's page in pieces, in every language: what the web app shows by a link. For a worker: it draws."""

from pathlib import Path

from pigtrack import __version__
from pigtrack.charts import draw_patient_chart, figure_bytes
from pigtrack.model.catalogue import Catalogue
from pigtrack.model.result import CourseResult
from pigtrack.report import ReportPictures, latest_session
from pigtrack.report import patient as report
from pigtrack.store.catalogues import list_languages, load_catalogue
from pigtrack.tracker.picturing import draw_plain
from pigtrack.tracker.rounds import LaidCourse


def patient_pieces(result: CourseResult, laid: LaidCourse, workspace: Path) -> dict[str, bytes]:
    """Return the pieces by name, ``patient/en/page.json`` and so on; see `pigtrack.report.patient.patient_pieces`.

    Parameters
    ----------
    laid, workspace
        Of the measuring that is under way, its photographs kept there.
    """
    pieces: dict[str, bytes] = {}
    for language in list_languages():
        catalogue = load_catalogue(language)
        pictures = _pictures(result, laid, workspace, catalogue)
        told = report.patient_pieces(result, pictures, catalogue=catalogue, version=__version__)
        pieces |= {f"patient/{language}/{name}": data for name, data in told.items()}
    return pieces


def _pictures(result: CourseResult, laid: LaidCourse, workspace: Path, catalogue: Catalogue) -> ReportPictures:
    ends = laid.baseline_session, latest_session(result).session
    plain = draw_plain(result.course, laid, ends, workspace, catalogue=catalogue)
    chart = draw_patient_chart(result.course, result.sessions, protocol=result.protocol, catalogue=catalogue)
    return ReportPictures(
        plain_before=plain.get(ends[0]), plain_after=plain.get(ends[1]), patient_chart=figure_bytes(chart, "svg")
    )
