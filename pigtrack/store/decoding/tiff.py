"""TIFF of 8 or 16 bits: its one full page, and its pixels. TIFF 6.0, and Adobe's supplement of 2002."""

import io
import struct
from typing import Any, cast

import numpy as np

from pigtrack.model.photograph import Pixels
from pigtrack.store.capture import Exif
from pigtrack.store.containers import SEND_AGAIN, Refusal
from pigtrack.store.decoding.opened import SAVE_AS_RGB, Opened, as_bytes, judge_memory, judge_size, muffled, open_pillow
from pigtrack.store.traces import xmp_traces

_PLAIN = 1
_PACKED = frozenset({5, 8, 32946, 32773})
"""LZW, Deflate (two numbers) and PackBits. They are left to libtiff, which never unpacks more than the header told:
a megabyte of Deflate may hold a gigabyte."""

_NO_ALPHA = 0
"""An extra channel that the file says nothing about."""


def open_tiff(data: bytes) -> Opened:
    """Read the directories of a TIFF file."""
    import tifffile

    with io.BytesIO(data) as file, tifffile.TiffFile(file) as tiff:  # left open, it would keep the bytes in memory
        pages = [page for page in tiff.pages if not getattr(page, "is_reduced", False)]
        if not pages:
            raise Refusal("is damaged", SEND_AGAIN)
        if len(pages) != 1:
            raise Refusal(f"holds {len(pages)} full pictures", "Save one picture a file.")
        page: Any = pages[0]
        _judge(page, len(data))
        tags = {tag.name: tag.value for tag in page.tags}
        start = page.tags.get("Orientation")
    turned = int(tags.get("Orientation", 1))
    return Opened(
        exif=Exif(data),
        orientation=turned if 1 <= turned <= 8 else 1,
        decode=lambda: _decode(data, page, None if start is None else start.valueoffset),
        profile=tags.get("InterColorProfile") or tags.get("ICCProfile"),
        traces=xmp_traces(as_bytes(tags.get("XMP"))),
    )


def _judge(page: Any, size: int) -> None:
    judge_size(page.imagewidth, page.imagelength)
    if page.tags.get("DNGVersion") is not None:
        raise Refusal("is a camera raw file (DNG) under another name", "Give it back its suffix .dng.")
    if page.photometric.name != "RGB" or page.samplesperpixel not in (3, 4):
        grey = page.photometric.name.startswith("MINIS")
        raise Refusal("has no colour" if grey else "has other colours than R, G and B", SAVE_AS_RGB)
    if page.dtype not in (np.dtype(np.uint8), np.dtype(np.uint16)) or page.imagedepth != 1:
        raise Refusal("has an unusual kind of TIFF pixels", SAVE_AS_RGB)
    deep_planes = page.dtype == np.uint16 and _in_planes(page)
    if page.compression != _PLAIN and (page.compression not in _PACKED or deep_planes):
        raise Refusal(f"is compressed in an unusual way ({page.compression.name})", SAVE_AS_RGB)
    judge_memory(_memory(page, size), "TIFF", "Save it without compression and alpha, or with 8 bits.")
    if any(at + count > size for at, count in zip(page.dataoffsets, page.databytecounts, strict=True)):
        raise Refusal("is cut short", SEND_AGAIN)


def _memory(page: Any, size: int) -> int:
    """Bytes that are held at once: the file; a copy of it and two of its pixels to unpack; colours apart from alpha."""
    pixels = page.imagewidth * page.imagelength
    stored = page.dtype.itemsize * page.samplesperpixel * pixels
    apart = (3 * page.dtype.itemsize + 1) * pixels if page.samplesperpixel == 4 else 0
    return int(size + apart + (0 if page.compression == _PLAIN else size + 2 * stored))


def _in_planes(page: Any) -> bool:
    return bool(page.planarconfig.name == "SEPARATE")


def _decode(data: bytes, page: Any, orientation_at: int | None) -> Pixels:
    if page.compression != _PLAIN:
        pixels = _unpack(data, page, orientation_at)
    else:
        pixels = _as_stored(data, page) if page.is_contiguous else _gather(data, page)
        if _in_planes(page):
            pixels = cast(Pixels, np.ascontiguousarray(np.moveaxis(pixels, 0, -1)))
    return pixels[..., :3] if tuple(page.extrasamples) == (_NO_ALPHA,) else pixels


def _as_stored(data: bytes, page: Any) -> Pixels:
    """Pixels that lie in the file in one piece: no copy is made unless the bytes' order asks for it."""
    stored = np.dtype(page.dtype).newbyteorder(page.parent.byteorder)
    pixels = np.frombuffer(data, stored, int(np.prod(page.shape)), page.dataoffsets[0])
    return cast(Pixels, pixels.reshape(page.shape).astype(page.dtype, copy=False))


def _gather(data: bytes, page: Any) -> Pixels:
    """Put strips or tiles together by tifffile."""
    import tifffile

    with io.BytesIO(data) as file, tifffile.TiffFile(file) as tiff:
        pixels: Pixels = tiff.pages[page.index].asarray(maxworkers=1)
        return pixels


def _unpack(data: bytes, page: Any, orientation_at: int | None) -> Pixels:
    """Unpack by OpenCV; but 8 bits with alpha by Pillow, as OpenCV would multiply them with it.

    Both would turn the pixels, as we do: the orientation is overwritten first. What libtiff complains of while it
    unpacks is pixels that it could not.
    """
    from pigtrack.imaging import opencv  # who only reads headers, as a server does, spares it

    if orientation_at is not None:
        upright = struct.pack("<H" if data[:2] == b"II" else ">H", 1)
        data = data[:orientation_at] + upright + data[orientation_at + 2 :]
    with muffled() as said:
        by_pillow = page.dtype == np.uint8 and page.samplesperpixel == 4
        pixels = np.asarray(open_pillow(data, "TIFF")) if by_pillow else opencv.decode_rgb(data)
    if said:
        raise Refusal("is damaged", SEND_AGAIN)
    return cast(Pixels, pixels)
