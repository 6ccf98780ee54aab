"""One decoder a container. Each reads the header first, so that size and kind are judged before any pixel is made."""

import io
import os
import struct
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from PIL import Image, UnidentifiedImageError

from pigtrack.imaging import opencv
from pigtrack.model.photograph import Encoding, Pixels
from pigtrack.store.capture import Exif, xmp_traces
from pigtrack.store.containers import SEND_AGAIN, Kind, Refusal, heic_layout, jpeg_layout, png_layout

SAVE_AS_RGB = "Save it as 8 or 16 bit RGB without compression, or as JPEG or PNG."
_MIN_SIDE = 64
_MAX_PIXELS = 100_000_000


@dataclass(frozen=True, slots=True)
class Opened:
    """A header that has passed, and the way to its pixels.

    Attributes
    ----------
    orientation : int
        EXIF's count of what is still to be turned; 1 where the decoder turns by itself.
    decode : callable
        Returns the stored pixels, shape (rows, columns, 3 or 4).
    encoding : Encoding or None
        None: told by the profile.
    """

    exif: Exif
    orientation: int
    decode: Callable[[], Pixels]
    profile: bytes | None = None
    encoding: Encoding | None = None
    traces: tuple[str, ...] = ()


def open_bytes(data: bytes, kind: Kind) -> Opened:
    """Read the header of a photograph of a known kind; refuse what can't be measured."""
    return {
        Kind.JPEG: _open_jpeg,
        Kind.PNG: _open_png,
        Kind.TIFF: _open_tiff,
        Kind.HEIC: _open_heic,
        Kind.RAW: _open_raw,
    }[kind](data)


def _judge_size(width: int, height: int) -> None:
    if width * height > _MAX_PIXELS:
        raise Refusal(f"has {width} x {height} pixels, more than 100 million", "Export it at a smaller size.")
    if min(width, height) < _MIN_SIDE:
        raise Refusal(
            f"has only {width} x {height} pixels", f"Give the full photograph, at least {_MIN_SIDE} pixels a side."
        )


def _judge_mode(mode: str) -> None:
    if mode in ("RGB", "RGBA"):
        return
    what = {"CMYK": "has printing colours (CMYK)", "P": "has a palette of at most 256 colours"}
    grey = mode in ("1", "L", "LA", "I", "F") or mode.startswith("I;16")
    raise Refusal("has no colour" if grey else what.get(mode, f"has colours of the kind {mode}"), SAVE_AS_RGB)


def _open_pillow(data: bytes, name: str) -> Image.Image:
    try:
        picture = Image.open(io.BytesIO(data), formats=[name])
    except Image.DecompressionBombError as fault:
        raise Refusal("has more than 100 million pixels", "Export it at a smaller size.") from fault
    except UnidentifiedImageError as fault:
        raise Refusal("is damaged", SEND_AGAIN) from fault
    _judge_size(*picture.size)
    _judge_mode(picture.mode)
    return picture


def _open_jpeg(data: bytes) -> Opened:
    layout = jpeg_layout(data)
    picture = _open_pillow(data, "JPEG")
    exif = Exif(picture.info.get("exif"))

    def decode() -> Pixels:
        pixels = np.asarray(picture)
        if not layout.progressive:
            _refuse_missing_end(pixels, data[: layout.end])
        return pixels

    return Opened(
        exif=exif,
        orientation=exif.orientation,
        decode=decode,
        profile=picture.info.get("icc_profile"),
        encoding=Encoding.ADOBE_RGB if exif.says_adobe_rgb and not picture.info.get("icc_profile") else None,
        traces=xmp_traces(_bytes(picture.info.get("xmp"))),
    )


