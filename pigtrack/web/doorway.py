"""The socket that browsers come in by: few stand in it who were let in by the system, and have not said who they are.

Before TLS is agreed on there is no connection that the server knows of, so nothing of it can limit or end them. A
thousand that only stand there would take all the files that a process may open, and nobody else came in.
"""

import socket
import threading
from contextlib import suppress
from typing import Any

STANDING_MOST = 100
"""So many may be agreeing on TLS at a time, which takes a tenth of a second: those who stand there longest go first."""


class Doorway(socket.socket):
    """A listening socket whose newcomers stand in the doorway until they come in."""

    def accept(self) -> tuple[socket.socket, Any]:
        """Let the next one stand in the doorway; where it is full, whoever stands there longest has to go."""
        newcomer, address = super().accept()
        with _LOCK:
            _standing.pop(newcomer.fileno(), None)  # somebody of that number left long ago
            _standing[newcomer.fileno()] = newcomer
            longest = _standing.pop(next(iter(_standing))) if len(_standing) > STANDING_MOST else None
        if longest is not None:
            with suppress(OSError):  # gone already
                longest.shutdown(socket.SHUT_RDWR)
        return newcomer, address


_LOCK = threading.Lock()
_standing: dict[int, socket.socket] = {}


def come_in(number: int) -> None:
    """Take somebody out of the doorway, by their socket's number: the server knows of them now."""
    with _LOCK:
        _standing.pop(number, None)
