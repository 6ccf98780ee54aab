"""Commands about the clinic's record: taken in, and looked at."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pigtrack.cli.door import app
from pigtrack.cli.shown import one_line, progress

if TYPE_CHECKING:
    from pigtrack.tracker.record.importing import ImportedCourse

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
        typer.Argument(readable=False, help="Folders with course.toml; or one spreadsheet.", metavar="COURSE..."),
    ],
    mapping: Annotated[
        Path | None,
        typer.Option(
            readable=False,
            help="What the columns of the spreadsheet are (docs/import.md).",
            metavar="MAP.toml",
            show_default=False,
        ),
    ] = None,
    draft: Annotated[bool, typer.Option("--draft", help="Show a mapping for the spreadsheet, to fill in.")] = False,
    data: Data = None,
    by: By = None,
    measure: Annotated[bool, typer.Option("--measure/--no-measure", help="Measure them, too.")] = True,
    workers: Annotated[int, typer.Option(min=1, max=256, help="Photographs measured at the same time.")] = 1,
) -> None:
    """Take courses into the clinic's record; the same twice changes nothing."""
    from pigtrack.tracker.record import importing

    if (draft or mapping is not None) and len(courses) != 1:
        raise typer.BadParameter("name one spreadsheet", param_hint="COURSE")
    if draft and mapping is not None:
        raise typer.BadParameter("there is a mapping already", param_hint="--draft")
    if draft:
        typer.echo(importing.draft_sheet_mapping(sheet=courses[0]), nl=False)
        return
    how: dict[str, Any] = {"data": data, "by": by, "measure": measure, "workers": workers}
    how |= {"progress": progress(), "tell": _show_imported}
    if mapping is None:
        importing.import_courses(folders=courses, **how)
        return
    unread = importing.import_spreadsheet(sheet=courses[0], mapping=mapping, **how).unread
    if unread:
        typer.echo(one_line(f"Of these columns nothing was kept: {', '.join(unread)}."))


def _show_imported(taken: "ImportedCourse") -> None:
    for line in taken.lines:
        typer.echo(one_line(line))
