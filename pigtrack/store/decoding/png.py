"""PNG: its chunks, walked and summed, and its pixels of 8 or 16 bits. ISO/IEC 15948."""

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from PIL import Image

from pigtrack.model.photograph import Pixels
from pigtrack.store.capture import Exif
from pigtrack.store.containers import SEND_AGAIN, Refusal
from pigtrack.store.decoding.opened import Opened, as_bytes, judge_memory, judge_mode, judge_size, muffled, open_pillow
from pigtrack.store.profiles import honour_numbers
from pigtrack.store.traces import program_traces, xmp_traces


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
    numbers: tuple[int, int]
    """Colour primaries and transfer curve, as ITU-T H.273 counts them; 2 and 2 where the file is silent."""
    essential: tuple[slice, ...]
    """Where the chunks lie that alone make up the pixels."""


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
    exif, coded = spans.get(b"eXIf"), spans.get(b"cICP")
    numbers = data[coded[0]][:2] if coded else b""
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
        numbers=(numbers[0], numbers[1]) if len(numbers) == 2 else (2, 2),
        essential=tuple(slice(span.start - 8, span.stop + 4) for span in essential),
    )


def open_png(data: bytes) -> Opened:
    """Read the chunks of a PNG file."""
    layout = png_layout(data)
    if layout.animated:
        raise Refusal("is an animation", "Give one still photograph.")
    judge_size(layout.width, layout.height)
    picture: Image.Image
    if layout.depth == 16 and layout.colour_type in (2, 6):
        picture = Image.open(io.BytesIO(data), formats=["PNG"])
        decode: Callable[[], Any] = lambda: _decode_deep(data, layout)  # noqa: E731
    else:
        picture = open_pillow(data, "PNG")
        judge_mode(picture.mode)
        decode = lambda: np.asarray(picture)  # noqa: E731
    exif, told = Exif(layout.exif), picture.info
    profile = told.get("icc_profile")
    xmp = as_bytes(told.get("xmp")) or as_bytes(told.get("XML:com.adobe.xmp"))
    traces = (*program_traces(told.get("Software")), *xmp_traces(xmp))
    return Opened(exif, exif.orientation, decode, profile, honour_numbers(*layout.numbers, profile), traces)


def _decode_deep(data: bytes, layout: PngLayout) -> Pixels:
    """Decode 16 bits a channel, which Pillow can't hold."""
    from pigtrack.imaging import opencv  # who only reads headers, as a server does, spares it

    pixels = layout.width * layout.height * (6 if layout.colour_type == 2 else 8)
    judge_memory(2 * (pixels + len(data)), "PNG of 16 bits", "Save it as TIFF.")
    if layout.interlaced:
        raise Refusal("is an interlaced PNG of 16 bits", "Save it without interlacing.")
    try:
        with muffled():
            return cast(Pixels, opencv.decode_rgb(data[:8] + b"".join(data[span] for span in layout.essential)))
    except ValueError as fault:
        raise Refusal("is damaged", SEND_AGAIN) from fault
