"""The command that makes the record forget a patient."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from pigtrack.cli.door import app
from pigtrack.cli.passwords import PasswordFile, asking
from pigtrack.cli.record import By, Data
from pigtrack.cli.shown import one_line


@app.command()
def erase(
    subject: Annotated[
        str | None, typer.Argument(help="The patient's pseudonym.", metavar="SUBJECT", show_default=False)
    ] = None,
    reason: Annotated[
        str | None,
        typer.Option(help="Why; it stays in the trail for ever, so it must name nobody.", show_default=False),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask for the pseudonym once more.")] = False,
    finish: Annotated[bool, typer.Option("--finish", help="Finish an erasure that was broken off.")] = False,
    repeat: Annotated[
        Path | None,
        typer.Option(
            readable=False,
            help="Erase again whom this erasures.jsonl tells of, in a record restored from an older backup.",
            metavar="FILE",
            show_default=False,
        ),
    ] = None,
    data: Data = None,
    by: By = None,
    password_file: PasswordFile = None,
) -> None:
    """Erase a patient by destroying their key; it can't be undone."""
    from pigtrack.tracker.record import erasing

    ask = asking(password_file)
    if sum((subject is not None, finish, repeat is not None)) != 1 or (subject is not None and reason is None):
        raise typer.BadParameter("Give a patient with a --reason, or --finish, or --repeat FILE.")
    if subject is not None and reason is not None:
        confirm = _confirming(subject, yes=yes)
        erased = erasing.erase(pseudonym=subject, reason=reason, confirm=confirm, ask=ask, data=data, by=by)
    elif repeat is not None:
        erased = erasing.repeat(tombstones=repeat, ask=ask, data=data, by=by)
    else:
        erased = erasing.finish(ask=ask, data=data, by=by)
    for line in erased.lines:
        typer.echo(one_line(line))


def _confirming(subject: str, *, yes: bool) -> Callable[[str], bool]:
    def confirm(told: str) -> bool:
        if yes:
            return True
        typer.echo(one_line(told), err=True)
        return bool(typer.prompt("Type the pseudonym to erase it", err=True) == subject)

    return confirm
