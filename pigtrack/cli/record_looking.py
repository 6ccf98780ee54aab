"""Commands that look at the clinic's record and change nothing in it, but for the trail's entry of who looked."""

import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Annotated

import typer

from pigtrack.cli.door import app
from pigtrack.cli.record import By, Data
from pigtrack.cli.shown import one_line

if TYPE_CHECKING:
    from pigtrack.model.overview import CourseOverview, CourseSeries


@app.command()
def courses(
    label: Annotated[
        str | None, typer.Argument(help="One course, through its sessions.", metavar="COURSE", show_default=False)
    ] = None,
    data: Data = None,
    search: Annotated[
        str | None, typer.Option(help="Only with this in label, patient or site.", metavar="TEXT", show_default=False)
    ] = None,
    due: Annotated[bool, typer.Option("--due", help="Only where the next session is due.")] = False,
    measurement: Annotated[
        int | None, typer.Option(min=1, help="Of one course: this version.", metavar="N", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a course.")] = False,
    by: By = None,
) -> None:
    """Show the courses of the clinic's record, or one course through its sessions."""
    from pigtrack.tracker.record.looking import look_at_course, look_at_courses

    if label is None:
        if measurement is not None:
            raise typer.BadParameter("goes with a course.", param_hint="--measurement")
        _show_overview(look_at_courses(data=data, by=by, search=search, due=due), as_json=as_json)
        return
    if search is not None or due:
        raise typer.BadParameter("goes without a course.", param_hint="--search" if search is not None else "--due")
    _show_series(look_at_course(label=label, data=data, by=by, measurement=measurement), as_json=as_json)


def _show_overview(found: "Sequence[CourseOverview]", *, as_json: bool) -> None:
    from pigtrack.tracker.record.course_lines import OVERVIEW_HEADS, overview_cells, overview_entries

    if as_json:
        for each in found:
            typer.echo(json.dumps(overview_entries(each), allow_nan=False))
    elif found:
        _show_table(OVERVIEW_HEADS, overview_cells(found))
    else:
        typer.echo("No course.")


def _show_series(series: "CourseSeries", *, as_json: bool) -> None:
    from pigtrack.tracker.record.course_lines import SERIES_HEADS, series_cells, series_entries, series_lines

    if as_json:
        typer.echo(json.dumps(series_entries(series), allow_nan=False))
        return
    for line in series_lines(series):
        typer.echo(one_line(line))
    if series.sessions:
        _show_table(SERIES_HEADS, series_cells(series))


def _show_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for line in table_lines(heads, rows, width=width):
        typer.echo(line)


def table_lines(heads: Sequence[str], rows: Sequence[Sequence[str]], *, width: int | None) -> Iterator[str]:
    """Yield a table, its columns two spaces apart; what a terminal has no room for stands below its row, by its head.

    Parameters
    ----------
    width : int or None
        Of the terminal, in letters; None: each row is one line, as programs want it.
    """
    told = [[one_line(cell) for cell in row] for row in (heads, *rows)]
    widths = [max(len(row[place]) for row in told) for place in range(len(heads))]
    kept = sum(end - 2 <= width for end in accumulate(each + 2 for each in widths)) if width else len(heads)
    for row in told:
        yield "  ".join(cell.ljust(room) for cell, room in zip(row[:kept], widths[:kept], strict=True)).rstrip()
        if row is not told[0]:
            yield from (f"    {head}: {cell}" for head, cell in zip(heads[kept:], row[kept:], strict=True) if cell)
