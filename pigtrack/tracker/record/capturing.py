"""What becomes of a photograph that arrived: it is looked at, then made part of its course or put aside."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection, RowMapping

from pigtrack.errors import RecordError
from pigtrack.model.course import Course, Session
from pigtrack.model.overview import CourseOverview
from pigtrack.model.roles import Verb
from pigtrack.model.upload import Judgement, Upload, UploadState
from pigtrack.store.record.courses import KeptOriginal, read_pieces
from pigtrack.store.record.opening import Record
from pigtrack.store.record.originals import kept_photographs
from pigtrack.store.record.overview import read_lines
from pigtrack.store.record.parts import join_course
from pigtrack.store.record.unit import Unit
from pigtrack.store.record.updating import update_course
from pigtrack.store.record.uploads import change_upload, find_twin, need_upload, original_of, uploads_of
from pigtrack.tracker.record.auditing import audited_view
from pigtrack.tracker.record.desk import By, Data, actor_of, opened
from pigtrack.tracker.record.editing import refuse_untold
from pigtrack.tracker.record.planning import next_day_of, protocol_of
from pigtrack.tracker.record.receiving import TwinError, find_row
from pigtrack.tracker.record.shots import Shot, add_shot, find_visit


@dataclass(frozen=True, slots=True)
class Desk:
    """What somebody with a camera in their hand sees of a course.

    Attributes
    ----------
    waiting : tuple of Upload
        What arrived, and nobody decided on yet.
    today : Session or None
        The visit of that day, where there is one.
    has_baseline : bool
        Whether there is a first photograph to be compared with.
    """

    line: CourseOverview
    waiting: tuple[Upload, ...]
    today: Session | None
    has_baseline: bool


def open_desk(*, course: str, day: date, data: Data = None, by: By = None) -> Desk:
    """Return what there is to be seen beside the camera on a day.

    Raises
    ------
    PigtrackError
        If there is no such course, or who asks may not photograph.
    """
    with opened(data) as record:
        actor = actor_of(record, by, to=Verb.RECORD)
        with record.reading() as connection:
            row = find_row(connection, course)
        with audited_view(record, actor, "uploads", course=row) as connection:
            told = read_told(connection, row)
            waiting = uploads_of(connection, course, state=UploadState.ARRIVED)
            (line,) = read_lines(connection, [course])
        return Desk(line, waiting, find_visit(told, day), bool(told.sessions))


def note_judgement(*, upload: str, judgement: Judgement, data: Data = None, by: By = None) -> Upload:
    """Write down what looking at a photograph came to; the first judgement stands.

    Raises
    ------
    PigtrackError
        If there is no such photograph.
    """
    with opened(data) as record, record.writing(actor_of(record, by, to=Verb.RECORD)) as unit:
        known = need_upload(unit.connection, upload)
        if known.judgement is None:
            change_upload(unit, replace(known, judgement=judgement), action="judge")
        return need_upload(unit.connection, upload)


def see_upload(*, upload: str, data: Data = None, by: By = None) -> Upload:
    """Return a photograph that was sent, and what was decided on it.

    Raises
    ------
    PigtrackError
        If there is none.
    """
    with opened(data) as record:
        actor_of(record, by, to=Verb.RECORD)
        with record.reading() as connection:
            return need_upload(connection, upload)


def keep(
    *,
    upload: str,
    day: date,
    after_procedure: bool = False,
    skin_state: str | None = None,
    reseated: bool = True,
    data: Data = None,
    by: By = None,
) -> Upload:
    """Make a photograph part of its course: of the visit of that day, which begins with it where there is none yet.

    Parameters
    ----------
    skin_state : str or None
        Of the visit; None: as it was told for this visit, or clean.
    reseated : bool
        Patient, card and camera were set up anew since the visit's shot before.

    Raises
    ------
    RecordError
        If nobody looked at it yet, it is no picture, or it does not fit into the course.
    """
    with opened(data) as record, record.writing(actor_of(record, by, to=Verb.RECORD)) as unit:
        known = need_upload(unit.connection, upload)
        if known.state is UploadState.KEPT:
            return known
        _refuse_unseen(known)
        row = find_row(unit.connection, known.course)
        shot = Shot(day, known.suffix, after_procedure=after_procedure, skin_state=skin_state, reseated=reseated)
        added = add_shot(read_told(unit.connection, row), shot)
        original = original_of(unit.connection, known)
        _refuse_kept(unit.connection, row, original)
        _update(record, unit, row, added.course, {added.name: original})
        change_upload(
            unit, replace(known, state=UploadState.KEPT, session=added.session, name=added.name), action="keep"
        )
        return need_upload(unit.connection, upload)


def discard(*, upload: str, reason: str = "", data: Data = None, by: By = None) -> Upload:
    """Put a photograph aside, to be taken again; the record goes on to hold it, as it holds all that it was told.

    Raises
    ------
    RecordError
        If it is part of the course already.
    """
    with opened(data) as record:
        actor = actor_of(record, by, to=Verb.RECORD)
        with record.writing(actor, reason or None) as unit:
            known = need_upload(unit.connection, upload)
            if known.state is UploadState.KEPT:
                raise RecordError(
                    f"The photograph is part of session {known.session} already.",
                    "Leave it out by a correction, on the page of the review.",
                )
            change_upload(unit, replace(known, state=UploadState.DISCARDED), action="discard")
            return need_upload(unit.connection, upload)


def read_told(connection: Connection, row: RowMapping) -> Course:
    """Return a course as it was told, its corrections left out: who adds a photograph does not tell them anew."""
    pieces = read_pieces(connection, row)
    if pieces is None:
        raise RecordError("The patient's data were erased; nothing can be added to them.", "Open a new patient.")
    return replace(join_course(pieces, label=row["label"]), corrections=())


def _refuse_unseen(known: Upload) -> None:
    if known.judgement is None:
        raise RecordError("The photograph was not looked at yet.", "Wait for what is said of it; then keep it.")
    if not known.judgement.is_readable:
        said = known.judgement.checks[0].remedy if known.judgement.checks else "It is no picture."
        raise RecordError(said, "Take it again: the course could not be measured with it.")


def _refuse_kept(connection: Connection, row: RowMapping, original: KeptOriginal) -> None:
    twin = find_twin(connection, row["id"], original.sha256)
    if isinstance(twin, int):
        raise TwinError(f"This very photograph is part of session {twin} already.", "Put this one aside.")


def _update(record: Record, unit: Unit, row: RowMapping, course: Course, new: Mapping[str, KeptOriginal]) -> None:
    originals = {**kept_photographs(unit.connection, row), **new}
    protocol = protocol_of(record, unit.connection, row, course)
    refuse_untold(course, protocol)
    update_course(unit, row, course, originals=originals, files={}, next_day=next_day_of(course, protocol))
