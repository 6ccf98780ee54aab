"""Photographs as they come in: an original that is kept for good already, and what was decided about it."""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import tomli_w
from sqlalchemy import Connection, RowMapping, select

from pigtrack.errors import UnknownError
from pigtrack.model.quality import QualityCheck, QualityVerdict
from pigtrack.model.upload import Judgement, Upload, UploadState
from pigtrack.store.record.courses import KeptOriginal
from pigtrack.store.record.tables import courses, photographs, sessions, uploads
from pigtrack.store.record.unit import Unit, open_content


def add_upload(
    unit: Unit, course: RowMapping, upload_id: str, kept: KeptOriginal, *, suffix: str, capture: Mapping[str, str]
) -> Upload:
    """Add a photograph that has arrived, under the id that its sender gave it."""
    about = {"sha256": kept.sha256, "original": kept.original, "bytes": kept.bytes, "media_type": kept.media_type}
    place = {"id": upload_id, "course_id": course["id"], "at": unit.at, "state": UploadState.ARRIVED.value}
    words = {"suffix": suffix, "capture": dict(capture)}
    told = {"content": tomli_w.dumps(words), "subject": course["subject_id"], "course": course["id"]}
    unit.add(uploads, {**place, **about}, **told)
    return need_upload(unit.connection, upload_id)


def change_upload(unit: Unit, upload: Upload, *, action: str) -> None:
    """Write down what was found or decided about a photograph: its state, visit, name and judgement."""
    row = _row(unit.connection, upload.id)
    subject = _subject(unit.connection, upload.course)
    values = {"state": upload.state.value, "session": upload.session}
    words = {"content": _content(upload), "subject": subject, "course": upload.course, "action": action}
    unit.change(uploads, row["id"], values, **words)


def need_upload(connection: Connection, upload_id: str) -> Upload:
    """Return a photograph by its id.

    Raises
    ------
    UnknownError
        If there is none, or its patient's data were erased.
    """
    found = find_upload(connection, upload_id)
    if found is None:
        raise UnknownError("No photograph arrived under this id.", "Send it (again).")
    return found


def find_upload(connection: Connection, upload_id: str) -> Upload | None:
    """Return a photograph by its id; None where there is none, or its patient's data were erased."""
    row = connection.execute(select(uploads).where(uploads.c.id == upload_id)).mappings().first()
    return None if row is None or row["content"] is None else _upload(connection, row)


def is_erased(connection: Connection, upload_id: str) -> bool:
    """Tell whether an id was given to a photograph whose patient's data were erased."""
    row = connection.execute(select(uploads.c.content).where(uploads.c.id == upload_id)).first()
    return row is not None and row.content is None


def uploads_of(connection: Connection, course: str, *, state: UploadState | None = None) -> tuple[Upload, ...]:
    """Return the photographs that were sent for a course, in the order in which they arrived."""
    wanted = select(uploads).where(uploads.c.course_id == course, uploads.c.content.is_not(None))
    if state is not None:
        wanted = wanted.where(uploads.c.state == state.value)
    rows = connection.execute(wanted.order_by(uploads.c.at, uploads.c.id)).mappings().all()
    return tuple(_upload(connection, row) for row in rows)


def find_twin(connection: Connection, course: str, sha256: str) -> int | Upload | None:
    """Return where a course has the same photograph already: its visit's number, or how it came in; None: nowhere.

    One that was put aside is no twin: it may be sent again.
    """
    shots = select(sessions.c.number).join(photographs, photographs.c.session_id == sessions.c.id)
    visit = connection.execute(shots.where(sessions.c.course_id == course, photographs.c.sha256 == sha256)).scalar()
    if visit is not None:
        return int(visit)
    wanted = select(uploads).where(uploads.c.course_id == course, uploads.c.sha256 == sha256)
    row = connection.execute(wanted.where(uploads.c.state == UploadState.ARRIVED.value)).mappings().first()
    return None if row is None else _upload(connection, row)


def original_of(connection: Connection, upload: Upload) -> KeptOriginal:
    """Return the original of a photograph that was sent."""
    row = _row(connection, upload.id)
    return KeptOriginal(row["sha256"], row["original"], row["bytes"], row["media_type"])


def _row(connection: Connection, upload_id: str) -> RowMapping:
    return connection.execute(select(uploads).where(uploads.c.id == upload_id)).mappings().one()


def _subject(connection: Connection, course: str) -> str:
    return str(connection.execute(select(courses.c.subject_id).where(courses.c.id == course)).scalar_one())


def _upload(connection: Connection, row: RowMapping) -> Upload:
    text = open_content(connection, uploads, row, _subject(connection, row["course_id"]))
    words: dict[str, Any] = tomllib.loads(text or "")
    return Upload(
        course=row["course_id"],
        state=UploadState(row["state"]),
        suffix=str(words["suffix"]),
        capture=words.get("capture", {}),
        judgement=_judgement(words.get("judgement")),
        name=words.get("name"),
        **{name: row[name] for name in ("id", "sha256", "bytes", "media_type", "at", "session")},
    )


def _judgement(told: Mapping[str, Any] | None) -> Judgement | None:
    if told is None:
        return None
    empty = {"value": None, "limit": None}
    checks = [QualityCheck(**{**empty, **each, "verdict": QualityVerdict(each["verdict"])}) for each in told["checks"]]
    return Judgement(QualityVerdict(told["verdict"]), tuple(checks), bool(told["compared"]), told.get("taken_on"))


def _content(upload: Upload) -> str:
    words: dict[str, Any] = {"suffix": upload.suffix, "capture": dict(upload.capture)}
    if upload.name is not None:
        words["name"] = upload.name
    if upload.judgement is not None:
        words["judgement"] = _judgement_entries(upload.judgement)
    return tomli_w.dumps(words)


def _judgement_entries(judgement: Judgement) -> dict[str, Any]:
    checks = [{**asdict(each), "verdict": each.verdict.value} for each in judgement.checks]
    said = [{key: value for key, value in each.items() if value is not None} for each in checks]
    told = {} if judgement.taken_on is None else {"taken_on": judgement.taken_on}
    return {"verdict": judgement.verdict.value, "compared": judgement.compared, **told, "checks": said}
