"""Courses side by side as one page: self-contained HTML that asks nothing of the network and runs no script."""

from pigtrack.model.catalogue import Catalogue
from pigtrack.model.cohort import CohortResult
from pigtrack.report.cohort.view import compose_cohort, tell_cohort
from pigtrack.report.setting import environment

__all__ = ["compose_cohort", "render_cohort", "tell_cohort"]


def render_cohort(result: CohortResult, chart: bytes | None = None, *, catalogue: Catalogue, version: str) -> str:
    """Render courses side by side as HTML.

    Parameters
    ----------
    result : CohortResult
        What may be told: hidden groups hold no figures.
    chart : bytes or None
        SVG, put into the page as a data URI.
    catalogue : Catalogue
        Its table ``cohort``.
    version : str
        Of pigtrack, for the page's foot.

    Returns
    -------
    str
        A whole HTML document. The same input gives the same text; everything that came from a person is escaped.
    """
    page = compose_cohort(result, chart, catalogue=catalogue, version=version)
    return environment(catalogue).get_template("cohort.html").render(page=page)
