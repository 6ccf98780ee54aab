"""What a photograph's file tells beside its pixels, cut out without touching the pixels.

A JPEG or PNG is taken apart into its segments or chunks; those that decide what colour a pixel is stay, byte for byte.
All else goes: place, time, owner, serial numbers, thumbnails, and whatever a phone hangs behind the picture's end.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from pigtrack.errors import ExportError

JPEG_START, JPEG_END = b"\xff\xd8", b"\xff\xd9"
_SCAN = 0xDA
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""Markers that begin a frame, by kind of coding; ITU-T T.81, table B.1."""
_APPLICATION, _COMMENT = range(0xE0, 0xF0), 0xFE
_AFTER_SCAN = re.compile(rb"\xff+([\x01-\xcf\xd8-\xfe])")
"""A marker inside coded data: 0xFF before neither a stuffed zero nor a restart."""

_ICC = b"ICC_PROFILE\x00"
_JFIF = b"JFIF\x00"
_JFIF_BYTES = 14
"""Of the JFIF segment up to its thumbnail's size, both sides included."""

_PNG_START = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset(b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP sBIT bKGD pHYs cICP mDCV cLLI".split())
"""Chunks that a pixel's colour and shape rest on; W3C PNG, third edition."""

_ORIENTATION = 0x0112
"""EXIF: how the stored pixels are to be turned."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a JPEG file: its marker, and its bytes as they stand, marker and coded data included."""

    marker: int
    data: bytes

    @property
    def body(self) -> bytes:
        """What the segment holds, without marker and length."""
        return self.data[4:]


def clean_picture(data: bytes, *, name: str = "") -> bytes:
    """Return a JPEG or PNG with the same pixels and colours, and nothing else than how it is to be turned.

    Raises
    ------
    ExportError
        If it is neither, or damaged.
    """
    if data.startswith(JPEG_START):
        return clean_jpeg(data, name=name)
    if data.startswith(_PNG_START):
        return _clean_png(data, name)
    raise ExportError(
        f"{name or 'A photograph'} is neither JPEG nor PNG, so what its file tells beside the pixels can't be cut out.",
        "Export without originals, or with dates.",
    )


def clean_jpeg(data: bytes, *, turned: bool = True, name: str = "") -> bytes:
    """Return a JPEG without its metadata; the coded pixels are the same bytes.

    Parameters
    ----------
    data : bytes
    turned : bool
        Keep how the pixels are to be turned, where they are.
    name : str
        Of the photograph, for what is said of a damaged one.

    Raises
    ------
    ExportError
        If it is damaged.
    """
    segments = list(read_segments(data, name=name))
    way = exif_orientation(segments) if turned else 1
    kept = b"".join(_kept(segment) for segment in segments)
    return JPEG_START + (b"" if way == 1 else _orientation_segment(way)) + kept + JPEG_END


def read_segments(data: bytes, *, name: str = "") -> Iterator[Segment]:
    """Yield the segments of a JPEG between its start and its end; what follows the end is left out.

    Raises
    ------
    ExportError
        If it is damaged.
    """
    at = len(JPEG_START)
    while data[at : at + 2] != JPEG_END:
        found = _AFTER_SCAN.match(data, at)
        if found is None or found.end() + 2 > len(data):
            raise _damaged(name)
        marker, start = found[1][0], found.end() - 2
        end = start + 2 + int.from_bytes(data[found.end() : found.end() + 2], "big")
        if marker == _SCAN:
            after = _AFTER_SCAN.search(data, end)
            if after is None:
                raise _damaged(name)
            end = after.end() - 2
        yield Segment(marker, data[start:end])
        at = end


def coding(segments: list[Segment]) -> int:
    """Return how a JPEG is coded: the low half of its frame marker, 0 baseline, 1 extended, 2 progressive."""
    return next((segment.marker & 0x0F for segment in segments if segment.marker in _FRAMES), -1)


def frame_of(segments: list[Segment]) -> bytes:
    """Return the body of a JPEG's frame header: precision, rows, columns, components."""
    return next((segment.body for segment in segments if segment.marker in _FRAMES), b"")


def icc_profile(segments: list[Segment]) -> bytes:
    """Return a JPEG's colour profile, put together of its parts; empty where it has none."""
    parts = [each.body[len(_ICC) :] for each in segments if each.marker == 0xE2 and each.body.startswith(_ICC)]
    return b"".join(part[2:] for part in sorted(parts, key=lambda part: part[0]))


def adobe_transform(segments: list[Segment]) -> int | None:
    """Return what an Adobe segment says of the colours' coding: 0 as they are, 1 YCbCr; None: there is none."""
    found = (each.body for each in segments if each.marker == 0xEE and each.body.startswith(b"Adobe"))
    body = next(found, b"")
    return body[11] if len(body) > 11 else None


def exif_orientation(segments: list[Segment]) -> int:
    """Return how a JPEG's stored pixels are to be turned, 1 to 8 as in EXIF; 1: they are upright."""
    found = (each.body[6:] for each in segments if each.marker == 0xE1 and each.body.startswith(b"Exif\0\0"))
    return _tiff_orientation(next(found, b""))


def _kept(segment: Segment) -> bytes:
    marker, body = segment.marker, segment.body
    if marker == 0xE0:
        if not body.startswith(_JFIF) or len(body) < _JFIF_BYTES:
            return b""
        return b"\xff\xe0" + struct.pack(">H", _JFIF_BYTES + 2) + body[: _JFIF_BYTES - 2] + b"\0\0"
    if marker == 0xE2:
        return segment.data if body.startswith(_ICC) else b""
    if marker == 0xEE:
        return b"\xff\xee\x00\x0e" + body[:12] if body.startswith(b"Adobe") and len(body) >= 12 else b""
    return b"" if marker in _APPLICATION or marker == _COMMENT else segment.data


def _tiff_orientation(block: bytes) -> int:
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    if order is None or len(block) < 8:
        return 1
    (start,) = struct.unpack_from(f"{order}I", block, 4)
    if start + 2 > len(block):
        return 1
    (count,) = struct.unpack_from(f"{order}H", block, start)
    for index in range(count):
        at = start + 2 + 12 * index
        if at + 12 > len(block):
            break
        tag, kind = struct.unpack_from(f"{order}HH", block, at)
        if tag == _ORIENTATION and kind == 3:
            (way,) = struct.unpack_from(f"{order}H", block, at + 8)
            return way if 1 <= way <= 8 else 1
    return 1


def _orientation_block(way: int) -> bytes:
    """Return the smallest EXIF block that says how pixels are to be turned."""
    return b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, _ORIENTATION, 3, 1, way, 0, 0)


def _orientation_segment(way: int) -> bytes:
    body = b"Exif\0\0" + _orientation_block(way)
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def _clean_png(data: bytes, name: str) -> bytes:
    kept, at = [_PNG_START], len(_PNG_START)
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        chunk = data[at : at + 12 + length]
        if len(chunk) < 12 + length:
            raise _damaged(name)
        if kind == b"eXIf" and (way := _tiff_orientation(chunk[8:-4])) != 1:
            kept.append(_chunk(b"eXIf", _orientation_block(way)))
        if kind in _PNG_KEPT:
            kept.append(chunk)
        if kind == b"IEND":
            return b"".join(kept)
        at += len(chunk)
    raise _damaged(name)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _damaged(name: str) -> ExportError:
    return ExportError(
        f"{name or 'A photograph'} is damaged: its file ends in the middle.", "Run pigtrack verify on the record."
    )
