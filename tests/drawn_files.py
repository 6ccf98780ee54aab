"""Draws small picture files of every kind, whole ones and broken ones."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

SAMPLES = Path(__file__).parent / "samples"
"""Two HEIC files with red, green, blue and yellow quarters, 112 x 80: ``plain`` as stored, ``turned`` with the
container's own rotation by a quarter clockwise. Both carry an EXIF orientation of 6, which a HEIC reader must not
apply."""


def scene(rows: int = 80, columns: int = 112, seed: int = 0) -> NDArray[np.uint8]:
    """A smooth picture with four coloured quarters and fine noise, so that every direction can be told."""
    rng = np.random.default_rng(seed)
    picture = np.empty((rows, columns, 3))
    picture[: rows // 2, : columns // 2] = (200, 60, 50)
    picture[: rows // 2, columns // 2 :] = (60, 160, 70)
    picture[rows // 2 :, : columns // 2] = (60, 70, 190)
    picture[rows // 2 :, columns // 2 :] = (220, 210, 60)
    return np.clip(picture + rng.normal(0, 3, picture.shape), 0, 255).astype(np.uint8)


def encoded(picture: NDArray[np.uint8], kind: str = "JPEG", **options) -> bytes:
    out = io.BytesIO()
    if kind == "JPEG":
        options = {"quality": 95, "subsampling": 0, **options}
    Image.fromarray(picture).save(out, kind, **options)
    return out.getvalue()


def exif(orientation: int | None = None, taken: str | None = None, **camera) -> Image.Exif:
    """EXIF with named tags; ``camera`` are numbers of tags as ``t0x829a=...``."""
    block = Image.Exif()
    if orientation is not None:
        block[0x0112] = orientation
    if taken is not None:
        block.get_ifd(0x8769)[0x9003] = taken
    for name, value in camera.items():
        tag = int(name[1:], 16)
        (block if tag < 0x8000 else block.get_ifd(0x8769))[tag] = value
    return block


def deep_png(picture: NDArray[np.uint16], *, interlace: int = 0) -> bytes:
    """A 16-bit PNG without filters, written by hand."""
    rows, columns, channels = picture.shape
    raw = b"".join(b"\0" + row.astype(">u2").tobytes() for row in picture)
    header = struct.pack(">IIBBBBB", columns, rows, 16, {3: 2, 4: 6}[channels], 0, 0, interlace)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        png_chunk(name, data) for name, data in ((b"IHDR", header), (b"IDAT", zlib.compress(raw)), (b"IEND", b""))
    )


def png_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def tiff(picture: NDArray, *, orientation: int | None = None, **options) -> bytes:
    out = io.BytesIO()
    tags = [] if orientation is None else [(274, "H", 1, orientation, True)]
    tifffile.imwrite(out, picture, **{"photometric": "rgb", "metadata": None, "extratags": tags, **options})
    return out.getvalue()


def dng(mosaic: NDArray[np.uint16]) -> bytes:
    """A raw file as a camera writes it: an RGGB mosaic of 14 bits with its colour matrix and white balance."""
    out = io.BytesIO()
    unit = [(k, 1) for k in (1, 0, 0, 0, 1, 0, 0, 0, 1)]
    flat = [number for pair in unit for number in pair]
    tifffile.imwrite(
        out,
        mosaic,
        photometric=32803,
        metadata=None,
        extratags=[
            (33421, "H", 2, (2, 2), True),
            (33422, "B", 4, (0, 1, 1, 2), True),
            (50706, "B", 4, (1, 4, 0, 0), True),
            (50708, "s", 0, "pigtrack test", True),
            (50714, "H", 1, 0, True),
            (50717, "H", 1, 16383, True),
            (50721, "2i", 9, flat, True),
            (50728, "2I", 3, (1, 1, 1, 1, 1, 1), True),
            (50778, "H", 1, 21, True),
        ],
    )
    return out.getvalue()
