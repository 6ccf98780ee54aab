"""Commands about the clinic's record that take long: measuring again."""

from typing import Annotated

import typer

from pigtrack.cli.door import app
from pigtrack.cli.record import By, Data
from pigtrack.cli.shown import one_line, progress


@app.command()
def reprocess(
    courses: Annotated[
        list[str] | None, typer.Argument(help="Courses of the record, by their ids.", metavar="[COURSE]...")
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="All courses of the record.")] = False,
    data: Data = None,
    by: By = None,
    workers: Annotated[int, typer.Option(min=1, max=256, help="Courses measured at the same time.")] = 1,
    dask: Annotated[
        str | None,
        typer.Option(
            help="Measure on a Dask cluster: its scheduler's address, as tcp://HOST:8786.",
            metavar="ADDRESS",
            show_default=False,
        ),
    ] = None,
    batch: Annotated[
        int, typer.Option(min=1, max=10_000, help="Photographs handed out together; a course is never split.")
    ] = 40,
    compare: Annotated[
        bool, typer.Option("--compare", help="Measure nothing; tell how far numbers moved from the version before.")
    ] = False,
) -> None:
    """Measure courses of the record again by this version; earlier numbers stay. Run again, it goes on."""
    from pigtrack.tracker.record.reprocessing import reprocess as run

    if bool(courses) == all_:
        raise typer.BadParameter("Name courses, or say --all.")
    if dask is not None and workers > 1:
        raise typer.BadParameter("A Dask cluster brings its own workers: say --workers or --dask.")
    if compare:
        from pigtrack.tracker.record.reprocessing_compare import compare_standing

        anything = False
        for each in compare_standing(labels=courses or (), data=data, by=by):
            anything = True
            typer.echo(one_line(each.told))
        if not anything:
            typer.echo("Nothing to compare: no course was measured on the same input by two versions or settings.")
        return
    outcome = run(
        labels=courses or (),
        data=data,
        by=by,
        workers=workers,
        dask=dask,
        photographs=batch,
        progress=progress(),
        tell=lambda line: typer.echo(one_line(line)),
    )
    typer.echo(outcome.told)
    if outcome.counts.failed:
        raise typer.Exit(1)
