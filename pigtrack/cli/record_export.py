"""Commands by which the record goes out, and is checked: export, verify."""

import json
from pathlib import Path
from typing import Annotated

import typer

from pigtrack.cli.door import app
from pigtrack.cli.record import By, Data
from pigtrack.cli.shown import one_line, progress


@app.command()
def verify(
    bundle: Annotated[
        Path | None,
        typer.Argument(
            readable=False, help="An exported bundle, folder or .zip; without it, the record.", metavar="[BUNDLE]"
        ),
    ] = None,
    data: Data = None,
    by: By = None,
    recompute: Annotated[
        bool, typer.Option("--recompute", help="Measure again from the originals, and compare every number.")
    ] = False,
    head: Annotated[
        str | None, typer.Option(help="Digest of an entry of the trail that you kept: it must still be there.")
    ] = None,
    trusted: Annotated[
        Path | None,
        typer.Option(readable=False, help="Certificates of trusted time stamping authorities, PEM.", metavar="FILE"),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=256, help="Photographs measured at the same time.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Check that nothing was changed: trail, rows, originals, and every number with --recompute."""
    from pigtrack.tracker.record import verifying

    verified = verifying.verify_record(
        data=data,
        by=by,
        head=head,
        trusted=trusted,
        recompute=recompute,
        workers=workers,
        progress=progress(),
    )
    for line in [json.dumps(verified.entries)] if as_json else verified.lines:
        typer.echo(one_line(line))
    if not verified.is_sound:
        raise typer.Exit(1)
