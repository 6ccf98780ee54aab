"""The web app's command."""

from typing import Annotated

import typer

from pigtrack.cli.door import app
from pigtrack.cli.record import Data


@app.command()
def serve(
    data: Data = None,
    host: Annotated[
        str | None,
        typer.Option(
            help="The address to listen at; this machine alone, with --lan all that it has.",
            metavar="ADDRESS",
            show_default=False,
        ),
    ] = None,
    port: Annotated[
        int, typer.Option(min=1, max=65534, help="The port to listen at; --lan takes the next, too.")
    ] = 8765,
    lan: Annotated[bool, typer.Option("--lan", help="Let phones in this network in, by TLS (docs/lan.md).")] = False,
    demo: Annotated[
        bool, typer.Option("--demo", help="Show the sample courses, in a record that is gone after.")
    ] = False,
    name: Annotated[
        list[str] | None,
        typer.Option(
            help="A name under which a proxy with TLS asks for it (docs/web.md).", metavar="NAME", show_default=False
        ),
    ] = None,
) -> None:
    """Open the clinic's record in a browser."""
    from pigtrack.web.serving import Place
    from pigtrack.web.serving import serve as serve_record

    if demo and data is not None:
        raise typer.BadParameter("a demonstration has a record of its own", param_hint="--data")
    place = Place(host, port, lan, tuple(name or ()))
    serve_record(data=data, place=place, demo=demo, tell=_show)


def _show(line: str) -> None:
    """Show a line at once: whoever reads it through a pipe waits for the address."""
    typer.echo(line)
