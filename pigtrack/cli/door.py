"""The door itself: how the command line starts and ends, and what a fault comes to."""

import os
import signal
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from pigtrack.cli.shown import tell_machine
from pigtrack.errors import PigtrackError

_INTERRUPTED = 130
"""128 + SIGINT, as shells count."""


_RECORD = "The clinic's record"
_SECTIONS = ("Measuring", _RECORD, "pigtrack itself")


class _Doors(TyperGroup):
    """Turns what the world did wrong into one message and a status, never a traceback."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the commands by what they are about, each with its first sentence whole."""
        rows: dict[str, list[tuple[str, str]]] = {section: [] for section in _SECTIONS}
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is not None and not command.hidden:
                rows[_section(command)].append((name, " ".join((command.help or "").split("\n\n")[0].split())))
        for section, listed in rows.items():
            with formatter.section(section):
                formatter.write_dl(listed)

    def invoke(self, ctx: Any) -> Any:
        """Run a command; a `PigtrackError` ends it with 1, an interrupt with 130."""
        try:
            return super().invoke(ctx)
        except PigtrackError as fault:
            typer.echo(str(fault), err=True)
            raise typer.Exit(1) from None
        except BrokenPipeError:
            raise  # nobody reads on, as behind `| head`: click ends quietly with 1
        except (OSError, MemoryError) as fault:
            typer.echo(tell_machine(fault), err=True)
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            typer.echo("Interrupted; nothing was half-written.", err=True)
            raise typer.Exit(_INTERRUPTED) from None


def _section(command: Any) -> str:
    """Say under which heading the help lists a command: by the module that holds it, or its first part."""
    parts = getattr(command, "commands", None)
    named = next(iter(parts.values())) if parts else command
    module = getattr(named.callback, "__module__", "")
    if module.startswith(("pigtrack.cli.record", "pigtrack.cli.serve")):
        return _RECORD
    return _SECTIONS[2] if parts else _SECTIONS[0]


app = typer.Typer(
    name="pigtrack",
    cls=_Doors,
    help="Did the skin change, or did the photograph? Measures pigmented skin over a course, and says how sure it is.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
bench = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Measure pigtrack itself on drawn truth.")
app.add_typer(bench, name="bench")


def _show_version(wanted: bool) -> None:
    if wanted:
        from pigtrack import __version__

        typer.echo(f"pigtrack {__version__}")
        raise typer.Exit


@app.callback()
def _door(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Say the version and stop.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line, each process on one thread: small matrices are solved faster so, and alike everywhere."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        if signal.getsignal(number) is signal.SIG_DFL:  # not where nohup wants the end of a terminal ignored
            signal.signal(number, _leave)
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    except OSError as fault:  # the help itself can't be shown, on a full disk
        sys.exit(tell_machine(fault))


def _leave(number: int, frame: object) -> None:
    """End as asked from outside, but tidily: what is half-done is taken away on the way out."""
    raise SystemExit(128 + number)
