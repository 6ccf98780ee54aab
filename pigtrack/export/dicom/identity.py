"""Who, when and which: the parts of a DICOM file that photographs and reports of a session share."""

import io
import uuid
from datetime import datetime
from typing import Any

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID

from pigtrack.errors import ExportError
from pigtrack.export.fhir.coding import NAMESPACE
from pigtrack.export.visits import Visit, list_visits
from pigtrack.model.record import RecordedCourse

IMPLEMENTATION = UID(f"2.25.{uuid.uuid5(NAMESPACE, 'implementation').int}")
CHARACTERS = "ISO_IR 192"
"""UTF-8."""

LAYOUT = 1
"""To be raised whenever the same record gives other bytes: no two different files may share a UID."""

_REMOVED = "pseudonym; days for dates; metadata of files cut"
_PERSON, _TEXT = str.maketrans("^=\\", "   "), str.maketrans("\\\r\n", "   ")
"""Signs that part a name or a text in DICOM."""

MOST_LETTERS = 64
"""Of a text with the value representation LO or PN; PS3.5, table 6.2-1."""


def find_visit(course: RecordedCourse, session: int) -> Visit:
    """Return a session of a course.

    Raises
    ------
    ValueError
        If there is no such session.
    ExportError
        If the course was erased.
    """
    if course.erased:
        raise ExportError(
            f"Course {course.course.id} was erased: its photographs are gone.", "Export its numbers as tables."
        )
    visits = {visit.number: visit for visit in list_visits(course)}
    if session not in visits:
        raise ValueError(f"session must be one of {sorted(visits)}, got {session}")
    return visits[session]


def make_uid(course: RecordedCourse, *names: object, offsets: bool) -> str:
    """Return a UID made of names, the same on every export; without dates it is another file, so another UID."""
    told = "/".join(map(str, (course.uid, LAYOUT, "days" if offsets else "dates", *names)))
    return f"2.25.{uuid.uuid5(NAMESPACE, told).int}"


def photograph_uid(course: RecordedCourse, session: int, position: int, *, offsets: bool) -> str:
    """Return the UID of a photograph as an image."""
    return make_uid(course, "photograph", session, position, offsets=offsets)


def start_dataset(course: RecordedCourse, visit: Visit, *, offsets: bool) -> Dataset:
    """Return a dataset with patient and study; a study is a session. No name, birth date or sex is known."""
    dataset = Dataset()
    dataset.SpecificCharacterSet = CHARACTERS
    told = course.course.subject or course.subject_uid
    dataset.PatientName = f"{told.translate(_PERSON)[: MOST_LETTERS - 1]}^"  # one part alone, PS3.5, 6.2.1
    dataset.PatientID = plain_text(told)
    dataset.PatientBirthDate = dataset.PatientSex = ""
    if offsets:
        dataset.PatientIdentityRemoved, dataset.DeidentificationMethod = "YES", _REMOVED
    dataset.LongitudinalTemporalInformationModified = "REMOVED" if offsets else "UNMODIFIED"
    dataset.StudyInstanceUID = make_uid(course, "study", visit.number, offsets=offsets)
    day, time = _day_and_time("" if offsets else visit.date)
    dataset.StudyDate, dataset.StudyTime = day, time
    dataset.StudyID = str(visit.number)
    dataset.StudyDescription = plain_text(f"Session {visit.number} of course {course.course.id}")
    dataset.AccessionNumber = dataset.ReferringPhysicianName = ""
    _tell_time_point(dataset, visit)
    return dataset


def _tell_time_point(dataset: Dataset, visit: Visit) -> None:
    """Tell the days from the baseline in a module that DICOM has for trials, the only one with a place for them."""
    dataset.ClinicalTrialTimePointID = str(visit.number)
    if visit.day is not None:
        dataset.LongitudinalTemporalOffsetFromEvent = float(visit.day)
        dataset.LongitudinalTemporalEventType = "BASELINE"


def _day_and_time(told: str) -> tuple[str, str]:
    """Return a day, or day and time, as DICOM writes them; empty where there is none.

    Examples
    --------
    >>> _day_and_time("2026-01-11"), _day_and_time("2026-01-11T09:30:00")
    (('20260111', ''), ('20260111', '093000'))
    """
    if not told:
        return "", ""
    moment = datetime.fromisoformat(told)
    return f"{moment:%Y%m%d}", f"{moment:%H%M%S}" if len(told) > len("2026-01-11") else ""


def plain_text(text: str) -> str:
    """Return a text as a long string of DICOM holds it."""
    return text.translate(_TEXT).strip()[:MOST_LETTERS]


def file_bytes(dataset: Any, transfer_syntax: UID) -> bytes:
    """Return a dataset as a file with meta information."""
    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\x00\x01"
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = dataset.SOPClassUID, dataset.SOPInstanceUID
    meta.TransferSyntaxUID, meta.ImplementationClassUID = transfer_syntax, IMPLEMENTATION
    meta.ImplementationVersionName = f"PIGTRACK_{LAYOUT}"
    dataset.file_meta = meta
    dataset.preamble = b"\0" * 128
    file = io.BytesIO()
    dataset.save_as(file, enforce_file_format=True)
    return file.getvalue()
