"""The pages for people on paper: each HTML page of the results once more as PDF."""

from collections.abc import Mapping

from pigtrack.store.pdf import print_pdf
from pigtrack.tracker.workers import Workers

PAGES = ("report", "patient")


def print_pages(files: Mapping[str, bytes], crew: Workers) -> dict[str, bytes]:
    """Return the files with a PDF beside each page."""
    printed = crew.run(_print, [files[f"{name}.html"] for name in PAGES], "Printing")
    return {**files, **{f"{name}.pdf": data for name, data in zip(PAGES, printed, strict=True)}}


def _print(page: bytes) -> bytes:
    return print_pdf(page.decode("utf-8"))
