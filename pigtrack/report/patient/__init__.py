"""The patient's page: self-contained HTML for a phone, whole without its script. It asks nothing of the network."""

from base64 import b64encode
from hashlib import sha256

from markupsafe import Markup

from pigtrack.model.catalogue import Catalogue
from pigtrack.model.result import CourseResult
from pigtrack.report.page import ReportPictures
from pigtrack.report.patient.view import compose_patient_page
from pigtrack.report.setting import environment

__all__ = ["render_patient_page"]


def render_patient_page(
    result: CourseResult, pictures: ReportPictures | None = None, *, catalogue: Catalogue, version: str
) -> str:
    """Render a measured course for the person on the photographs.

    Parameters
    ----------
    result : CourseResult
        The measured course. Neither its subject nor its diagnosis nor a lesion's number comes onto the page.
    pictures : ReportPictures or None
        The patient's chart (SVG) and the pictures without outlines (JPEG), put into the page as data URIs.
    catalogue : Catalogue
        The language of the page.
    version : str
        Of pigtrack, for the page's foot.

    Returns
    -------
    str
        A whole HTML document. The same input gives the same text; everything that came from a person is escaped.
    """
    templates = environment(catalogue)
    style, printed, script = (
        templates.get_template(name).render() for name in ("patient.css", "print.css", "patient.js")
    )
    style = f"{style}\n{printed}"
    page = compose_patient_page(result, pictures or ReportPictures(), catalogue=catalogue, version=version)
    return templates.get_template("patient.html").render(
        page=page,
        style=Markup(style),
        style_hash=_digest(style),
        script=Markup(script),
        script_hash=_digest(script),
    )


def _digest(text: str) -> str:
    """Return what a content security policy calls a text by."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode('ascii')}"
