"""Prints pages as PDF, through the extra ``pdf``. Nothing outside a page is fetched, and no clock is read."""

import hashlib
import warnings
from importlib import import_module
from typing import Any

from pigtrack.errors import OutputError

_VARIANT = "pdf/ua-1"
"""Tagged for screen readers."""


def require_printer() -> Any:
    """Return the module that prints; to be asked before the long work.

    Raises
    ------
    OutputError
        If the extra, or a system library that it needs, is missing.
    """
    try:
        return import_module("weasyprint")
    except ImportError as fault:
        raise OutputError(
            "A PDF needs the extra 'pdf', which is not installed.",
            'Install it with: pip install "pigtrack[pdf]", or leave --pdf away and print report.html from a browser.',
        ) from fault
    except OSError as fault:
        raise OutputError(
            "A PDF needs the system library Pango, which is missing.",
            "On Debian or Ubuntu: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0. "
            "Or leave --pdf away and print report.html from a browser.",
        ) from fault


def print_pdf(page: str) -> bytes:
    """Print a self-contained page.

    Parameters
    ----------
    page : str
        HTML whose pictures are data URIs.

    Returns
    -------
    bytes
        A tagged PDF, the same for the same page.

    Raises
    ------
    OutputError
        As `require_printer`.
    ValueError
        If the page asks for something outside itself.
    """
    weasyprint = require_printer()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        document = weasyprint.HTML(string=page, url_fetcher=_fetcher(weasyprint))
        try:
            printed: bytes = document.write_pdf(pdf_variant=_VARIANT, pdf_identifier=_identifier(page))
        except weasyprint.urls.FatalURLFetchingError as fault:
            raise ValueError(f"a page must hold all that it shows, it asks for something outside: {fault}") from fault
    return printed


def _identifier(page: str) -> bytes:
    return hashlib.sha256(page.encode("utf-8", "backslashreplace")).hexdigest()[:32].encode()


def _fetcher(weasyprint: Any) -> Any:
    """A fetcher that opens data URIs and nothing else."""
    return weasyprint.urls.URLFetcher(allowed_protocols=["data"], fail_on_errors=True)
