"""How the server listens: whom it waits for and how long, what it keeps to itself, how it ends."""

import asyncio
import logging
import signal
import socket
import traceback
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

import anyio.to_thread
import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from pigtrack.errors import RecordError
from pigtrack.web.doorway import Doorway, come_in

HEAD_WITHIN_S = 20.0
"""Within this a request's head must have come whole; a browser sends it in one piece."""

BODY_STALLS_S = 60.0
"""So long a body that is sent may stand still: a phone that changes from one network to the next is back by then."""

BODY_BYTES_S = 500
"""A body that is slower than this, for longer than it may stand still, is nobody's photograph."""

CONNECTIONS_MOST = 400
"""Fifty people with six connections each (what browsers open for one host), and some room."""

ROOM = 50
"""So many connections are left free: below that, whoever was silent longest and asks for nothing makes room."""

THREADS = 8
"""Pages set side by side: more than cores only so that a slow disk does not hold up the rest."""

HEAD_BYTES_MOST = 32 * 1024
KEEP_ALIVE_S = 30
ENDS_WITHIN_S = 10


class PatientHttp(H11Protocol):
    """HTTP/1.1 that waits for slow networks, and not for those who only hold a connection."""

    _watch: asyncio.TimerHandle | None = None
    _for_head = False
    _heard = 0.0
    _body_since: float | None = None
    _body_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head; where few connections are left, one that only stands open makes room."""
        super().connection_made(transport)
        come_in(transport.get_extra_info("socket").fileno())
        self._heard = self.loop.time()
        self._wait(HEAD_WITHIN_S, for_head=True)
        if len(self.connections) > CONNECTIONS_MOST - ROOM:
            self._make_room()

    def _make_room(self) -> None:
        others = [each for each in self.connections if isinstance(each, PatientHttp) and each is not self]
        idle = [each for each in others if each.conn.their_state is h11.IDLE and not each.transport.is_closing()]
        if idle:
            min(idle, key=lambda each: each._heard).transport.abort()  # at once: TLS would wait for a farewell

    def data_received(self, data: bytes) -> None:
        """Take what came, and wait for what is missing."""
        super().data_received(data)
        self._heard = self.loop.time()
        state = self.conn.their_state
        if state is h11.SEND_BODY:
            self._refuse_drip(len(data))
        else:
            self._body_since = None
        if state is h11.SEND_BODY and not self.transport.is_closing():
            self._wait(BODY_STALLS_S, for_head=False)
        elif state is not h11.IDLE:
            self._wait_no_more()
        elif self.conn.trailing_data[0] and not (self._watch is not None and self._for_head):
            self._wait(HEAD_WITHIN_S, for_head=True)  # from its first byte on, however many follow one by one

    def _refuse_drip(self, size: int) -> None:
        """Hang up on a body that never stands still and never comes to its end."""
        if self._body_since is None:
            self._body_since, self._body_bytes = self._heard, 0
        self._body_bytes += size
        late_s = self._heard - self._body_since - BODY_STALLS_S
        if late_s > 0 and self._body_bytes < late_s * BODY_BYTES_S:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nobody any more."""
        self._wait_no_more()
        super().connection_lost(exc)

    def _wait(self, seconds: float, *, for_head: bool) -> None:
        self._wait_no_more()
        self._for_head = for_head
        self._watch = asyncio.get_running_loop().call_later(seconds, self._give_up)

    def _wait_no_more(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    def _give_up(self) -> None:
        self._watch = None
        if not self._for_head and self.flow.read_paused:  # it is we who are slow
            self._wait(BODY_STALLS_S, for_head=False)
        else:
            self.transport.close()


class TidyServer(uvicorn.Server):
    """A server that says when it is ready, and for which to be asked to end is nothing out of the ordinary."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, and say so."""
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        await super().startup(sockets)
        self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End when what is being answered is answered; asked again from the keyboard, at once."""
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True

    def run_here(self, sockets: list[socket.socket]) -> None:
        """Serve until somebody ends it, by a signal or by closing the terminal."""
        hangup = getattr(signal, "SIGHUP", None)
        if hangup is not None and signal.getsignal(hangup) is not signal.SIG_IGN:  # nohup wants it ignored
            signal.signal(hangup, self.handle_exit)
        self.run(sockets=sockets)


def configured(app: Any, **more: Any) -> uvicorn.Config:
    """Return how an app is served: addresses are logged nowhere, as those of patients' links are secrets."""
    return uvicorn.Config(
        app,
        http=PatientHttp,
        loop="asyncio",  # another one would let newcomers in past the doorway
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=CONNECTIONS_MOST,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=ENDS_WITHIN_S,
        h11_max_incomplete_event_size=HEAD_BYTES_MOST,
        **more,
    )


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that holds an address for us.

    Raises
    ------
    RecordError
        If the address is not this machine's, or its port is taken.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except (socket.gaierror, UnicodeError) as fault:
        raise RecordError(f"There is no address {host!r}.", "Name one of this machine with --host.") from fault
    held = Doorway(family, socket.SOCK_STREAM)
    try:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(address)
        held.listen(512)
    except OSError as fault:
        held.close()
        raise _refused(host, port, fault) from fault
    return held


def _refused(host: str, port: int, fault: OSError) -> RecordError:
    if isinstance(fault, PermissionError):
        return RecordError(f"Port {port} is for administrators.", "Name another with --port, from 1024 on.")
    if "address already in use" in str(fault).lower():
        return RecordError(
            f"Something listens at port {port} already, perhaps another pigtrack.", "End it, or name another --port."
        )
    return RecordError(
        f"It can't listen at {host!r} ({fault.strerror or fault}).", "Name an address of this machine with --host."
    )


def log_faults() -> None:
    """Have faults logged to stderr: what failed and where, and nothing that a patient's data could stand in."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Discreet("%(asctime)s %(message)s"))
    for name in ("pigtrack.web", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(logging.ERROR)
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    logging.getLogger("asyncio").addFilter(_Seldom())


def _is_news(told: logging.LogRecord) -> bool:
    """Leave out a fault that the app has logged itself, under the number that its page shows."""
    return not str(told.msg).startswith("Exception in ASGI application")


class _Seldom(logging.Filter):
    """Lets what is told over and over through once a minute: a log must not fill the disk that the record is on."""

    def __init__(self) -> None:
        super().__init__()
        self._told: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether this was not told just now; by its beginning, as the rest names sockets."""
        said = str(record.msg)[:_SAID_LETTERS]
        news = record.created - self._told.get(said, -_MINUTE_S) >= _MINUTE_S
        if news:
            self._told = (
                {said: record.created} if len(self._told) > _SAID_MOST else {**self._told, said: record.created}
            )
        return news


_MINUTE_S = 60.0
_SAID_LETTERS = 30
_SAID_MOST = 100


class _Discreet(logging.Formatter):
    """Tells a fault by its kind and its lines of code: its message may quote what somebody typed."""

    def formatException(
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        """Return the lines of a fault, and of what caused it."""
        lines, fault = [], ei[1]
        while fault is not None:
            lines += traceback.format_list(traceback.extract_tb(fault.__traceback__))
            lines.append(f"{type(fault).__module__}.{type(fault).__name__}\n")
            fault = fault.__cause__ or fault.__context__
        return "".join(lines).rstrip()
