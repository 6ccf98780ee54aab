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


class _Doors(TyperGroup):
    """Turns what the world did wrong into one message and a status, never a traceback."""

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
