"""The patient's page: self-contained HTML for a phone, whole without its script. It asks nothing of the network.

The web app shows the same page by a link, set from the pieces that `patient_pieces` returns.
"""

import json
from base64 import b64encode
from dataclasses import asdict, replace
from hashlib import sha256

from markupsafe import Markup

from pigtrack.model.catalogue import Catalogue
from pigtrack.model.result import CourseResult
from pigtrack.report.page import ReportPictures
from pigtrack.report.patient.view import compose_patient_page
from pigtrack.report.setting import environment
from pigtrack.report.standing import baseline_session

__all__ = ["patient_pieces", "render_patient_page"]

PAGE, CHART, BEFORE, AFTER = "page.json", "chart.svg", "before.jpg", "after.jpg"
"""Names of the pieces."""


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


def patient_pieces(
    result: CourseResult, pictures: ReportPictures, *, catalogue: Catalogue, version: str
) -> dict[str, bytes]:
    """Return the page in pieces, by name: its sentences (`PAGE`), and its pictures where it has them.

    Parameters
    ----------
    result, pictures, catalogue, version
        As for `render_patient_page`.

    Returns
    -------
    dict of str to bytes
        `PAGE` is a `pigtrack.model.patient_page.PatientPage` as JSON, in which a picture's source is its name here.
    """
    page = compose_patient_page(result, pictures, catalogue=catalogue, version=version)
    first = baseline_session(result)
    told = replace(
        page,
        chart=None if page.chart is None else replace(page.chart, source=CHART),
        photos=tuple(replace(each, source=BEFORE if each.session == first else AFTER) for each in page.photos),
    )
    shown = {each.source for each in (told.chart, *told.photos) if each is not None}
    files = {CHART: pictures.patient_chart, BEFORE: pictures.plain_before, AFTER: pictures.plain_after}
    pieces = {name: data for name, data in files.items() if name in shown and data is not None}
    return {
        PAGE: json.dumps(asdict(told), ensure_ascii=False, sort_keys=True).encode("utf-8", "backslashreplace"),
        **pieces,
    }


def _digest(text: str) -> str:
    """Return what a content security policy calls a text by."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode('ascii')}"
