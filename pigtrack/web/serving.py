"""Serves the app: opens the record, starts the server, ends both tidily."""

from collections.abc import Callable
from pathlib import Path

import uvicorn

from pigtrack.tracker.record.desk import opened
from pigtrack.web.app import create_app
from pigtrack.web.desk import Serving, WebDesk

Tell = Callable[[str], None]


def serve(*, data: Path | None, host: str, port: int, serving: Serving, tell: Tell) -> None:
    """Serve the record of a data folder until somebody ends it.

    Raises
    ------
    RecordError
        If there is none, or it can't be opened.
    """
    with opened(data) as record:
        app = create_app(WebDesk(record, serving))
        tell(f"pigtrack is at http://{host}:{port}/")
        uvicorn.run(app, host=host, port=port, log_level="warning", server_header=False, proxy_headers=False)
