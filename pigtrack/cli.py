"""The command line: parses, asks the tracker, shows. Nothing is measured here and nothing heavy is imported."""

import json
import math
import os
import shutil
import signal
import sys
import textwrap
import unicodedata
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from pigtrack.errors import PigtrackError

if TYPE_CHECKING:
    from pigtrack.model.calibration import Card
    from pigtrack.model.quality import QualityCheck
    from pigtrack.tracker import CheckReport

# Paths are declared with readable=False: that one may not be read is said where it is read, and is no wrong usage.

_INTERRUPTED = 130
"""128 + SIGINT, as shells count."""


class _Doors(TyperGroup):
    """Turns what the world did wrong into one message and a status, never a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command; a `PigtrackError` ends it with 1, an interrupt with 130."""
        try:
            return super().invoke(ctx)
        except PigtrackError as fault:
            typer.echo(str(fault), err=True)
            raise typer.Exit(1) from None
        except BrokenPipeError:
            raise  # nobody reads on, as behind `| head`: click ends quietly with 1
        except (OSError, MemoryError) as fault:
            typer.echo(_tell_machine(fault), err=True)
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            typer.echo("Interrupted; nothing was half-written.", err=True)
            raise typer.Exit(_INTERRUPTED) from None


app = typer.Typer(
    name="pigtrack",
    cls=_Doors,
    help="Did the skin change, or did the photograph? Measures pigmented skin over a course, and says how sure it is.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
bench = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Measure pigtrack itself on drawn truth.")
app.add_typer(bench, name="bench")


class Factor(StrEnum):
    """What courses are put side by side by."""

    PRODUCT = "product"
    TECHNIQUE = "technique"
    CAUSE = "cause"
    SKIN_TYPE = "skin_type"
    PROTOCOL = "protocol"
    DIAGNOSIS = "diagnosis"
    SITE = "site"


class ComparedEndpoint(StrEnum):
    """What is compared between courses."""

    LOAD = "load"
    AREA = "area"
    CONTRAST = "contrast"


class CourseMode(StrEnum):
    """How courses were measured."""

    SPOTS = "spots"
    FIELD = "field"


class Scenario(StrEnum):
    """Where the phantom is photographed."""

    STUDIO = "studio"
    WARD = "ward"
    PHONE = "phone"


class Tone(StrEnum):
    """The phantom's skin."""

    VERY_LIGHT = "very-light"
    LIGHT = "light"
    INTERMEDIATE = "intermediate"
    TAN = "tan"
    BROWN = "brown"
    DARK = "dark"


class Fate(StrEnum):
    """What becomes of the phantom's lesions."""

    MIXED = "mixed"
    STATIC = "static"
    FADE = "fade"
    SHRINK = "shrink"
    BOTH = "both"


class Language(StrEnum):
    """Of pages and charts; the command line speaks English."""

    ENGLISH = "en"
    GERMAN = "de"


class Scene(StrEnum):
    """What lies on the phantom's skin."""

    SPOTS = "spots"
    MELASMA = "melasma"


class Nuisance(StrEnum):
    """What may go wrong at the phantom's later sessions."""

    LAMP = "lamp"
    TILT = "tilt"
    DISTANCE = "distance"
    EXPOSURE = "exposure"
    REDNESS = "redness"
    NEEDLE_MARKS = "needle-marks"
    BRUISE = "bruise"
    TAN = "tan"
    HAIR = "hair"
    GLARE = "glare"
    SHEEN = "sheen"
    BLUR = "blur"
    NOISE = "noise"
    JPEG = "jpeg"
    LOCAL_TONE_MAPPING = "local-tone-mapping"
    CARD_SHADOW = "card-shadow"
    DECOYS = "decoys"
    STRAIN = "strain"


def _tell_machine(fault: OSError | MemoryError) -> str:
    """Return what the machine refused, where nothing nearer to it knew a better word."""
    if isinstance(fault, MemoryError):
        return "There is not enough memory. Close other programs, use fewer workers or smaller photographs."
    where = "" if fault.filename is None else f": {_line(fault.filename)}"
    return f"The machine refused ({fault.strerror or fault}{where}). Check the disk's space and rights, then try again."


def _show_version(wanted: bool) -> None:
    if wanted:
        from pigtrack import __version__

        typer.echo(f"pigtrack {__version__}")
        raise typer.Exit


@app.callback()
def _door(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Say the version and stop.")
    ] = False,
) -> None:
    pass