def _refuse_missing_end(pixels: Pixels, data: bytes) -> None:
    """Refuse a picture whose last part was never written although an end mark follows.

    The decoder fills what is missing with exact mid grey. Where a picture *is* grey there, cutting four bytes more
    changes its last corner alone, as they hold at most 16 blocks; where data ended early, it changes the place
    where they ended.
    """
    if not (pixels[-8:, -64:] == 128).all():
        return
    shorter = Image.open(io.BytesIO(data[:-6].rstrip(b"\xff") + b"\xff\xd9"), formats=["JPEG"])
    changed = (np.asarray(shorter) != pixels).any(axis=2)
    changed[(len(changed) - 1) // 16 * 16 :, -64:] = False
    if changed.any():
        raise Refusal("is cut short", SEND_AGAIN)


def _open_png(data: bytes) -> Opened:
    layout = png_layout(data)
    if layout.animated:
        raise Refusal("is an animation", "Give one still photograph.")
    _judge_size(layout.width, layout.height)
    picture = _open_pillow(data, "PNG") if layout.depth != 16 or layout.colour_type not in (2, 6) else None
    decode: Callable[[], Any] = lambda: np.asarray(picture)  # noqa: E731
    if picture is None:
        decode = lambda: _decode_deep_png(data)  # noqa: E731
        picture = Image.open(io.BytesIO(data), formats=["PNG"])
    exif = Exif(layout.exif)
    xmp = xmp_traces(_bytes(picture.info.get("xmp")) or _bytes(picture.info.get("XML:com.adobe.xmp")))
    return Opened(exif, exif.orientation, decode, picture.info.get("icc_profile"), traces=xmp)


def _decode_deep_png(data: bytes) -> Pixels:
    """Decode 16 bits a channel, which Pillow can't hold, after making sure that nothing is missing or spoilt."""
    layout = png_layout(data)
    if layout.interlaced:
        raise Refusal("is an interlaced PNG of 16 bits", "Save it without interlacing.")
    row = 1 + layout.width * 2 * (3 if layout.colour_type == 2 else 4)
    try:
        raw = zlib.decompressobj().decompress(b"".join(data[span] for span in layout.data), row * layout.height + 1)
    except zlib.error as fault:
        raise Refusal("is damaged", SEND_AGAIN) from fault
    if len(raw) != row * layout.height or max(raw[::row]) > 4:
        raise Refusal("is damaged", SEND_AGAIN)
    return cast(Pixels, opencv.decode_rgb(data[:8] + b"".join(data[span] for span in layout.essential)))


def _open_tiff(data: bytes) -> Opened:
    import tifffile

    with tifffile.TiffFile(io.BytesIO(data)) as tiff:
        pages = [page for page in tiff.pages if not getattr(page, "is_reduced", False)]
        if not pages:
            raise Refusal("is damaged", SEND_AGAIN)
        if len(pages) != 1:
            raise Refusal(f"holds {len(pages)} full pictures", "Save one picture a file.")
        page: Any = pages[0]
        _judge_tiff(page, len(data))
        tags = {name: tag.value for name, tag in ((tag.name, tag) for tag in page.tags)}
        start = page.tags.get("Orientation")
    turned = int(tags.get("Orientation", 1))
    return Opened(
        exif=Exif(data),
        orientation=turned if 1 <= turned <= 8 else 1,
        decode=lambda: _decode_tiff(data, page, None if start is None else start.valueoffset),
        profile=tags.get("InterColorProfile") or tags.get("ICCProfile"),
        traces=xmp_traces(_bytes(tags.get("XMP"))),
    )


def _judge_tiff(page: Any, size: int) -> None:
    _judge_size(page.imagewidth, page.imagelength)
    if page.tags.get("DNGVersion") is not None:
        raise Refusal("is a camera raw file (DNG) under another name", "Give it back its suffix .dng.")
    if page.photometric.name != "RGB" or page.samplesperpixel not in (3, 4):
        grey = page.photometric.name.startswith("MINIS")
        raise Refusal("has no colour" if grey else "has other colours than R, G and B", SAVE_AS_RGB)
    if page.dtype not in (np.dtype(np.uint8), np.dtype(np.uint16)) or page.planarconfig.name != "CONTIG":
        raise Refusal("has an unusual kind of TIFF pixels", SAVE_AS_RGB)
    if page.compression not in _TIFFFILE_OPENS | {_LZW}:
        raise Refusal(f"is compressed in an unusual way ({page.compression.name})", SAVE_AS_RGB)
    if any(at + count > size for at, count in zip(page.dataoffsets, page.databytecounts, strict=True)):
        raise Refusal("is cut short", SEND_AGAIN)


_LZW = 5
_TIFFFILE_OPENS = frozenset({1, 8, 32946, 32773})
"""None, Deflate (two numbers) and PackBits; TIFF 6.0 and Adobe's supplement of 2002."""


def _decode_tiff(data: bytes, page: Any, orientation_at: int | None) -> Pixels:
    import tifffile

    if page.compression != _LZW:
        with tifffile.TiffFile(io.BytesIO(data)) as tiff:
            pixels: Pixels = tiff.pages[page.index].asarray()
            return pixels
    if orientation_at is not None:  # else OpenCV would turn the pixels, and we again
        upright = struct.pack("<H" if data[:2] == b"II" else ">H", 1)
        data = data[:orientation_at] + upright + data[orientation_at + 2 :]
    return cast(Pixels, opencv.decode_rgb(data))


def _open_heic(data: bytes) -> Opened:
    import pi_heif

    layout = heic_layout(data)
    pi_heif.options.DECODE_THREADS = 1  # as everywhere in a worker
    pi_heif.options.AUX_IMAGES = pi_heif.options.DEPTH_IMAGES = pi_heif.options.THUMBNAILS = False
    opened = pi_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=False)
    picture = opened[opened.primary_index]
    _judge_size(*picture.size)
    _judge_mode(picture.mode.split(";")[0])
    if (picture.info.get("nclx_profile") or {}).get("transfer_characteristics") in (16, 18):
        raise Refusal("is encoded for HDR screens", "Turn HDR off and photograph again.")
    traces = (*(("gain map",) if layout.gain_map else ()), *(("depth map",) if layout.depth_map else ()))
    return Opened(
        exif=Exif(picture.info.get("exif")),
        orientation=1,  # libheif has turned it, as the container asks
        decode=lambda: np.asarray(picture),
        profile=picture.info.get("icc_profile"),
        traces=(*traces, *xmp_traces(_bytes(picture.info.get("xmp")))),
    )


