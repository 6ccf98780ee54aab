"""Serves the app: opens the record, starts the server and who works beside it, ends all of them tidily."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import uvicorn

from pigtrack.errors import RecordError
from pigtrack.model.sharing import NewLink
from pigtrack.tracker.background import Background
from pigtrack.tracker.certificates import Certificates, certificates
from pigtrack.tracker.network import own_addresses, own_names
from pigtrack.tracker.record.demonstrating import Samples, demonstration
from pigtrack.tracker.record.desk import Record, opened
from pigtrack.tracker.record.signing_in import knows_users
from pigtrack.web.app import create_app
from pigtrack.web.desk import Serving, WebDesk
from pigtrack.web.listening import TidyServer, configured, listen, log_faults
from pigtrack.web.shown_address import qr_lines
from pigtrack.web.trust import trust_app

Tell = Callable[[str], None]

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_ANYWHERE = "0.0.0.0"  # behind TLS, which `--lan` alone gives
_LOCAL = ("localhost", "127.0.0.1", "::1")

_SWITCH_S = 0.0005
"""Python's turn of a thread that computes. Whoever asks the database gives its turn away at each question; with the
usual 5 ms it waits that long for each of a page's dozens, while another thread picks an export from 10,000 courses."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where to listen.

    Attributes
    ----------
    host : str or None
        The address to listen at; None: this machine's own alone, or with ``lan`` all that it has.
    port : int
        The port; with ``lan`` the next one shows how to trust the certificate.
    lan : bool
        Whether machines of the network may ask, by TLS.
    names : tuple of str
        Under which browsers ask for it through a proxy that does TLS.
    """

    host: str | None = None
    port: int = 8765
    lan: bool = False
    names: tuple[str, ...] = ()


def serve(*, data: Path | None, place: Place, demo: bool = False, tell: Tell) -> None:
    """Serve the record of a data folder, or a demonstration, until somebody ends it.

    Raises
    ------
    PigtrackError
        If there is no record, nobody could sign in, or it can't listen there.
    """
    _refuse_bare(place)
    log_faults()
    sys.setswitchinterval(_SWITCH_S)
    with ExitStack() as ending:
        held = ending.enter_context(closing(listen(place.host or _usual(place), place.port)))
        shown = ending.enter_context(demonstration()) if demo else None
        record = ending.enter_context(opened(data if shown is None else shown.data))
        _refuse_empty(record)
        reached = _reached(record, place)
        serving = Serving(reached.hosts, reached.secure, () if shown is None else shown.people)
        background = ending.enter_context(closing(Background(record)))
        app = create_app(WebDesk(record, serving, background))
        if reached.trusted is not None:
            ending.enter_context(_trust(reached, reached.trusted, place))

        samples = _samples(record, background, reached, tell) if demo else None
        if samples is not None:
            ending.callback(samples.close)

        def begin() -> None:
            """Say where to click; only then begin what takes the processor's time."""
            _tell_ready(reached, serving, place, tell)
            background.start()
            if samples is not None:
                samples.start()

        TidyServer(configured(app, **reached.tls), ready=begin).run_here([held])
    tell("pigtrack has ended.")


def _samples(record: Record, background: Background, reached: "_Reached", tell: Tell) -> Samples:
    def shared(link: NewLink) -> None:
        tell(f"  patient    {reached.address}link/{link.token}  code: {link.code}")

    return Samples(record, taken=partial(background.measure_soon, at_once=True), shared=shared, failed=tell)


def _usual(place: Place) -> str:
    return _ANYWHERE if place.lan else "127.0.0.1"


def _refuse_bare(place: Place) -> None:
    """Refuse to send passwords and photographs through a network as anybody in it could read them."""
    if not place.lan and place.host is not None and place.host not in _LOCAL:
        raise RecordError(
            "Without TLS it can be reached from this machine only.",
            "Use --lan, or a proxy with TLS on this machine (--name says under which name).",
        )


def _refuse_empty(record: Record) -> None:
    if not knows_users(record=record):
        raise RecordError(
            "This record has no users, so nobody could sign in.", "Add an owner: pigtrack user add NAME --role owner."
        )


@dataclass(frozen=True, slots=True)
class _Reached:
    """Under which names it is reached, how safely, and what it is to be trusted by."""

    hosts: tuple[str, ...]
    address: str
    trusted: Certificates | None = None
    secure: bool = False

    @property
    def tls(self) -> dict[str, str]:
        """What the server needs for TLS."""
        trusted = self.trusted
        return {} if trusted is None else {"ssl_certfile": str(trusted.server), "ssl_keyfile": str(trusted.key)}


def _reached(record: Record, place: Place) -> _Reached:
    if not place.lan:
        host = f"[{place.host}]" if place.host == "::1" else place.host or LOOPBACK[1]
        return _Reached((*LOOPBACK, *place.names), f"http://{host}:{place.port}/", secure=bool(place.names))
    names = _lan_names(place)
    trusted = certificates(data=record.folder.path, names=(*names, *LOOPBACK[:2]))
    return _Reached((*names, *LOOPBACK), f"https://{names[0]}:{place.port}/", trusted, secure=True)


def _lan_names(place: Place) -> tuple[str, ...]:
    addresses = own_addresses() if place.host in (None, _ANYWHERE) else (str(place.host),)
    if not addresses:
        raise RecordError("This machine has no address in any network.", "Connect it, or name its address with --host.")
    return (*addresses, *own_names(), *place.names)


@contextmanager
def _trust(reached: _Reached, trusted: Certificates, place: Place) -> Iterator[None]:
    """Show on the next port how to trust the certificate, for the length of a ``with`` block."""
    app = trust_app(trusted, address=reached.address, hosts=reached.hosts)
    with closing(listen(place.host or _ANYWHERE, place.port + 1)) as held:
        server = uvicorn.Server(configured(app))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [held]}, daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.should_exit = True
            thread.join(5)


def _tell_ready(reached: _Reached, serving: Serving, place: Place, tell: Tell) -> None:
    tell(f"pigtrack is at {reached.address}")
    if reached.trusted is not None:
        first = f"http://{reached.hosts[0]}:{place.port + 1}/"
        tell(f"\nOnce on each phone: {first}\n")
        for line in qr_lines(first):
            tell(line)
        tell(f"There, compare the certificate's fingerprint (SHA-256):\n{reached.trusted.fingerprint}\n")
    for name, role, password in serving.demo:
        tell(f"  {role:<10} {name:<6} password: {password}")
    tell("End it with Ctrl-C.")
