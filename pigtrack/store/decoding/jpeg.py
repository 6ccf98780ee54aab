"""JPEG: the marks of a file, walked by hand, and its pixels. ITU-T T.81; names of tables as there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
import simplejpeg

from pigtrack.model.photograph import Encoding, Pixels
from pigtrack.store.capture import Exif
from pigtrack.store.containers import SEND_AGAIN, Refusal
from pigtrack.store.decoding.opened import Opened, judge_mode, judge_size, open_pillow
from pigtrack.store.traces import jpeg_traces

_END, _SCAN, _LONE = 0xD9, 0xDA, (0x01, 0xD8)
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = 0xC2
_READ = frozenset({0xC0, 0xC1, _PROGRESSIVE})
"""Baseline, extended and progressive, all with Huffman codes: what cameras and programs write."""

_MOST_MARKS, _MOST_SCANS = 10_000, 64
"""Far more than any camera or program writes; each scan costs another walk over all pixels."""

_WINDOW = 1 << 16

_APPENDED_SEEN = 64_000_000
"""Bytes behind the picture in which phones' own pictures are looked for."""

_EXIF, _XMP, _XMP_MORE = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0", b"http://ns.adobe.com/xmp/extension/\0"
_PROFILE = b"ICC_PROFILE\0"
_APP1, _APP2 = 0xE1, 0xE2

_ODD_SAMPLING = "subsampling"
_PADDED = re.compile(r"(\d+) extraneous bytes before marker 0xd9")
_HARMLESS = re.compile(r"Invalid SOS parameters|JFIF revision|Adobe color transform|Inconsistent progression")
"""What libjpeg-turbo remarks on headers; every other remark is about pixels that it had to make up."""


@dataclass(frozen=True, slots=True)
class JpegLayout:
    """How the first picture in a JPEG file is built.

    Attributes
    ----------
    end : int
        Offset behind its end mark; phones append what they like there.
    width, height, components : int
        Of its frame.
    progressive : bool
        Whether it sharpens scan by scan.
    blocks : mapping of int to tuple of bytes
        Contents of its other segments, by the mark's second byte.
    """

    end: int
    width: int
    height: int
    components: int
    progressive: bool
    blocks: Mapping[int, tuple[bytes, ...]]

    def block(self, mark: int, start: bytes) -> bytes | None:
        """Return the first segment of a mark that starts so, without its start."""
        return next((each[len(start) :] for each in self.blocks.get(mark, ()) if each.startswith(start)), None)

    @property
    def profile(self) -> bytes | None:
        """The ICC profile, put together from its numbered parts. ICC.1:2022, B.4."""
        parts = [each[len(_PROFILE) :] for each in self.blocks.get(_APP2, ()) if each.startswith(_PROFILE)]
        return b"".join(part[2:] for part in sorted(parts, key=lambda part: part[:1])) or None

    @property
    def xmp(self) -> bytes:
        """The XMP block and what did not fit into it."""
        blocks = self.blocks.get(_APP1, ())
        return b"".join(each for each in blocks if each.startswith((_XMP, _XMP_MORE)))


def open_jpeg(data: bytes) -> Opened:
    """Read the segments of a JPEG file."""
    layout = jpeg_layout(data)
    judge_size(layout.width, layout.height)
    judge_mode({1: "L", 3: "RGB", 4: "CMYK"}.get(layout.components, f"of {layout.components} components"))
    exif, profile = Exif(layout.block(_APP1, _EXIF)), layout.profile
    return Opened(
        exif=exif,
        orientation=exif.orientation,
        decode=lambda: _decode(data, layout),
        profile=profile,
        encoding=Encoding.ADOBE_RGB if exif.says_adobe_rgb and not profile else None,
        traces=jpeg_traces(
            data[layout.end : layout.end + _APPENDED_SEEN], layout.blocks, layout.xmp, progressive=layout.progressive
        ),
    )