@app.command()
def demo(
    out: Annotated[
        Path | None, typer.Option(readable=False, help="Where the results go; pigtrack-demo.", metavar="DIR")
    ] = None,
    language: Annotated[Language, typer.Option(help="Of the report and the charts.")] = Language.ENGLISH,
    pdf: Annotated[bool, typer.Option("--pdf", help="Print the pages as PDF too; needs pigtrack[pdf].")] = False,
) -> None:
    """Measure the sample course and say where the report is."""
    from pigtrack import tracker

    _show_course(tracker.demo(out=out, progress=_progress(), language=language.value, pdf=pdf))


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(readable=False, help="A folder with photographs.", metavar="FOLDER")],
) -> None:
    """Write a course.toml to fill in, sessions from EXIF dates."""
    from pigtrack import tracker

    typer.echo(f"Wrote {_line(tracker.init_course(folder))}. Fill it in, then: pigtrack measure {_line(folder)}")


@app.command()
def measure(
    course: Annotated[
        Path,
        typer.Argument(readable=False, help="A folder with course.toml, or with photographs alone.", metavar="COURSE"),
    ],
    out: Annotated[
        Path | None, typer.Option(readable=False, help="Where the results go; COURSE/results.", metavar="DIR")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=256, help="Photographs measured at the same time.")] = 1,
    language: Annotated[Language, typer.Option(help="Of the report and the charts.")] = Language.ENGLISH,
    pdf: Annotated[bool, typer.Option("--pdf", help="Print the pages as PDF too; needs pigtrack[pdf].")] = False,
) -> None:
    """Measure a course: tables, label images, charts, report, the patient's page."""
    from pigtrack import tracker

    _show_course(
        tracker.measure(
            course_folder=course,
            out=out,
            workers=workers,
            progress=_progress(),
            language=language.value,
            pdf=pdf,
        )
    )


@app.command()
def repeatability(
    courses: Annotated[
        list[Path], typer.Argument(readable=False, help="Courses with replicate shots, pooled.", metavar="COURSE...")
    ],
    unchanged: Annotated[
        bool, typer.Option("--unchanged", help="The skin did not change: all sessions are replicates.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    out: Annotated[
        Path | None, typer.Option(readable=False, help="Write a noise file that course.toml can name.", metavar="FILE")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=256, help="Photographs measured at the same time.")] = 1,
) -> None:
    """Tell the clinic's own noise, from replicate shots of unchanged skin."""
    from pigtrack import tracker

    told = tracker.repeatability(courses=courses, unchanged=unchanged, out=out, workers=workers, progress=_progress())
    for line in [told.json] if as_json else told.lines:
        typer.echo(_line(line))


