"""What the command line says: a check, a card, a measured course, progress; one line each that no name can break."""

import json
import math
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from pigtrack.model.calibration import Card
    from pigtrack.model.quality import QualityCheck
    from pigtrack.tracker import CheckReport


def tell_machine(fault: OSError | MemoryError) -> str:
    """Return what the machine refused, where nothing nearer to it knew a better word."""
    if isinstance(fault, MemoryError):
        return "There is not enough memory. Close other programs, use fewer workers or smaller photographs."
    where = "" if fault.filename is None else f": {one_line(fault.filename)}"
    return f"The machine refused ({fault.strerror or fault}{where}). Check the disk's space and rights, then try again."


def report_json(report: "CheckReport") -> str:
    """Return a check's report as one line of JSON with the promised keys."""
    keys = ("photo", "verdict", "card", "card_patch_centres_px", "calibration_method", "loo_delta_e00_mean")
    promised = (*keys, "loo_delta_e00_max", "mm_per_px", "tilt_deg")
    entries: dict[str, Any] = {key: _plain(getattr(report, key)) for key in promised}
    entries["checks"] = [
        {key: _plain(getattr(each, key)) for key in ("name", "value", "limit", "verdict", "remedy")}
        for each in report.checks
    ]
    return json.dumps(entries, allow_nan=False)


def _plain(value: Any) -> Any:
    """Return what JSON can say: numbers that are none become null."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def report_text(report: "CheckReport") -> str:
    """Return a check's report for people: the verdict, then each thing to mend with what to do about it."""
    failed = [each for each in report.checks if each.verdict != "pass"]
    lines = [f"{one_line(report.photo)}: {report.verdict}{_count(failed)}"]
    for verdict in ("reject", "warn"):
        for remedy in dict.fromkeys(each.remedy for each in failed if each.verdict == verdict):
            alike = [each for each in failed if each.verdict == verdict and each.remedy == remedy]
            lines.append(f"  {verdict:<6}  {', '.join(map(_measured, alike))}")
            lines += textwrap.wrap(one_line(remedy), 100, initial_indent=" " * 10, subsequent_indent=" " * 10)
    return "\n".join(lines)


def _count(failed: "Sequence[QualityCheck]") -> str:
    """Return how many reasons and warnings follow."""
    counts = [sum(each.verdict == verdict for each in failed) for verdict in ("reject", "warn")]
    told = [f"{n} {what}{'' if n == 1 else 's'}" for n, what in zip(counts, ("reason", "warning"), strict=True) if n]
    return f" ({', '.join(told)})" if told else ""


def _measured(check: "QualityCheck") -> str:
    """Return a check's name with its value and limit, as far as there are any."""
    name = check.name.replace("_", " ")
    if check.value is None or check.limit is None:
        return name
    return f"{name} {check.value:.3g} (limit {check.limit:.3g})"


def card_text(card: "Card") -> str:
    """Return what is known of a card, a line each."""
    about = "" if card.pitch_u_mm is None else f" ± {card.pitch_u_mm:g}"
    apart = "size unknown" if card.pitch_mm is None else f"{card.pitch_mm:g}{about} mm from patch to patch"
    spectra = "none" if card.spectra is None else "estimated" if card.spectra_estimated else "measured"
    lines = [f"{card.name}: {card.title}", f"{card.columns} x {card.rows} patches, {apart}; spectra: {spectra}"]
    return "\n  ".join(map(one_line, [*lines, f"source: {card.source}"]))


def show_course(measured: Any) -> None:
    """Show a measured course, or courses side by side: warnings where errors go, then what they came to."""
    for warning in measured.warnings:
        typer.echo(one_line(warning), err=True)
    for line in measured.summary:
        typer.echo(one_line(line))


def progress() -> Callable[[int, int, str], None] | None:
    """Return a counter that rewrites one line of a terminal; None where nobody is looking."""
    if sys.stderr is None or not sys.stderr.isatty():  # None: it was closed before the start
        return None
    width = min(60, shutil.get_terminal_size().columns - 1)

    def show(done: int, total: int, what: str) -> None:
        text = f"{what} {done} of {total}"[:width]
        sys.stderr.write(f"\r{text:<{width}}" + ("\r" + " " * width + "\r" if done >= total else ""))
        sys.stderr.flush()

    return show


def one_line(name: object) -> str:
    """Return a text without the characters that would break or steer the terminal's line; spaces of any kind stay."""
    plain = (" " if unicodedata.category(letter) == "Zs" else letter for letter in str(name))
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in plain)
