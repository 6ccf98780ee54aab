"""Photographs as a browser sends them: what they are, told by their bytes; what they are called is not believed."""

import warnings
from dataclasses import dataclass
from pathlib import PurePath

from pigtrack.errors import PhotographError
from pigtrack.store.containers import MEDIA_TYPES, RAW_SUFFIXES, SEND_AGAIN, Kind, Refusal, recognise

BYTES_MOST = 128 * 1024 * 1024
"""A raw photograph of 50 megapixels has 60 to 100 MB."""

_SUFFIXES = {Kind.JPEG: ".jpg", Kind.PNG: ".png", Kind.TIFF: ".tif", Kind.HEIC: ".heic", Kind.RAW: ".dng"}
_START = 64


@dataclass(frozen=True, slots=True)
class Arrived:
    """A photograph's bytes, their kind, and the suffix that a file of that kind has."""

    data: bytes
    media_type: str
    suffix: str


def look_at_arrival(data: bytes, *, name: str = "") -> Arrived:
    """Tell what arrived, and refuse what can't be a photograph: by its first bytes and its header, not by its pixels.

    Parameters
    ----------
    name : str
        What the sender calls it. Only a camera's own suffix is heeded, as raw files begin like TIFF.

    Raises
    ------
    PhotographError
        If it is empty, too large, no kind of picture that is read, or its header can't be.
    """
    suffix = PurePath(name[-20:]).suffix.lower()
    try:
        if not data:
            raise Refusal("is empty", "Take or choose it again.")
        if len(data) > BYTES_MOST:
            raise Refusal(f"is larger than {BYTES_MOST // 2**20} MB", "Export it at a smaller size.")
        kind = recognise(data[:_START], suffix)
        _read_header(data, kind)
    except Refusal as refusal:
        raise PhotographError(f"The photograph {refusal.reason}.", refusal.remedy) from refusal
    return Arrived(data, MEDIA_TYPES[kind], suffix if kind is Kind.RAW and suffix in RAW_SUFFIXES else _SUFFIXES[kind])


def _read_header(data: bytes, kind: Kind) -> None:
    """Read a header as decoding would, but for raw files, whose library writes to the whole process's error stream."""
    if kind is Kind.RAW:
        return
    from pigtrack.store.decoding import open_bytes  # the decoders take 20 MB: only who takes photographs in needs them

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            open_bytes(data, kind)
    except (Refusal, MemoryError):
        raise
    except Exception as fault:  # damaged bytes make foreign decoders raise anything at all
        raise PhotographError("The photograph can't be decoded.", SEND_AGAIN) from fault
