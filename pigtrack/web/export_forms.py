"""The form of an export: read, told in words, and as the command line that asks for the same."""

import importlib.util
import shlex
from collections.abc import Iterator

from pigtrack.errors import FormError
from pigtrack.model.exporting import ExportChoice, ExportFormat, ExportVersions
from pigtrack.model.record import Purpose
from pigtrack.web.posted import Posted
from pigtrack.web.shown import show_day

FORMATS = {
    ExportFormat.CSV: ("CSV", "Tables of sessions, lesions and photographs, with a dictionary.", ""),
    ExportFormat.LONG: ("CSV, long", "One number a row, with unit, uncertainty and flags.", ""),
    ExportFormat.PARQUET: ("Parquet", "The tables with their types.", "parquet"),
    ExportFormat.JSONL: ("JSON lines", "The tables for programs.", ""),
    ExportFormat.FHIR_R4B: ("FHIR R4B", "Resources for other clinical systems.", "fhir"),
    ExportFormat.FHIR_R5: ("FHIR R5", "The same, for newer systems.", "fhir"),
    ExportFormat.DICOM: ("DICOM", "Photographs, outlines and measurements for image archives.", "dicom"),
    ExportFormat.CDISC: ("CDISC", "Tables as studies hand them in.", ""),
    ExportFormat.PDF: ("PDF", "A printed page for each course.", "pdf"),
    ExportFormat.BUNDLE: ("Audit bundle", "All of it with originals and trail, to be checked elsewhere.", ""),
}
"""Name, what it is, and which extra must be installed for it."""

_PACKAGES = {"parquet": ("pyarrow",), "fhir": ("fhir",), "dicom": ("highdicom", "pydicom"), "pdf": ("weasyprint",)}


def missing_extra(format_: ExportFormat) -> str:
    """Return the name of the extra that a format needs and that is not installed; empty: none."""
    extra = FORMATS[format_][2]
    return extra if any(importlib.util.find_spec(each) is None for each in _PACKAGES.get(extra, ())) else ""


def read_choice(form: Posted) -> ExportChoice:
    """Return what a form asks for.

    Raises
    ------
    FormError
        If something of it can't be asked for.
    """
    format_ = ExportFormat(form.choice("format", tuple(ExportFormat), default=ExportFormat.CSV.value))
    purpose = form.choice("purpose", ("", *Purpose), default="")
    since, until = form.day("since", required=False), form.day("until", required=False)
    if since is not None and until is not None and until < since:
        raise FormError("The last day lies before the first.", "Exchange the two.", field="until")
    up_to = form.number("up_to", least=0, default=0) or None
    if up_to is not None and format_ is not ExportFormat.BUNDLE:
        raise FormError("Only a bundle holds the trail.", "Leave out up to which entry, or choose the bundle.")
    if extra := missing_extra(format_):
        raise FormError(
            f"{FORMATS[format_][0]} needs pigtrack[{extra}], which is not installed.",
            f"Have it installed: pip install 'pigtrack[{extra}]'. Or choose another format.",
            field="format",
        )
    return ExportChoice(
        format=format_,
        courses=tuple(dict.fromkeys(form.text("courses", required=False).replace(",", " ").split())),
        offsets=form.flag("offsets"),
        purpose=Purpose(purpose) if purpose else None,
        since=since,
        until=until,
        measurement=form.number("measurement", least=0, default=0) or None,
        versions=ExportVersions(form.choice("versions", tuple(ExportVersions), default="current")),
        up_to=up_to,
        originals=not form.flag("without_originals"),
        pages=not form.flag("without_pages"),
    )


def tell_choice(choice: ExportChoice) -> str:
    """Return what is asked for, in words."""
    return " ".join(_sentences(choice))


def _sentences(choice: ExportChoice) -> Iterator[str]:
    which = f"The courses {', '.join(choice.courses)}" if choice.courses else "All courses"
    yield f"{which} as {FORMATS[choice.format][0]}."
    if choice.since is not None:
        yield f"With a session on {show_day(choice.since)} or later."
    if choice.until is not None:
        yield f"With a session on {show_day(choice.until)} or before."
    if choice.purpose is not None:
        yield f"Only of patients who agreed to {choice.purpose.value}."
    yield "Days from the baseline instead of dates." if choice.offsets else "With dates."
    if choice.measurement is not None:
        yield f"Measurement {choice.measurement} of each."
    elif choice.versions is ExportVersions.ALL:
        yield "Every measurement of each."
    if choice.format is ExportFormat.BUNDLE:
        yield f"{'With' if choice.originals else 'Without'} photographs, {'with' if choice.pages else 'without'} pages."
        if choice.up_to is not None:
            yield f"The trail up to entry {choice.up_to}."


def command_of(choice: ExportChoice) -> str:
    """Return the command line that asks for the same.

    Examples
    --------
    >>> command_of(ExportChoice(ExportFormat.CSV, courses=("C-1",), offsets=True))
    'pigtrack export C-1 --format csv --offsets'
    """
    words = ["pigtrack", "export", *(choice.courses or ("--all",)), "--format", choice.format.value]
    words += ["--offsets"] if choice.offsets else []
    words += ["--for", choice.purpose.value] if choice.purpose is not None else []
    words += ["--since", choice.since.isoformat()] if choice.since is not None else []
    words += ["--until", choice.until.isoformat()] if choice.until is not None else []
    words += ["--measurement", str(choice.measurement)] if choice.measurement is not None else []
    words += ["--versions", "all"] if choice.versions is ExportVersions.ALL else []
    words += ["--up-to", str(choice.up_to)] if choice.up_to is not None else []
    words += [] if choice.originals else ["--without-originals"]
    words += [] if choice.pages else ["--without-pages"]
    return shlex.join(words)
