"""A record to try things out with: the sample courses, a user for each role, gone when it is ended."""

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir

from sqlalchemy import select

from pigtrack.errors import PigtrackError
from pigtrack.model.progress import Progress
from pigtrack.model.record import Actor, Role
from pigtrack.model.sharing import NewLink
from pigtrack.store.leftovers import temporary_folder
from pigtrack.store.record.opening import Record
from pigtrack.store.record.tables import courses
from pigtrack.store.record.users import add_user
from pigtrack.tracker.processes import Hired
from pigtrack.tracker.record.desk import opened
from pigtrack.tracker.record.sharing import has_page, share

PEOPLE = (("olga", Role.OWNER), ("cleo", Role.CLINICIAN), ("otto", Role.AUDITOR))

COURSES = ("sample-course", "before-after")
"""Of the samples: a whole course with treatments and events; and one of two photographs."""

_PREFIX = "pigtrack-demo-"
_TAKES_IN = f"{__name__}:take_in"
_LOOK_S = 2.0
_WORDS = ("lentil", "maple", "harbour", "copper", "meadow", "walnut", "lantern", "pebble", "saffron", "thistle")
_WORDS_EACH = 3


@dataclass(frozen=True, slots=True)
class Demonstration:
    """Where a demonstration's record is; and its people: name, role, password."""

    data: Path
    people: tuple[tuple[str, str, str], ...]


@contextmanager
def demonstration() -> Iterator[Demonstration]:
    """Begin a record with people and no courses yet; it is gone when the ``with`` block ends.

    Its folder is for this account alone. A killed one is cleared away by the next.
    """
    with temporary_folder(_PREFIX, Path(gettempdir())) as box:
        data = box / "record"
        people = tuple((name, role.value, _password()) for name, role in PEOPLE)
        with opened(data, begin=True) as record:
            _add(record, people)
        yield Demonstration(data, people)


def _password() -> str:
    return " ".join(secrets.choice(_WORDS) for _ in range(_WORDS_EACH)) + f" {secrets.randbelow(900) + 100}"


def _add(record: Record, people: tuple[tuple[str, str, str], ...]) -> None:
    with record.writing(Actor("demonstration")) as unit:
        for name, role, password in people:
            add_user(unit, name, Role(role), password=password)


class Samples:
    """Takes the sample courses in beside a server, each in a process of its own.

    Parameters
    ----------
    record : Record
        The demonstration's, open as long as this is.
    taken : callable
        Is told the id of each course that is there.
    shared : callable
        Is told the patient's link to the first of them, once it has a page to show.
    failed : callable
        Is told what went wrong.
    """

    def __init__(
        self,
        record: Record,
        *,
        taken: Callable[[str], None],
        shared: Callable[[NewLink], None],
        failed: Callable[[str], None],
    ) -> None:
        self._record, self._taken, self._shared, self._failed = record, taken, shared, failed
        self._worker: Hired | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End, in the middle of a course too."""
        self._ended.set()
        if self._worker is not None:
            self._worker.interrupt()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def _run(self) -> None:
        for sample in COURSES:
            if not self._take(sample):
                return
        course = self._id_of(COURSES[0])
        while not self._ended.wait(_LOOK_S):
            if has_page(course=course, record=self._record):
                self._shared(share(course=course, data=self._record, by=_named(Role.CLINICIAN)))
                return

    def _take(self, sample: str) -> bool:
        """Take a sample in; tell whether it is there and there is time for more."""
        self._worker = worker = Hired(_TAKES_IN, name="pigtrack-demonstration")
        if self._ended.is_set():  # asked to end just before there was a worker to send home
            worker.interrupt()
        try:
            worker.have_done((self._record.folder.path, sample))
        except PigtrackError as fault:
            if not self._ended.is_set():
                self._failed(f"The sample {sample} could not be taken in. {fault}")
            return False
        finally:
            worker.leave()
        self._taken(self._id_of(sample))
        return True

    def _id_of(self, sample: str) -> str:
        with self._record.reading() as connection:
            return str(connection.execute(select(courses.c.id).where(courses.c.label == sample)).scalar_one())


def _named(role: Role) -> str:
    return next(name for name, own in PEOPLE if own is role)


def take_in(told: tuple[Path, str], progress: Progress) -> None:
    """Take a sample in, in a process of its own: to read photographs takes what a server does without."""
    from pigtrack.store.reference_data import data_folder
    from pigtrack.tracker.record.importing import import_courses

    data, sample = told
    folder = data_folder("sample_images") / sample
    import_courses(folders=[folder], data=data, by=_named(Role.OWNER), measure=False)
