"""HEIC: its boxes, walked before any library sees them, and its pixels. ISO/IEC 14496-12 and 23008-12."""

import io
import struct
from typing import Any

import numpy as np

from pigtrack.model.photograph import Pixels
from pigtrack.store.capture import Exif
from pigtrack.store.containers import SEND_AGAIN, Refusal
from pigtrack.store.decoding.opened import Opened, as_bytes, judge_mode, judge_size
from pigtrack.store.profiles import honour_numbers
from pigtrack.store.traces import heic_traces, xmp_traces


def open_heic(data: bytes) -> Opened:
    """Read the boxes of a HEIC file."""
    import pi_heif

    names = item_names(data)
    pi_heif.options.DECODE_THREADS = 1  # as everywhere in a worker
    pi_heif.options.AUX_IMAGES = pi_heif.options.DEPTH_IMAGES = pi_heif.options.THUMBNAILS = False
    opened = pi_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=False)
    picture = opened[opened.primary_index]
    judge_size(*picture.size)
    judge_mode(picture.mode.split(";")[0])
    profile, numbers = picture.info.get("icc_profile"), picture.info.get("nclx_profile") or {}
    return Opened(
        exif=Exif(picture.info.get("exif")),
        orientation=1,  # libheif has turned it, as the container asks
        decode=lambda: _decode(picture),
        profile=profile,
        encoding=honour_numbers(numbers.get("color_primaries", 2), numbers.get("transfer_characteristics", 2), profile),
        traces=(*heic_traces(names), *xmp_traces(as_bytes(picture.info.get("xmp")))),
    )


def _decode(picture: Any) -> Pixels:
    """Decode, and fill the low bits that 10 or 12 bits leave free, so that white is the highest code.

    A copy is made in any case: the library's own array lies in memory that ends with its picture.
    """
    pixels: Pixels = np.array(picture)
    return pixels if pixels.dtype == np.uint8 else np.asarray(pixels | (pixels >> picture.info["bit_depth"]))


_ITEM_LISTS = {b"meta": 4, b"iinf": 6, b"iprp": 0, b"ipco": 0}
"""Boxes with boxes inside, and the bytes before these (version 0 of ``iinf``); ISO/IEC 14496-12 and 23008-12."""


def item_names(data: bytes) -> bytes:
    """Names of what a HEIC file holds, one after the other; refuse a file that is cut short or whose names are no text.

    libheif's Python binding crashes the whole process on a name that is not UTF-8, so they are looked at here.
    """
    return b" ".join(_names(data, 0, len(data)))


def _names(data: bytes, at: int, end: int) -> list[bytes]:
    """Names in all boxes between two offsets: entries of items, and kinds of auxiliary pictures."""
    found: list[bytes] = []
    seen: set[bytes] = set()
    while at < end:
        if {b"meta", b"mdat"} <= seen and not _holds_box(data, at, end):
            break  # phones append what they like behind the picture
        size, kind, start = _box(data, at, end)
        if kind in _ITEM_LISTS:
            skipped = _ITEM_LISTS[kind] + (2 if kind == b"iinf" and data[start : start + 1] != b"\0" else 0)
            found += _names(data, start + skipped, at + size)
        elif kind == b"infe":
            found.append(_text_of(data[start + 8 : at + size]))
        elif kind == b"auxC":
            found.append(_text_of(data[start + 4 : at + size].split(b"\0")[0]))
        seen.add(kind)
        at += size
    return found


def _holds_box(data: bytes, at: int, end: int) -> bool:
    try:
        _box(data, at, end)
    except Refusal:
        return False
    return True


def _box(data: bytes, at: int, end: int) -> tuple[int, bytes, int]:
    """Size, kind and the offset of the contents of the box that starts at an offset."""
    if at + 8 > end:
        raise Refusal("is cut short", SEND_AGAIN)
    size, kind = struct.unpack_from(">I4s", data, at)
    start = at + 8
    if size == 1:
        size, start = int.from_bytes(data[at + 8 : at + 16], "big"), at + 16
    size = size or end - at
    if size < start - at or at + size > end:
        raise Refusal("is cut short", SEND_AGAIN)
    return size, kind, start


def _text_of(name: bytes) -> bytes:
    try:
        name.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise Refusal("is damaged", SEND_AGAIN) from fault
    return name
