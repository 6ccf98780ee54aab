"""How often something may be tried: by name, by address, by who is signed in; kept in memory, within bounds.

Wrong passwords of a user are also counted by the trail (`pigtrack.store.record.users.prove`), which no restart forgets.
"""

import ipaddress
import logging
import math
import threading
import time
import unicodedata
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import anyio.to_thread
from fastapi import Request

from pigtrack.errors import NotAllowedError, TooOftenError
from pigtrack.tracker.record.proving import MEMORY, TRIES, locked_out

LOG = logging.getLogger("pigtrack.web")

Outcome = TypeVar("Outcome")

_PASSWORDS_AT_ONCE = 2
"""As many as `pigtrack.store.record.passwords` works on at a time: 64 MiB each."""

_KEPT = 10_000
"""So many names or addresses are remembered; of more, the one that was heard of longest ago is forgotten."""

_IPV6_HOME = 64
"""A household or clinic has so many leading bits; whoever is in it can take any of the rest as an address."""


class Rate:
    """Lets something be done ``most`` times at once, and again as ``within_s`` seconds pass (a leaky bucket).

    Examples
    --------
    >>> rate = Rate(most=2, within_s=60, clock=lambda: 0.0)
    >>> [rate.take("olga"), rate.take("olga"), rate.take("olga"), rate.take("anna")]
    [0.0, 0.0, 30.0, 0.0]
    """

    def __init__(self, *, most: int, within_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._each_s = within_s / most
        self._clock = clock
        self._full: OrderedDict[str, float] = OrderedDict()  # when the bucket is empty again, by who fills it
        self._lock = threading.Lock()

    def take(self, who: str) -> float:
        """Count a try; return 0, or, where it is one too many, in how many seconds there may be the next."""
        with self._lock:
            wait_s, empty = self._state(who)
            if not wait_s:
                self._full[who] = empty + self._each_s
                self._full.move_to_end(who)
                while len(self._full) > _KEPT:
                    self._full.popitem(last=False)
            return wait_s

    def _state(self, who: str) -> tuple[float, float]:
        now = self._clock()
        empty = max(self._full.get(who, now), now)
        spare_s = self._most * self._each_s - (empty - now)
        return max(0.0, self._each_s - spare_s) if spare_s < self._each_s * (1 - 1e-9) else 0.0, empty

    def __len__(self) -> int:
        """Return how many are remembered."""
        return len(self._full)


class WrongTries:
    """Wrong passwords in a row by name, counted as the trail counts those of users.

    It counts whether there is such a user or not, so nobody learns by a refusal which names exist.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._at: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def are_too_many(self, name: str) -> bool:
        """Tell whether a name must wait."""
        with self._lock:
            tries = self._at.get(_alike(name))
            return tries is not None and len(tries) == TRIES and tries[0] > self._clock() - MEMORY.total_seconds()

    def count(self, name: str) -> None:
        """Remember a wrong password."""
        with self._lock:
            self._at.setdefault(_alike(name), deque(maxlen=TRIES)).append(self._clock())
            self._at.move_to_end(_alike(name))
            while len(self._at) > _KEPT:
                self._at.popitem(last=False)

    def forgive(self, name: str) -> None:
        """Forget the wrong passwords of a name that came with a right one, or was given another."""
        with self._lock:
            self._at.pop(_alike(name), None)

    def __len__(self) -> int:
        """Return how many names are remembered."""
        return len(self._at)


def _alike(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


class Rates:
    """The limits of an app.

    Attributes
    ----------
    wrong : WrongTries
        Wrong passwords by name.
    addresses : Rate
        Sign-ins by address. A clinic of fifty behind one address signs in at the hour; who guesses gets ten a minute.
    codes : Rate
        Codes of patients' links by address.
    askers : Rate
        All that somebody signed in asks for: a page with its pictures takes a hundred at most, and nobody turns pages
        as fast as fifty answers a second for a minute.
    glances : Rate
        Live pictures of somebody signed in: the camera's page sends one a second.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.wrong = WrongTries(clock)
        self.addresses = Rate(most=100, within_s=600, clock=clock)
        self.codes = Rate(most=30, within_s=600, clock=clock)
        self.askers = Rate(most=3_000, within_s=60, clock=clock)
        self.glances = Rate(most=90, within_s=60, clock=clock)
        self._rooms = threading.BoundedSemaphore(20)
        self._turns = anyio.CapacityLimiter(_PASSWORDS_AT_ONCE)

    @contextmanager
    def waiting_room(self) -> Iterator[None]:
        """Let so many wait for their password's turn; more would take all threads, and nobody got a page.

        Raises
        ------
        TooOftenError
            If there is no more room.
        """
        if not self._rooms.acquire(blocking=False):
            raise TooOftenError(
                "Too many people sign in at this moment.", "Try again in a few seconds; nothing is lost.", wait_s=5
            )
        try:
            yield
        finally:
            self._rooms.release()

    async def in_turn(self, work: Callable[[], Outcome]) -> Outcome:
        """Hold a password to its hash when its turn comes; whoever waits takes no thread from others' pages."""
        return await anyio.to_thread.run_sync(work, limiter=self._turns)


def rates_of(request: Request) -> Rates:
    """Return the limits of the app that is asked."""
    rates: Rates = request.app.state.rates
    return rates


def address_of(request: Request) -> str:
    """Return whom an address belongs to: of IPv6, the network it is from."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return host
    return str(ipaddress.ip_network((address, _IPV6_HOME), strict=False))


def refuse_hasty(rate: Rate, who: str, problem: str) -> None:
    """Count a try, and refuse one too many.

    Raises
    ------
    TooOftenError
        If it is one too many.
    """
    wait_s = rate.take(who)
    if wait_s:
        raise TooOftenError(problem, f"Wait {in_words(wait_s)}, and try again.", wait_s=wait_s)


def in_words(wait_s: float) -> str:
    """Write how long somebody must wait.

    Examples
    --------
    >>> in_words(0.2), in_words(61)
    ('a second', '2 minutes')
    """
    seconds = math.ceil(wait_s)
    if seconds <= 1:
        return "a second"
    return f"{seconds} seconds" if seconds <= _MINUTE else f"{math.ceil(seconds / _MINUTE)} minutes"


_MINUTE = 60


@contextmanager
def counted_sign_in(request: Request, name: str) -> Iterator[None]:
    """Hold a sign-in to the limits: a right password forgives the wrong ones of that name before it.

    Raises
    ------
    TooOftenError
        If there were too many of that name or from that address, or too many are being held to theirs right now.
    """
    rates = rates_of(request)
    refuse_hasty(rates.addresses, address_of(request), "Too many tried to sign in from here.")
    if rates.wrong.are_too_many(name):
        raise locked_out(name)
    try:
        with rates.waiting_room():
            yield
    except TooOftenError:
        raise
    except NotAllowedError:
        LOG.warning("A sign-in was refused, from %s", address_of(request))  # no name: some type a password there
        rates.wrong.count(name)
        raise
    rates.wrong.forgive(name)


def refuse_hasty_code(request: Request) -> None:
    """Hold codes of patients' links to the limit of an address.

    Raises
    ------
    TooOftenError
        If there were too many.
    """
    refuse_hasty(rates_of(request).codes, address_of(request), "Too many codes were tried from here.")
