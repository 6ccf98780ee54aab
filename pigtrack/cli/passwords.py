"""How the command line asks for a password: on the terminal without showing it, from a file, or a line of a pipe."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from pigtrack.cli.shown import one_line
from pigtrack.errors import RecordError

PasswordFile = Annotated[
    Path | None,
    typer.Option(
        readable=False,
        help="A file whose first line is your password; else you are asked, or a line of the pipe is read.",
        metavar="FILE",
        show_default=False,
    ),
]
NewPasswordFile = Annotated[
    Path | None,
    typer.Option(
        readable=False,
        help="A file whose first line is the new password, of 12 letters or more.",
        metavar="FILE",
        show_default=False,
    ),
]


def asking(file: Path | None, *, new: bool = False) -> Callable[[str], str]:
    """Return what asks for a user's password; a ``new`` one is asked for twice on a terminal."""

    def ask(name: str) -> str:
        if file is not None:
            return _first_line(file)
        told = f"{'New password' if new else 'Password'} of {one_line(name)}"
        if _on_terminal():
            return str(typer.prompt(told, hide_input=True, confirmation_prompt=new, err=True))
        return _line(sys.stdin.readline() if sys.stdin is not None else "", told)

    return ask


def _on_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()  # None: it was closed before the start


def _first_line(file: Path) -> str:
    try:
        with file.open(encoding="utf-8") as lines:
            return _line(lines.readline(), one_line(file))
    except (OSError, UnicodeDecodeError) as fault:
        reason = getattr(fault, "strerror", None) or "it is not UTF-8 text"
        raise RecordError(f"No password can be read from {one_line(file)} ({reason}).", "Name another file.") from fault


def _line(line: str, told: str) -> str:
    password = line.rstrip("\r\n")
    if not password:
        raise RecordError(f"No password came ({told}).", "Type it, name a file that holds it, or give it by a pipe.")
    return password
