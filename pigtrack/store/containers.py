"""What a file is, told from its bytes and never from its name, and whether it is whole."""

import re
import struct
import zlib
from dataclasses import dataclass
from enum import Enum


class Refusal(Exception):
    """Why the bytes can't be used: ``reason`` completes the sentence "The photograph …"."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


class Kind(Enum):
    """The containers that are read."""

    JPEG = "JPEG"
    PNG = "PNG"
    TIFF = "TIFF"
    HEIC = "HEIC"
    RAW = "camera raw"


CHOOSE_ANOTHER = "Give a photograph as JPEG, PNG, TIFF, HEIC or camera raw."
SEND_AGAIN = "Copy it from the camera again."

RAW_SUFFIXES = frozenset({".dng", ".cr2", ".cr3", ".nef", ".nrw", ".arw", ".raf", ".rw2", ".orf", ".pef", ".srw"})
"""TIFF and raw files begin alike, so here alone the name is asked."""

_STARTS = (
    (b"%PDF", "a PDF document"),
    (b"GIF8", "a GIF picture"),
    (b"BM", "a BMP picture"),
    (b"8BPS", "a Photoshop document"),
    (b"PK\x03\x04", "an archive or office document"),
    (b"\x1aE\xdf\xa3", "a video"),
    (b"\x00\x00\x01\xba", "a video"),
    (b"<svg", "a drawing"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL picture"),
)
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"mif2"})
_RAW_STARTS = (b"FUJIFILMCCD-RAW", b"IIU\x00", b"IIRO", b"IIRS", b"MMOR")
_TIFF_STARTS = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")


def recognise(start: bytes, suffix: str) -> Kind:
    """Tell the container from the first bytes of a file.

    Parameters
    ----------
    start : bytes
        At least the first 32 bytes.
    suffix : str
        Of the file's name, with its dot; tells raw files from TIFF.
    """
    if start.startswith(b"\xff\xd8\xff"):
        return Kind.JPEG
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return Kind.PNG
    if start.startswith(_RAW_STARTS):
        return Kind.RAW
    if start.startswith(_TIFF_STARTS):
        return Kind.RAW if suffix.lower() in RAW_SUFFIXES or start[8:10] == b"CR" else Kind.TIFF
    if start[4:8] == b"ftyp":
        return _boxed(start[8:12])
    raise Refusal(f"is {_other(start)}", CHOOSE_ANOTHER)


def _boxed(brand: bytes) -> Kind:
    if brand in _HEIC_BRANDS:
        return Kind.HEIC
    if brand == b"crx ":
        return Kind.RAW
    if brand in (b"avif", b"avis"):
        raise Refusal("is an AVIF picture", CHOOSE_ANOTHER)
    if brand in (b"hevc", b"hevx", b"msf1"):
        raise Refusal("is a sequence of pictures", "Give one still photograph.")
    raise Refusal("is a video", "Give a still photograph.")


def _other(start: bytes) -> str:
    for mark, what in _STARTS:
        if start.startswith(mark):
            return what
    if start[:4] == b"RIFF":
        return "a WebP picture" if start[8:12] == b"WEBP" else "a video or sound"
    text = bytes(range(32, 127)) + b"\t\r\n"
    return "a text" if not start.translate(None, text) else "no picture"


_JPEG_MARK = re.compile(rb"\xff+([\x01-\xcf\xd8-\xfe])")
"""Any mark but stuffed zeros and restarts, which belong to the picture's data."""


_END, _SCAN, _PROGRESSIVE, _LONE = 0xD9, 0xDA, 0xC2, (0x01, 0xD8)


@dataclass(frozen=True, slots=True)
class JpegLayout:
    """How a whole JPEG file is built: the offset behind its first end mark, and whether it sharpens scan by scan."""

    end: int
    progressive: bool


def jpeg_layout(data: bytes) -> JpegLayout:
    """Walk the marks of the first picture in a JPEG file; refuse one that was cut short."""
    at, progressive = 2, False
    scans: list[bytes] = []
    while found := _JPEG_MARK.search(data, at):
        mark, at = found[1][0], found.end()
        if mark == _END:
            if not scans or (progressive and _lacks_scans(scans)):
                break
            return JpegLayout(at, progressive)
        if mark in _LONE:
            continue
        length = max(2, int.from_bytes(data[at : at + 2], "big"))
        progressive = progressive or mark == _PROGRESSIVE
        scans += [data[at + 2 : at + length]] if mark == _SCAN else []
        at += length
    raise Refusal("is cut short", SEND_AGAIN)