def _decode(data: bytes, layout: JpegLayout) -> Pixels:
    """Decode by libjpeg-turbo with its exact integer transform and smooth chroma.

    Both are specified to the bit, so that every machine makes the same pixels. A file of which the decoder had to
    make up a part is refused.
    """
    try:
        return cast(Pixels, simplejpeg.decode_jpeg(data, "RGB", strict=True))
    except ValueError as fault:
        said = str(fault)
        if (
            _ODD_SAMPLING in said
        ):  # its interface knows the usual chroma patterns alone; the same library below knows all
            return np.asarray(open_pillow(data[: layout.end], "JPEG"))
        if "Premature end" in said or "premature end" in said:
            raise Refusal("is cut short", SEND_AGAIN) from fault
        if not _HARMLESS.search(said) and not _is_padding(data[: layout.end], said):
            raise Refusal("is damaged", SEND_AGAIN) from fault
    return cast(Pixels, simplejpeg.decode_jpeg(data, "RGB", strict=False))


def _is_padding(data: bytes, said: str) -> bool:
    """Tell whether the bytes that the decoder found left over are mere filling before the end mark."""
    found = _PADDED.search(said)
    left_over = data[-2 - int(found[1]) : -2] if found else b""
    return len(set(left_over)) == 1


def jpeg_layout(data: bytes) -> JpegLayout:
    """Walk the marks of the first picture in a JPEG file; refuse one that was cut short or is of a rare kind."""
    blocks: dict[int, list[bytes]] = {}
    at = 2
    for _ in range(_MOST_MARKS):
        found = _next_mark(data, at)
        if found is None:
            break
        mark, at = data[found], found + 1
        if mark == _END:
            return _layout(blocks, at)
        if mark in _LONE:
            continue
        length = max(2, int.from_bytes(data[at : at + 2], "big"))
        blocks.setdefault(mark, []).append(data[at + 2 : at + length])
        at += length
    raise Refusal("is cut short", SEND_AGAIN)


def _next_mark(data: bytes, at: int) -> int | None:
    """Offset of the second byte of the next mark; stuffed zeros and restarts belong to the picture's data."""
    for start in range(at, len(data) - 1, _WINDOW):
        codes = np.frombuffer(data, np.uint8, min(_WINDOW + 1, len(data) - start), start)
        seconds = np.flatnonzero(codes[:-1] == 0xFF) + 1
        kinds = codes[seconds]
        marks = seconds[(kinds != 0) & (kinds != 0xFF) & (kinds & 0xF8 != 0xD0)]
        if marks.size:
            return start + int(marks[0])
    return None


def _layout(blocks: dict[int, list[bytes]], end: int) -> JpegLayout:
    frames = [(mark, block) for mark in sorted(_FRAMES) for block in blocks.get(mark, ())]
    scans = blocks.get(_SCAN, [])
    if len(frames) != 1 or len(frames[0][1]) < 6:
        raise Refusal("is damaged", SEND_AGAIN)
    kind, frame = frames[0]
    if kind not in _READ or frame[0] != 8 or len(scans) > _MOST_SCANS:
        raise Refusal("is a JPEG of a rare kind", "Save it as a plain JPEG of 8 bits.")
    if not scans or (kind == _PROGRESSIVE and _lacks_scans(scans)):
        raise Refusal("is cut short", SEND_AGAIN)
    height, width = int.from_bytes(frame[1:3], "big"), int.from_bytes(frame[3:5], "big")
    kept = {mark: tuple(segments) for mark, segments in blocks.items()}
    return JpegLayout(end, width, height, frame[5], kind == _PROGRESSIVE, kept)


def _lacks_scans(scans: list[bytes]) -> bool:
    """Tell whether a progressive picture lacks the last bits of any coefficient. ITU-T T.81, B.2.3 and G.1.1.1."""
    done: dict[int, set[int]] = {}
    for scan in scans:
        count = scan[0] if scan else 0
        components = scan[1 : 1 + 2 * count : 2]
        first, last, bits = (*scan[1 + 2 * count : 4 + 2 * count], 0, 0, 0)[:3]
        for component in components:
            done.setdefault(component, set()).update(range(first, last + 1) if bits & 15 == 0 else ())
    return any(coefficients < set(range(64)) for coefficients in done.values())
