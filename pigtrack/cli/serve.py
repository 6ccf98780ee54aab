"""The web app's command."""

from typing import Annotated

import typer

from pigtrack.cli.door import app
from pigtrack.cli.record import Data


@app.command()
def serve(
    data: Data = None,
    host: Annotated[str, typer.Option(help="The address to listen at.", metavar="ADDRESS")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen at.")] = 8765,
) -> None:
    """Open the clinic's record in a browser."""
    from pigtrack.web.desk import Serving
    from pigtrack.web.serving import serve as serve_record

    serve_record(data=data, host=host, port=port, serving=Serving(), tell=typer.echo)
