"""The course as one page: self-contained HTML that asks nothing of the network and runs no script."""

from pigtrack.model.catalogue import Catalogue
from pigtrack.model.result import CourseResult
from pigtrack.report.page import ReportPictures
from pigtrack.report.setting import environment
from pigtrack.report.view import baseline_session, compose_report, latest_session, single_lesions, tell_course
from pigtrack.report.words import tell_date

__all__ = [
    "ReportPictures",
    "baseline_session",
    "latest_session",
    "render_report",
    "single_lesions",
    "tell_course",
    "tell_date",
]


def render_report(
    result: CourseResult, pictures: ReportPictures | None = None, *, catalogue: Catalogue, version: str
) -> str:
    """Render a measured course as HTML.

    Parameters
    ----------
    result : CourseResult
        The measured course.
    pictures : ReportPictures or None
        Charts (SVG) and photographs (JPEG), put into the page as data URIs.
    catalogue : Catalogue
        The words of the page's language.
    version : str
        Of pigtrack, for the page's foot.

    Returns
    -------
    str
        A whole HTML document. The same input gives the same text; everything that came from a person is escaped.
    """
    report = compose_report(result, pictures or ReportPictures(), catalogue, version=version)
    return environment(catalogue).get_template("report.html").render(report=report)
