"""Has photographs looked at as they arrive: what is said of one is written down, and shown within seconds."""

import threading
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import PurePosixPath

from sqlalchemy import Connection, RowMapping, select

from pigtrack.errors import UnknownError
from pigtrack.model.course import Course
from pigtrack.model.framing import Aim
from pigtrack.model.quality import QualityCheck
from pigtrack.model.upload import Upload
from pigtrack.store.catalogues import load_catalogue
from pigtrack.store.record.originals import kept_photographs, read_files, read_original
from pigtrack.store.record.tables import photo_rows
from pigtrack.store.record.unit import subject_key
from pigtrack.store.record.uploads import need_upload, original_of
from pigtrack.tracker.record.auditing import audited_view
from pigtrack.tracker.record.capturing import note_judgement, read_told
from pigtrack.tracker.record.desk import By, Record, actor_of
from pigtrack.tracker.record.receiving import find_row
from pigtrack.tracker.verdicts import Guide, Setting, Shown, Verdicts

_PICTURES_MOST = 200
"""Small pictures that are held, some 30 kB each."""


_UNITS = {"px_per_mm": "px/mm", "mm": "mm", "px": "px", "deg": "°"}
"""By the end of a check's name."""


def told_name(check: QualityCheck) -> str:
    """Return what a check is called on a page."""
    return load_catalogue("en").check_name(check.name)


def unit_of(check: QualityCheck) -> str:
    """Return the unit of a check's value; empty where it has none."""
    return next((unit for end, unit in _UNITS.items() if f"_{check.name}".endswith(f"_{end}")), "")


class Judging:
    """Has the photographs of a record looked at, each once, by ``verdicts``."""

    def __init__(self, record: Record, verdicts: Verdicts | None = None) -> None:
        self._record = record
        self.verdicts = verdicts or Verdicts()
        self._hands = ThreadPoolExecutor(2, thread_name_prefix="judging")
        self._lock = threading.Lock()
        self._running: dict[str, Future[Upload]] = {}
        self._pictures: OrderedDict[str, bytes] = OrderedDict()

    def look(self, upload: str, *, by: By) -> "Future[Upload]":
        """Have a photograph looked at, unless that is done or under way; the outcome is the photograph, judged."""
        with self._lock:
            known = self._running.get(upload)
            if known is not None:
                return known
            outcome = self._running[upload] = self._hands.submit(self._look, upload, by)
        outcome.add_done_callback(lambda _: self._forget(upload))
        return outcome

    def guide(self, course: str, *, by: By) -> Guide | None:
        """Return what is laid over the live picture; None: the course has no first photograph yet.

        Raises
        ------
        PigtrackError
            If there is no such course, or who asks may not see it.
        """
        return self.verdicts.prepare(self._open_setting(course, by))

    def aim(self, course: str, *, by: By) -> Aim:
        """Return what live pictures of a course are held against.

        Raises
        ------
        PigtrackError
            If there is no such course, or who asks may not see it.
        """
        setting = self._open_setting(course, by)
        guide = None if setting.baseline is None else self.verdicts.prepare(setting)
        if guide is None:
            return Aim(setting.card, setting.files, setting.pitch_mm)
        return Aim(setting.card, setting.files, setting.pitch_mm, guide.stand, guide.focal_length_35mm)

    def picture(self, upload: str, *, by: By) -> bytes:
        """Return a small picture of a photograph that was sent.

        Raises
        ------
        PigtrackError
            If there is none, it is no picture, or who asks may not see it.
        """
        actor = actor_of(self._record, by)
        with self._record.reading() as connection:
            row = find_row(connection, need_upload(connection, upload).course)
        with audited_view(self._record, actor, "uploads", course=row) as connection:
            shot = _shot(self._record, connection, upload)
        if upload not in self._pictures:
            drawn = self.verdicts.draw(shot)
            if drawn is None:
                raise UnknownError("This can't be shown: it is no picture.", "Take it again.")
            self._hold(upload, drawn)
        return self._pictures[upload]

    def close(self) -> None:
        """Look at nothing any more."""
        self._hands.shutdown(wait=False, cancel_futures=True)
        self.verdicts.close()

    def _open_setting(self, course: str, by: By) -> Setting:
        actor = actor_of(self._record, by)
        with self._record.reading() as connection:
            row = find_row(connection, course)
        with audited_view(self._record, actor, "photographs", course=row) as connection:
            return _setting(self._record, connection, row)

    def _look(self, upload: str, by: By) -> Upload:
        with self._record.reading() as connection:
            known = need_upload(connection, upload)
            if known.judgement is not None:
                return known
            setting = _setting(self._record, connection, find_row(connection, known.course))
            shot = _shot(self._record, connection, upload)
        judgement = self.verdicts.judge(setting, shot)
        return note_judgement(upload=upload, judgement=judgement, data=self._record, by=by)

    def _hold(self, upload: str, picture: bytes) -> None:
        with self._lock:
            self._pictures[upload] = picture
            while len(self._pictures) > _PICTURES_MOST:
                self._pictures.popitem(last=False)

    def _forget(self, upload: str) -> None:
        with self._lock:
            self._running.pop(upload, None)


def _shot(record: Record, connection: Connection, upload: str) -> Shown:
    known = need_upload(connection, upload)
    row = find_row(connection, known.course)
    return Shown(_read(record, connection, row, original_of(connection, known).original), known.suffix)


def _setting(record: Record, connection: Connection, row: RowMapping) -> Setting:
    course = read_told(connection, row)
    files = read_files(record, connection, row) if course.card.lower().endswith(".toml") else {}
    return Setting(course.card, files, course.card_patch_pitch_mm, _baseline(record, connection, row, course))


def _baseline(record: Record, connection: Connection, row: RowMapping, course: Course) -> Shown | None:
    """Return the first session's first photograph that was not rejected; unmeasured, its first."""
    first = next((each for each in course.sessions if each.photos), None)
    if first is None:
        return None
    kept = kept_photographs(connection, row)
    wanted = select(photo_rows.c.sha256).where(
        photo_rows.c.measurement_id == row["measurement_id"], photo_rows.c.qc_status != "reject"
    )
    usable = set(connection.execute(wanted).scalars())
    name = next((each for each in first.photos if kept[each].sha256 in usable), first.photos[0])
    data = _read(record, connection, row, kept[name].original)
    return Shown(data, PurePosixPath(name).suffix)


def _read(record: Record, connection: Connection, row: RowMapping, original: str) -> bytes:
    key = subject_key(connection, row["subject_id"])
    if key is None:
        raise UnknownError("The patient's data were erased.", "There is nothing to show.")
    return read_original(record, original, key=key, subject=row["subject_id"])
