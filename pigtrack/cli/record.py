"""Commands about the clinic's record: taken in, and looked at."""

from pathlib import Path
from typing import Annotated

import typer

from pigtrack.cli.door import app
from pigtrack.cli.shown import one_line, progress

Data = Annotated[
    Path | None,
    typer.Option(
        readable=False,
        help="The data folder; $PIGTRACK_DATA, else pigtrack-data at home.",
        metavar="DIR",
        show_default=False,
    ),
]
By = Annotated[
    str | None,
    typer.Option(
        help="Who you are to the record; $PIGTRACK_USER, else your account.", metavar="NAME", show_default=False
    ),
]


@app.command("import")
def import_(
    courses: Annotated[
        list[Path],
        typer.Argument(readable=False, help="Folders with course.toml.", metavar="COURSE..."),
    ],
    data: Data = None,
    by: By = None,
    measure: Annotated[bool, typer.Option("--measure/--no-measure", help="Measure them, too.")] = True,
    workers: Annotated[int, typer.Option(min=1, max=256, help="Photographs measured at the same time.")] = 1,
) -> None:
    """Take courses into the clinic's record; the same twice changes nothing."""
    from pigtrack.tracker.record.importing import import_courses

    taken = import_courses(folders=courses, data=data, by=by, measure=measure, workers=workers, progress=progress())
    for each in taken:
        for line in each.lines:
            typer.echo(one_line(line))
