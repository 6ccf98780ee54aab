"""The command that shows who did what, and has others confirm it."""

import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from pigtrack.cli.door import app
from pigtrack.cli.record import By, Data
from pigtrack.cli.shown import one_line
from pigtrack.model.trail_words import entry_lines

if TYPE_CHECKING:
    from pigtrack.model.trail import OpenedEntry

_Day = typer.Option(formats=["%Y-%m-%d"], show_default=False)


@app.command()
def trail(
    course: Annotated[str | None, typer.Option(help="Only of this course.", show_default=False)] = None,
    subject: Annotated[str | None, typer.Option(help="Only of this patient.", show_default=False)] = None,
    since: Annotated[datetime | None, _Day] = None,
    until: Annotated[datetime | None, _Day] = None,
    actor: Annotated[str | None, typer.Option(help="Only by this user.", show_default=False)] = None,
    action: Annotated[
        str | None, typer.Option(help="Only this: create, change, view, export, erase ...", show_default=False)
    ] = None,
    head: Annotated[bool, typer.Option("--head", help="Only show where the trail ends, to note elsewhere.")] = False,
    stamp: Annotated[
        str | None,
        typer.Option(
            help="Have a time stamping authority (RFC 3161) confirm the end.", metavar="URL", show_default=False
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    data: Data = None,
    by: By = None,
) -> None:
    """Show the audit trail: who did what, when, why, old and new. The look is told of, too."""
    from pigtrack.tracker.record import trailing

    if head or stamp is not None:
        end = trailing.head(data=data, by=by) if stamp is None else trailing.stamp(url=stamp, data=data, by=by)
        typer.echo(f"{'Entry' if stamp is None else 'Stamped: entry'} {end.seq}, {end.hash}")
        return
    wanted = trailing.Wanted(course, subject, _day(since), _day(until), actor, action)
    with trailing.trail_of(wanted=wanted, data=data, by=by) as entries:
        found = False
        for entry in entries:
            found = True
            for line in [_json(entry)] if as_json else map(one_line, entry_lines(entry)):
                typer.echo(line)
    if not found and not as_json:
        typer.echo("No entry.")


def _day(told: datetime | None) -> date | None:
    return None if told is None else told.date()


def _json(entry: "OpenedEntry") -> str:
    """Return an entry as one line; JSON writes odd letters as numbers, so that none can steer the terminal."""
    told = {**entry.body, "hash": entry.hash, "sealed": entry.sealed.value, "label": entry.label, "words": entry.words}
    return json.dumps(told, sort_keys=True)