def _open_raw(data: bytes) -> Opened:
    try:
        import rawpy
    except ImportError as fault:
        raise Refusal("is a camera raw file", "Install pigtrack[raw] to read it, or give a JPEG.") from fault
    try:
        with _muffled():
            raw = rawpy.imread(io.BytesIO(data))
    except rawpy.LibRawError as fault:
        raise Refusal("is a camera raw file that can't be read", "Convert it to DNG 1.6 or to 16-bit TIFF.") from fault
    _judge_size(raw.sizes.width, raw.sizes.height)

    def decode() -> Pixels:
        with raw, _muffled() as said:
            pixels: Pixels = raw.postprocess(
                gamma=(1, 1),
                no_auto_bright=True,
                adjust_maximum_thr=0.0,
                output_bps=16,
                output_color=rawpy.ColorSpace.raw,
                use_camera_wb=True,
            )
        if said:
            raise Refusal("is damaged or cut short", SEND_AGAIN)
        return pixels

    return Opened(exif=Exif(data), orientation=1, decode=decode, encoding=Encoding.LINEAR)


@contextmanager
def _muffled() -> Iterator[list[bytes]]:
    """Catch what LibRaw writes to the process's error stream: its one way of telling that data are missing."""
    said: list[bytes] = []
    with tempfile.TemporaryFile() as heard:
        kept = os.dup(2)
        os.dup2(heard.fileno(), 2)
        try:
            yield said
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            heard.seek(0)
            said += heard.readlines()


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else value.encode() if isinstance(value, str) else b""
