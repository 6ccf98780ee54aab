"""Recorded courses in DICOM: photographs with their original pixels, and structured reports of what was measured."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pigtrack.errors import ExportError
from pigtrack.model.record import RecordedCourse, RecordedPhotograph

__all__ = ["measurement_report", "photographic_image"]

Decode = Callable[[bytes], NDArray[np.uint8]]
"""From a photograph's bytes to its upright pixels, uint8 sRGB of shape (rows, columns, 3)."""


def photographic_image(
    course: RecordedCourse, photograph: RecordedPhotograph, *, offsets: bool = False, decode: Decode | None = None
) -> bytes:
    """Return a photograph as a DICOM VL Photographic Image file.

    Parameters
    ----------
    course : RecordedCourse
    photograph : RecordedPhotograph
        One of the course's.
    offsets : bool
        No dates: days from the baseline stand in Longitudinal Temporal Offset from Event.
    decode : callable or None
        Used where the file is no baseline JPEG, the one kind that DICOM can hold as it is: its pixels are then written
        uncompressed, and the image says that it was derived.

    Returns
    -------
    bytes
        A file with meta information. The coded pixels of a baseline JPEG are in it byte for byte, its metadata (place,
        owner, serial numbers, thumbnails) is not; the colour profile is. Same record, same bytes.

    Raises
    ------
    ExportError
        If ``pigtrack[dicom]`` is not installed, the file is damaged, or it must be decoded and ``decode`` is None.
    OriginalError
        If the original can't be read.
    """
    require_dicom()
    from pigtrack.export.dicom.photographs import write_photograph

    return write_photograph(course, photograph, offsets=offsets, decode=decode)


def measurement_report(course: RecordedCourse, session: int, *, offsets: bool = False) -> bytes:
    """Return what was measured at a session as a DICOM structured report, TID 1500.

    Parameters
    ----------
    course : RecordedCourse
    session : int
        Its number, from 1.
    offsets : bool
        As for `photographic_image`, whose images the report refers to.

    Returns
    -------
    bytes
        A Comprehensive SR file. Every lesion has its tracking identifier, the same in all sessions, its outline on the
        session's first measured photograph, and its numbers with standard uncertainty.

    Raises
    ------
    ExportError
        If ``pigtrack[dicom]`` is not installed, nothing was measured at the session, or no photograph is left.
    ValueError
        If there is no such session.
    """
    require_dicom()
    from pigtrack.export.dicom.reports import write_report

    return write_report(course, session, offsets=offsets)


def require_dicom() -> None:
    """Make sure that DICOM can be written.

    Raises
    ------
    ExportError
        If what is needed is not installed.
    """
    try:
        import highdicom
        import pydicom  # noqa: F401
    except ImportError as fault:
        raise ExportError(
            "An export in DICOM needs pigtrack[dicom].", "Install it: pip install 'pigtrack[dicom]'."
        ) from fault
    del highdicom
