"""What every answer of the web app needs: the open record, and how it is served."""

from dataclasses import dataclass, field
from typing import Any

from fastapi import Request

from pigtrack.tracker.record.desk import Record


@dataclass(frozen=True, slots=True)
class Serving:
    """How the app is served.

    Attributes
    ----------
    hosts : tuple of str
        Names under which it may be asked for, without the port: whoever asks under another is refused, so that a page
        from elsewhere can't have its own name point here (DNS rebinding).
    secure : bool
        Whether browsers reach it by TLS.
    demo : tuple of (str, str, str)
        Name, role and password of the demonstration's users, shown on the sign-in page; empty: no demonstration.
    """

    hosts: tuple[str, ...] = ("localhost", "127.0.0.1", "[::1]")
    secure: bool = False
    demo: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class WebDesk:
    """The open record, how it is served, and who works in the background (`pigtrack.tracker.background`)."""

    record: Record
    serving: Serving = field(default_factory=Serving)
    background: Any = None


def desk_of(request: Request) -> WebDesk:
    """Return the desk of the app that is asked."""
    desk: WebDesk = request.app.state.desk
    return desk
