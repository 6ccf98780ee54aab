"""Commands that back the clinic's record up, and restore it."""

from pathlib import Path
from typing import Annotated

import typer

from pigtrack.cli.door import app
from pigtrack.cli.record import By, Data
from pigtrack.cli.shown import one_line, progress


@app.command()
def backup(
    to: Annotated[
        Path, typer.Argument(readable=False, help="An empty or new folder, best on another disk.", metavar="FOLDER")
    ],
    data: Data = None,
    by: By = None,
    onto: Annotated[
        Path | None,
        typer.Option(
            readable=False,
            help="An earlier backup on the same disk: its originals are shared, not copied again.",
            metavar="EARLIER",
            show_default=False,
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only read the backup that is there, every byte of it.")
    ] = False,
) -> None:
    """Back the record up while it is in use, and read the backup again."""
    if check and onto is not None:
        raise typer.BadParameter("--check only reads; leave one of the two out.", param_hint="--onto")
    from pigtrack.tracker.record.backing_up import back_up, check_backup

    made = (
        check_backup(to, progress=progress())
        if check
        else back_up(to=to, data=data, by=by, onto=onto, progress=progress())
    )
    typer.echo(one_line(made.told))
    _tell_faults(made.faults, "The record that it is a true copy of has faults:")


@app.command()
def restore(
    backup: Annotated[Path, typer.Argument(readable=False, help="The folder of a backup.", metavar="BACKUP")],
    to: Annotated[Path, typer.Argument(readable=False, help="An empty or new data folder.", metavar="FOLDER")],
    erasures: Annotated[
        Path | None,
        typer.Option(
            readable=False,
            help="erasures.jsonl of the record that was lost: these patients are erased again.",
            metavar="FILE",
            show_default=False,
        ),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(
            help="Keep the database there, as in postgresql://user@host/name.", metavar="ADDRESS", show_default=False
        ),
    ] = None,
    originals: Annotated[
        str | None,
        typer.Option(
            help="Keep the originals there: a folder, or s3://bucket/prefix.", metavar="PLACE", show_default=False
        ),
    ] = None,
    by: By = None,
    incomplete: Annotated[
        bool, typer.Option("--incomplete", help="Go on where originals of the backup are missing or damaged.")
    ] = False,
) -> None:
    """Restore a backup into a new data folder, and verify it."""
    from pigtrack.tracker.record.restoring import restore as restore_backup

    restored = restore_backup(
        backup=backup,
        to=to,
        erasures=erasures,
        database=database,
        originals=originals,
        by=by,
        incomplete=incomplete,
        progress=progress(),
    )
    typer.echo(one_line(restored.told))
    _tell_faults(restored.faults, "It has faults:")


def _tell_faults(faults: tuple[str, ...], what: str) -> None:
    """Tell the first faults, and end with 1; what was asked for is done."""
    if faults:
        for line in (what, *faults, "pigtrack verify names them all."):
            typer.echo(one_line(line), err=True)
        raise typer.Exit(1)
