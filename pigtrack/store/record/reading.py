"""A course of the record as one noun: what exports, pages and checks get."""

import io
import tomllib
import zipfile
from collections.abc import Callable

import numpy as np
from sqlalchemy import Connection, RowMapping, Table, select

from pigtrack.model.course import Course, Endpoint, Mode, Session
from pigtrack.model.quantity import LabelImage
from pigtrack.model.record import Cells, RecordedCourse, RecordedPhotograph, SignOff
from pigtrack.store.record.courses import read_pieces
from pigtrack.store.record.measurements import read_cells, read_versions, to_version
from pigtrack.store.record.opening import Record
from pigtrack.store.record.originals import read_files, read_original
from pigtrack.store.record.parts import join_course
from pigtrack.store.record.subjects import read_consents
from pigtrack.store.record.tables import (
    lesion_rows,
    measurements,
    photo_rows,
    photographs,
    session_rows,
    sessions,
    sign_offs,
)
from pigtrack.store.record.unit import open_content, subject_key


def read_course(
    record: Record, connection: Connection, row: RowMapping, *, measurement: RowMapping | None = None
) -> RecordedCourse:
    """Return a course with the rows of one measurement: the named one, else the course's own."""
    subject, chosen = row["subject_id"], measurement or _own(connection, row)
    pieces = read_pieces(connection, row)
    label = row["label"] or f"erased-{row['id'][:8]}"
    course = _bare(row, label) if pieces is None else join_course(pieces, label=label)
    key = subject_key(connection, subject)

    def cells(table: Table) -> tuple[Cells, ...]:
        return () if chosen is None else read_cells(connection, table, chosen, label=label, subject=subject)

    return RecordedCourse(
        uid=row["id"],
        subject_uid=subject,
        course=course,
        measurement=None if chosen is None else to_version(chosen),
        sessions=cells(session_rows),
        lesions=cells(lesion_rows),
        photos=cells(photo_rows),
        photographs=() if key is None else _photographs(record, connection, row, key),
        labels=_labels(record, chosen, key, subject),
        files=read_files(record, connection, row),
        consents=read_consents(connection, subject) if key is not None else (),
        sign_offs=_sign_offs(connection, row),
        versions=read_versions(connection, row["id"]),
        erased=key is None,
    )


def _own(connection: Connection, row: RowMapping) -> RowMapping | None:
    if row["measurement_id"] is None:
        return None
    wanted = select(measurements).where(measurements.c.id == row["measurement_id"])
    return connection.execute(wanted).mappings().one()


def _bare(row: RowMapping, label: str) -> Course:
    """Return what is left of an erased course: how it was measured, and how many visits there were."""
    visits = tuple(Session(number=number, date=None, photos=()) for number in range(1, row["sessions"] + 1))
    return Course(id=label, sessions=visits, mode=Mode(row["mode"]), primary=Endpoint(row["endpoint"]))


def _photographs(record: Record, connection: Connection, row: RowMapping, key: bytes) -> tuple[RecordedPhotograph, ...]:
    subject = row["subject_id"]
    wanted = (
        select(photographs, sessions.c.number.label("session"))
        .join(sessions, sessions.c.id == photographs.c.session_id)
        .where(sessions.c.course_id == row["id"])
        .order_by(sessions.c.number, photographs.c.position)
    )

    def opener(original: str) -> Callable[[], bytes]:
        return lambda: read_original(record, original, key=key, subject=subject)

    return tuple(
        RecordedPhotograph(
            session=each["session"],
            position=each["position"],
            name=str(tomllib.loads(open_content(connection, photographs, each, subject) or "")["name"]),
            sha256=each["sha256"],
            size=each["bytes"],
            media_type=each["media_type"],
            read=opener(each["original"]),
        )
        for each in connection.execute(wanted).mappings().all()
    )


def _labels(
    record: Record, measurement: RowMapping | None, key: bytes | None, subject: str
) -> Callable[[str], LabelImage | None]:
    """Return a way to the label images; they are fetched at the first use, and kept packed."""
    packed: list[bytes] = []

    def read(photo: str) -> LabelImage | None:
        if measurement is None or measurement["labels"] is None or key is None:
            return None
        from pigtrack.imaging import opencv  # OpenCV takes 20 MB: who reads tables alone, as a server does, spares them

        if not packed:
            packed.append(read_original(record, measurement["labels"], key=key, subject=subject))
        with zipfile.ZipFile(io.BytesIO(packed[0])) as archive:
            if photo not in archive.namelist():
                return None
            return opencv.decode_png(archive.read(photo)).astype(np.int32)

    return read


def pack_labels(images: dict[str, bytes]) -> bytes:
    """Return label images (PNG) packed under their photographs' names; the same images give the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(images):
            archive.writestr(zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0)), images[name])
    return packed.getvalue()


def _sign_offs(connection: Connection, row: RowMapping) -> tuple[SignOff, ...]:
    wanted = (
        select(sign_offs, measurements.c.number)
        .join(measurements, measurements.c.id == sign_offs.c.measurement_id)
        .where(measurements.c.course_id == row["id"])
        .order_by(sign_offs.c.at)
    )
    found = connection.execute(wanted).mappings()
    return tuple(SignOff(each["number"], each["by"], each["at"], each["meaning"]) for each in found)
