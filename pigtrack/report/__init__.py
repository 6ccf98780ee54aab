"""The course as one page: self-contained HTML that asks nothing of the network and runs no script."""

import re

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from pigtrack.model.result import CourseResult
from pigtrack.report.page import ReportPictures
from pigtrack.report.view import compose_report, latest_session, single_lesions, tell_course
from pigtrack.report.words import tell_date

__all__ = ["ReportPictures", "latest_session", "render_report", "single_lesions", "tell_course", "tell_date"]


def render_report(result: CourseResult, pictures: ReportPictures | None = None, *, version: str) -> str:
    """Render a measured course as HTML.

    Parameters
    ----------
    result : CourseResult
        The measured course.
    pictures : ReportPictures or None
        Charts (SVG) and photographs (JPEG), put into the page as data URIs.
    version : str
        Of pigtrack, for the page's foot.

    Returns
    -------
    str
        A whole HTML document. The same input gives the same text; everything that came from a person is escaped.
    """
    environment = Environment(
        loader=PackageLoader("pigtrack.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["hold"] = _hold
    report = compose_report(result, pictures or ReportPictures(), version=version)
    return environment.get_template("report.html").render(report=report)


def _hold(text: str) -> Markup:
    """Keep what stands in brackets on one line: an interval torn apart is read as one number."""
    return Markup(re.sub(r"\([^()]*\)", r'<span class="whole">\g<0></span>', str(escape(text))))
