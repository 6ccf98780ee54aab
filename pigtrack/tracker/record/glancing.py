"""Has live pictures looked at while somebody frames a photograph: never stored, never before a photograph's turn."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import RowMapping

from pigtrack.errors import PigtrackError
from pigtrack.model.framing import Aim, Glimpse
from pigtrack.model.record import Actor
from pigtrack.model.roles import Verb
from pigtrack.tracker.record.desk import By, Record, actor_of
from pigtrack.tracker.record.judging import Judging
from pigtrack.tracker.record.receiving import find_row
from pigtrack.tracker.verdicts import Live

FRAME_BYTES_MOST = 512 * 1024
"""A live picture of 800 pixels has 30 to 60 kB."""

_AIMS_MOST = 50
"""Courses whose baselines' numbers are held."""

_Mark = tuple[bool, str | None]


class Glancing:
    """Has live pictures looked at by the process that looks at photographs, when that has nothing else to do.

    What a picture is held against was read with the baseline, which is an entry in the trail. A live picture itself
    shows nothing of the record, and leaves nothing in it.
    """

    def __init__(self, record: Record, judging: Judging, clock: Callable[[], float] = time.monotonic) -> None:
        self._record = record
        self._judging = judging
        self._clock = clock
        self._lock = threading.Lock()
        self._aims: OrderedDict[str, tuple[_Mark, Aim]] = OrderedDict()
        self._reading: set[str] = set()
        self._hand = ThreadPoolExecutor(1, thread_name_prefix="glancing")
        self._rested_at = 0.0

    def glance(self, course: str, frame: bytes, *, width_px: int | None = None, by: By) -> Glimpse | None:
        """Tell how a live picture is framed; None, at once, where nobody has time for it or all is still made ready.

        Parameters
        ----------
        width_px : int or None
            Longer side of the photograph that would be taken now; None: not known.

        Raises
        ------
        PigtrackError
            If there is no such course, who asks may not photograph, or it is no picture.
        """
        actor = actor_of(self._record, by, to=Verb.RECORD)
        with self._record.reading() as connection:
            row = find_row(connection, course)
        aim = self._aim(row, actor)
        if aim is None or self._clock() < self._rested_at:
            return None
        began = self._clock()
        glimpse = self._judging.verdicts.glance(Live(aim, frame, width_px))
        if glimpse is not None:
            self._rested_at = (
                2 * self._clock() - began
            )  # as long as it took: half a core at most, and photographs' turn
        return glimpse

    def _aim(self, row: RowMapping, actor: Actor) -> Aim | None:
        """Return what a course's pictures are held against; what changed since is read meanwhile."""
        course, mark = str(row["id"]), (bool(row["sessions"]), row["measurement_id"])
        with self._lock:
            known = self._aims.get(course)
            if (known is None or known[0] != mark) and course not in self._reading:
                self._reading.add(course)
                self._hand.submit(self._read, course, mark, actor)
        return None if known is None else known[1]

    def _read(self, course: str, mark: _Mark, actor: Actor) -> None:
        try:
            aim = self._judging.aim(course, by=actor)
            with self._lock:
                self._aims[course] = (mark, aim)
                while len(self._aims) > _AIMS_MOST:
                    self._aims.popitem(last=False)
        except PigtrackError:  # the next picture asks again, and whoever sends it goes on without
            pass
        finally:
            with self._lock:
                self._reading.discard(course)
