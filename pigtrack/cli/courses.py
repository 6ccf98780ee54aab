"""Commands about whole courses: measured, repeated, side by side."""

from pathlib import Path
from typing import Annotated

import typer

from pigtrack.cli.choices import ComparedEndpoint, CourseMode, Factor, Language
from pigtrack.cli.door import app
from pigtrack.cli.shown import one_line, progress, show_course

# Paths are declared with readable=False: that one may not be read is said where it is read, and is no wrong usage.


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

    show_course(tracker.demo(out=out, progress=progress(), language=language.value, pdf=pdf))


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(readable=False, help="A folder with photographs.", metavar="FOLDER")],
) -> None:
    """Write a course.toml to fill in, sessions from EXIF dates."""
    from pigtrack import tracker

    typer.echo(f"Wrote {one_line(tracker.init_course(folder))}. Fill it in, then: pigtrack measure {one_line(folder)}")


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

    show_course(
        tracker.measure(
            course_folder=course,
            out=out,
            workers=workers,
            progress=progress(),
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

    told = tracker.repeatability(courses=courses, unchanged=unchanged, out=out, workers=workers, progress=progress())
    for line in [told.json] if as_json else told.lines:
        typer.echo(one_line(line))


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
        progress=progress(),
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
        typer.echo(one_line(warning), err=True)
    for line in [compared.json] if as_json else compared.summary:
        typer.echo(one_line(line))
