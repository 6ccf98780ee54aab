"""Pictures of a recorded measurement for tests of the review: quickly made from photographs and label images.

The frame is the photograph cut by some pixels and made smaller, so that a matrix that is forgotten shows.
"""

import io
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from sqlalchemy import select

from pigtrack.model.pictures import MANIFEST, CoursePictures, SessionPictures, write_manifest
from pigtrack.store.derived import keep_derived
from pigtrack.store.record.reading import read_course
from pigtrack.store.record.tables import courses
from pigtrack.tracker.record.desk import opened

STEP, CUT = 1.25, 10
"""Photograph pixels to a frame pixel, and what is cut off at the left and the top."""


def pictured(data: Path) -> CoursePictures:
    """Give the one course of a record the pictures of its measurement; return them."""
    with opened(data) as record:
        with record.reading() as connection:
            row = connection.execute(select(courses)).mappings().one()
            recorded = read_course(record, connection, row)
        files, sessions = {}, []
        for photo in recorded.photographs:
            with Image.open(io.BytesIO(photo.read())) as picture:
                whole = picture.convert("RGB")
            size = tuple(int((each - CUT) / STEP) for each in whole.size)
            skin = whole.crop((CUT, CUT, *whole.size)).resize(size)
            named = {f"{kind}/{photo.session}.jpg": _jpeg(skin) for kind in ("aligned", "melanin", "redness")}
            named[f"thumb/{photo.session}.jpg"] = _jpeg(skin.resize((96, 72)))
            files |= named
            outlines = _outlines(recorded.labels(photo.name))
            sessions.append(SessionPictures(photo.session, outlines, tuple(named)))
        matrix = ((STEP, 0.0, float(CUT)), (0.0, STEP, float(CUT)), (0.0, 0.0, 1.0))
        number = recorded.measurement.number
        pictures = CoursePictures(number, *size, 0.12, matrix, tuple(sessions), ())
        keep_derived(record, row, row["measurement_id"], {**files, MANIFEST: write_manifest(pictures)})
        return pictures


def _jpeg(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG")
    return file.getvalue()


def _outlines(labels):
    found = {}
    for lesion in np.unique(labels)[1:]:
        rings, _ = cv2.findContours((labels == lesion).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        found[int(lesion)] = tuple(
            tuple((float((x - CUT) / STEP), float((y - CUT) / STEP)) for x, y in ring[:, 0]) for ring in rings
        )
    return found