def _lacks_scans(scans: list[bytes]) -> bool:
    """Tell whether a progressive picture lacks the last bits of any coefficient. ITU-T T.81, B.2.3 and G.1.1.1."""
    done: dict[int, set[int]] = {}
    for scan in scans:
        count = scan[0] if scan else 0
        components, (first, last, bits) = (
            scan[1 : 1 + 2 * count : 2],
            (*scan[1 + 2 * count : 4 + 2 * count], 0, 0, 0)[:3],
        )
        for component in components:
            done.setdefault(component, set()).update(range(first, last + 1) if bits & 15 == 0 else ())
    return any(coefficients < set(range(64)) for coefficients in done.values())


@dataclass(frozen=True, slots=True)
class PngLayout:
    """What the chunks of a whole PNG file tell."""

    width: int
    height: int
    depth: int
    colour_type: int
    interlaced: bool
    animated: bool
    transparent: bool
    exif: bytes | None
    essential: tuple[slice, ...]
    """Where the chunks lie that alone make up the pixels."""
    data: tuple[slice, ...]
    """Where the compressed pixels lie."""


def png_layout(data: bytes) -> PngLayout:
    """Walk the chunks of a PNG file, checking every checksum; refuse one that is cut short or damaged."""
    spans: dict[bytes, list[slice]] = {}
    at = 8
    while not spans.get(b"IEND"):
        if at + 12 > len(data):
            raise Refusal("is cut short", SEND_AGAIN)
        size, name = struct.unpack_from(">I4s", data, at)
        if at + 12 + size > len(data):
            raise Refusal("is cut short", SEND_AGAIN)
        if zlib.crc32(memoryview(data)[at + 4 : at + 8 + size]) != int.from_bytes(
            data[at + 8 + size : at + 12 + size], "big"
        ):
            raise Refusal("is damaged", SEND_AGAIN)
        spans.setdefault(name, []).append(slice(at + 8, at + 8 + size))
        at += 12 + size
    return _layout(data, spans)


def _layout(data: bytes, spans: dict[bytes, list[slice]]) -> PngLayout:
    header = data[spans[b"IHDR"][0]] if b"IHDR" in spans else b""
    if len(header) != 13 or b"IDAT" not in spans:
        raise Refusal("is damaged", SEND_AGAIN)
    width, height, depth, colour_type, _, _, interlace = struct.unpack(">IIBBBBB", header)
    exif = spans.get(b"eXIf")
    essential = [*spans[b"IHDR"][:1], *spans[b"IDAT"], *spans[b"IEND"]]
    return PngLayout(
        width=width,
        height=height,
        depth=depth,
        colour_type=colour_type,
        interlaced=interlace != 0,
        animated=b"acTL" in spans,
        transparent=colour_type in (4, 6) or b"tRNS" in spans,
        exif=data[exif[0]] if exif else None,
        essential=tuple(slice(span.start - 8, span.stop + 4) for span in essential),
        data=tuple(spans[b"IDAT"]),
    )


@dataclass(frozen=True, slots=True)
class HeicLayout:
    """What the boxes of a HEIC file tell besides the picture."""

    gain_map: bool
    depth_map: bool


_ITEM_LISTS = {b"meta": 4, b"iinf": 6, b"iprp": 0, b"ipco": 0}
"""Boxes with boxes inside, and the bytes before these (version 0 of ``iinf``); ISO/IEC 14496-12 and 23008-12."""


def heic_layout(data: bytes) -> HeicLayout:
    """Walk the boxes of a HEIC file; refuse one that is cut short or whose names are no text.

    libheif's Python binding crashes the whole process on a name that is not UTF-8, so they are looked at here.
    """
    names = b" ".join(_names(data, 0, len(data)))
    lowered = names.lower()
    return HeicLayout(b"hdrgainmap" in lowered, b"depth" in lowered or b"auxid:2" in lowered)


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