@app.command()
def cohort(
    folders: Annotated[
        list[Path],
        typer.Argument(readable=False, help="Measured courses, or folders of measured courses.", metavar="FOLDER..."),
    ],
    by: Annotated[Factor, typer.Option(help="What courses are put side by side by.")] = Factor.PRODUCT,
    endpoint: Annotated[ComparedEndpoint, typer.Option(help="What is compared.")] = ComparedEndpoint.LOAD,
    least: Annotated[
        int, typer.Option(min=3, max=1000, help="Patients below which a group is hidden; below 5 for the clinic alone.")
    ] = 5,
    days: Annotated[
        float | None, typer.Option(min=1, max=3650, help="Days after which groups are compared; 90, or fewer.")
    ] = None,
    treatments: Annotated[
        int | None, typer.Option(min=1, max=100, help="Treatments after which they are compared; 4, or fewer.")
    ] = None,
    mode: Annotated[CourseMode | None, typer.Option(help="Take courses of this mode alone.")] = None,
    mix_versions: Annotated[
        bool, typer.Option("--mix-versions", help="Take courses measured by different versions; the page says so.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(readable=False, help="Where the results go; pigtrack-cohort.", metavar="DIR")
    ] = None,
    language: Annotated[Language, typer.Option(help="Of the page and the chart.")] = Language.ENGLISH,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Put measured courses side by side; what is shared names nobody."""
    from pigtrack import tracker

    compared = tracker.cohort(
        folders=folders,
        out=out,
        progress=_progress(),
        by=by.value,
        endpoint=endpoint.value,
        least=least,
        days=days,
        treatments=treatments,
        mode=None if mode is None else mode.value,
        mix_versions=mix_versions,
        language=language.value,
    )
    for warning in compared.warnings:
        typer.echo(_line(warning), err=True)
    for line in [compared.json] if as_json else compared.summary:
        typer.echo(_line(line))


@app.command()
def check(
    photos: Annotated[list[Path], typer.Argument(readable=False, help="Photographs.", metavar="PHOTO...")],
    card: Annotated[
        str, typer.Option(help="The card in them: a name of 'pigtrack cards', or a card file.", metavar="NAME")
    ] = "colorchecker-classic",
    baseline: Annotated[
        Path | None, typer.Option(readable=False, help="Compare pose and skin with this photograph.", metavar="PHOTO")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Tell whether photographs are usable; why not; what to do.

    Ends with 1 if any is rejected.
    """
    from pigtrack import tracker

    rejected = False
    for report in tracker.check(photos=photos, card=card, baseline=baseline):
        typer.echo(report_json(report) if as_json else _report_text(report))
        rejected = rejected or report.verdict == "reject"
    if rejected:
        raise typer.Exit(1)


@app.command()
def cards(
    card: Annotated[
        str | None, typer.Argument(help="Only this one: its name, or a card file of your own.", metavar="CARD")
    ] = None,
    draw: Annotated[
        Path | None, typer.Option(readable=False, help="Draw them there, as SVG and PNG, true to size.", metavar="DIR")
    ] = None,
    sticker: Annotated[
        Path | None,
        typer.Option(readable=False, help="Write a sheet of scale stickers to print, .svg or .pdf.", metavar="FILE"),
    ] = None,
) -> None:
    """List the cards it knows, and draw them."""
    from pigtrack import tracker

    if sticker is not None:
        written_to = tracker.draw_stickers(out=sticker)
        typer.echo(f"Wrote {_line(written_to)}. Print it at 100 %; then measure one black square's side.")
        if card is None and draw is None:
            return
    known = tracker.list_cards() if card is None else [tracker.load_card(card)]
    for each in known:
        typer.echo(_card_text(each))
    if draw is not None:
        written = tracker.draw_cards(cards=known, out=draw)
        typer.echo(f"Wrote {len(written)} drawings into {_line(draw)}. They are no references: never photograph them.")


@app.command()
def protocols(
    protocol: Annotated[
        str | None, typer.Argument(help="Tell only this one: its name, or a file of your own.", metavar="PROTOCOL")
    ] = None,
    write: Annotated[
        Path | None,
        typer.Option(readable=False, help="Write a copy of this known one there, to be edited.", metavar="FILE"),
    ] = None,
) -> None:
    """List the protocols it knows; tell one in words; check a file of your own.

    Ends with 1 if the file is wrong, all faults told.
    """
    from pigtrack import tracker

    if write is not None and protocol is None:
        raise typer.BadParameter("goes with the name of a protocol to copy.", param_hint="--write")
    if write is not None:
        written = tracker.write_protocol(protocol=str(protocol), out=write)
        typer.echo(f"Wrote {_line(written)}. Edit it; then: pigtrack protocols {_line(written)}")
        return
    told = tracker.tell_protocols() if protocol is None else tracker.tell_protocol(protocol=protocol)
    for line in told:
        typer.echo(_line(line))


@app.command()
def phantom(
    out: Annotated[Path, typer.Argument(readable=False, help="A new folder.", metavar="OUT")],
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same photographs.")] = 1,
    scenario: Annotated[Scenario, typer.Option(help="Where it is photographed.")] = Scenario.WARD,
    tone: Annotated[Tone, typer.Option(help="The skin.")] = Tone.LIGHT,
    sessions: Annotated[int, typer.Option(min=1, max=100, help="Sessions.")] = 3,
    shots: Annotated[int, typer.Option(min=1, max=20, help="Photographs a session.")] = 1,
    change: Annotated[Fate, typer.Option(help="What becomes of the lesions.")] = Fate.MIXED,
    nuisance: Annotated[list[Nuisance] | None, typer.Option(help="What goes wrong later; may be repeated.")] = None,
    megapixels: Annotated[float, typer.Option(min=0.5, max=24, help="Size of a photograph.")] = 4.0,
    fall: Annotated[
        float | None, typer.Option(min=1, max=99, help="Percent lost at the end, for fade, shrink and both.")
    ] = None,
    reseated: Annotated[bool, typer.Option("--reseated", help="Set every shot of a session up anew.")] = False,
    freckles: Annotated[int, typer.Option(min=0, max=500, help="So many freckles in place of single lesions.")] = 0,
    scene: Annotated[Scene, typer.Option(help="Single spots, or melasma, a field of confluent pigment.")] = Scene.SPOTS,
) -> None:
    """Draw a course of photographs whose truth is known."""
    from pigtrack import tracker

    if fall is not None and change in (Fate.MIXED, Fate.STATIC):
        raise typer.BadParameter("goes with --change fade, shrink or both.", param_hint="--fall")
    tracker.render_phantom(
        out=out,
        seed=seed,
        scenario=scenario.value,
        tone=tone.value,
        sessions=sessions,
        shots=shots,
        change=change.value,
        nuisances=tuple(each.value for each in nuisance or ()),
        megapixels=megapixels,
        fall=fall,
        reseated=reseated,
        freckles=freckles,
        scene=scene.value,
        progress=_progress(),
    )
    typer.echo(f"Wrote {_line(out)}. Measure it with: pigtrack measure {_line(out)}")


@bench.command()
def accuracy(
    full: Annotated[bool, typer.Option("--full", help="All tones and scenarios; hours.")] = False,
    out: Annotated[
        Path | None, typer.Option(readable=False, help="Where the figures go besides.", metavar="DIR")
    ] = None,
) -> None:
    """Measure phantoms and compare with their truth."""
    from pigtrack import tracker

    for line in tracker.bench_accuracy(full=full, out=out, progress=_progress()):
        typer.echo(line)


@bench.command()
def speed(
    full: Annotated[bool, typer.Option("--full", help="2 to 48 megapixels, 2 to 50 sessions; half an hour.")] = False,
    out: Annotated[
        Path | None, typer.Option(readable=False, help="Where the figures go besides.", metavar="DIR")
    ] = None,
) -> None:
    """Time drawn courses, stage by stage, beside OpenCV's plain decoding."""
    from pigtrack import tracker

    for line in tracker.bench_speed(full=full, out=out, progress=_progress()):
        typer.echo(line)


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


def _report_text(report: "CheckReport") -> str:
    """Return a check's report for people: the verdict, then each thing to mend with what to do about it."""
    failed = [each for each in report.checks if each.verdict != "pass"]
    lines = [f"{_line(report.photo)}: {report.verdict}{_count(failed)}"]
    for verdict in ("reject", "warn"):
        for remedy in dict.fromkeys(each.remedy for each in failed if each.verdict == verdict):
            alike = [each for each in failed if each.verdict == verdict and each.remedy == remedy]
            lines.append(f"  {verdict:<6}  {', '.join(map(_measured, alike))}")
            lines += textwrap.wrap(_line(remedy), 100, initial_indent=" " * 10, subsequent_indent=" " * 10)
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


def _card_text(card: "Card") -> str:
    about = "" if card.pitch_u_mm is None else f" ± {card.pitch_u_mm:g}"
    apart = "size unknown" if card.pitch_mm is None else f"{card.pitch_mm:g}{about} mm from patch to patch"
    spectra = "none" if card.spectra is None else "estimated" if card.spectra_estimated else "measured"
    lines = [f"{card.name}: {card.title}", f"{card.columns} x {card.rows} patches, {apart}; spectra: {spectra}"]
    return "\n  ".join(map(_line, [*lines, f"source: {card.source}"]))


def _show_course(measured: Any) -> None:
    for warning in measured.warnings:
        typer.echo(_line(warning), err=True)
    for line in measured.summary:
        typer.echo(_line(line))


def _progress() -> Callable[[int, int, str], None] | None:
    """Return a counter that rewrites one line of a terminal; None where nobody is looking."""
    if sys.stderr is None or not sys.stderr.isatty():  # None: it was closed before the start
        return None
    width = min(60, shutil.get_terminal_size().columns - 1)

    def show(done: int, total: int, what: str) -> None:
        text = f"{what} {done} of {total}"[:width]
        sys.stderr.write(f"\r{text:<{width}}" + ("\r" + " " * width + "\r" if done >= total else ""))
        sys.stderr.flush()

    return show


def _line(name: object) -> str:
    """Return a text without the characters that would break or steer the terminal's line; spaces of any kind stay."""
    plain = (" " if unicodedata.category(letter) == "Zs" else letter for letter in str(name))
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in plain)


def main() -> None:
    """Run the command line, each process on one thread: small matrices are solved faster so, and alike everywhere."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        if signal.getsignal(number) is signal.SIG_DFL:  # not where nohup wants the end of a terminal ignored
            signal.signal(number, _leave)
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    except OSError as fault:  # the help itself can't be shown, on a full disk
        sys.exit(_tell_machine(fault))


def _leave(number: int, frame: object) -> None:
    """End as asked from outside, but tidily: what is half-done is taken away on the way out."""
    raise SystemExit(128 + number)
