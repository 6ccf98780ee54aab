"""Courses side by side as one page: self-contained HTML that asks nothing of the network and runs no script."""

import re

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from pigtrack.model.catalogue import Catalogue
from pigtrack.model.cohort import CohortResult
from pigtrack.report.cohort.view import compose_cohort, tell_cohort

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
    environment = Environment(
        loader=PackageLoader("pigtrack.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["hold"] = _hold
    page = compose_cohort(result, chart, catalogue=catalogue, version=version)
    return environment.get_template("cohort.html").render(page=page)


def _hold(text: str) -> Markup:
    """Keep what stands in brackets together: an interval torn apart is read as one number."""
    return Markup(re.sub(r"\([^()]{1,60}\)", r'<span class="whole">\g<0></span>', str(escape(text))))
