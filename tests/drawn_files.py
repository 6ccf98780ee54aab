"""Draws picture files of every kind, whole ones and broken ones."""

import io
import random
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image, ImageCms

from pigtrack.model.photograph import Encoding
from pigtrack.store.profiles import _COLORANTS

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


def dng(mosaic: NDArray[np.uint16], orientation: int = 1) -> bytes:
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
            (274, "H", 1, orientation, True),
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


def matrix_profile(encoding: Encoding, gamma: float | None, name: str) -> bytes:
    """An ICC profile of version 2 with the encoding's primaries; a plain gamma, or sRGB's own curve."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    if gamma is None:
        count = struct.unpack_from(">I", srgb, 128)[0]
        entries = {
            srgb[132 + 12 * k : 136 + 12 * k]: struct.unpack_from(">II", srgb, 136 + 12 * k) for k in range(count)
        }
        at, size = entries[b"rTRC"]
        curve = srgb[at : at + size]
    else:
        curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    text = b"desc\0\0\0\0" + struct.pack(">I", len(name) + 1) + name.encode() + b"\0" + b"\0" * 79
    tags = {b"desc": text, b"wtpt": _xyz((0.9642, 1.0, 0.8249)), b"cprt": b"text\0\0\0\0none\0"}
    tags |= {key: _xyz(xyz) for key, xyz in zip((b"rXYZ", b"gXYZ", b"bXYZ"), _COLORANTS[encoding], strict=True)}
    tags |= {b"rTRC": curve, b"gTRC": curve, b"bTRC": curve}
    table, body, at = b"", b"", 128 + 4 + 12 * len(tags)
    for key, data in tags.items():
        data += b"\0" * (-len(data) % 4)
        table += key + struct.pack(">II", at + len(body), len(data))
        body += data
    header = struct.pack(">I4sI4s4s4s", at + len(body), b"lcms", 0x02100000, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + b"\0" * 28 + struct.pack(">3i", 63190, 65536, 54061)
    return header + b"\0" * (128 - len(header)) + struct.pack(">I", len(tags)) + table + body


def _xyz(xyz) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in xyz))


def jpeg_with(data: bytes, *segments: tuple[int, bytes]) -> bytes:
    """A JPEG with more segments behind its start: the mark's second byte and the contents of each."""
    more = b"".join(struct.pack(">BBH", 0xFF, mark, len(block) + 2) + block for mark, block in segments)
    return data[:2] + more + data[2:]


def grey_jpeg(factors: tuple[int, int, int], side: int = 128) -> bytes:
    """A mid-grey JPEG with any sampling factors: every block is two codes, so that its data can be written by hand."""
    data = encoded(np.full((side, side, 3), 128, np.uint8), quality=90)
    frame, scan = data.index(b"\xff\xc0"), data.index(b"\xff\xda")
    header = bytearray(data[:scan])
    for k, factor in enumerate(factors):
        header[frame + 11 + 3 * k] = factor
    wide, high = (max(each) for each in zip(*(divmod(factor, 16) for factor in factors), strict=True))
    blocks = [each // 16 * (each % 16) for each in factors]
    unit = "001010" * blocks[0] + "0000" * (blocks[1] + blocks[2])
    bits = unit * (-(-side // (8 * wide)) * -(-side // (8 * high)))
    bits += "1" * (-len(bits) % 8)
    body = bytes(int(bits[k : k + 8], 2) for k in range(0, len(bits), 8)).replace(b"\xff", b"\xff\0")
    start = data[scan : scan + 2 + int.from_bytes(data[scan + 2 : scan + 4], "big")]
    return bytes(header) + start + body + b"\xff\xd9"


def animated(kind: str) -> bytes:
    out = io.BytesIO()
    frames = [Image.fromarray(scene(seed=seed)) for seed in (0, 1)]
    frames[0].save(out, kind, save_all=True, append_images=frames[1:])
    return out.getvalue()


def in_mode(mode: str, kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.fromarray(scene()).convert(mode).save(out, kind)
    return out.getvalue()


def readable_files(picture: NDArray[np.uint8], deep: NDArray[np.uint16]) -> dict[str, bytes]:
    """The same picture in every container and way of writing that is read, by file name."""
    opaque = np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])
    files = {
        "plain.jpg": encoded(picture, quality=92),
        "turned.jpg": encoded(picture, quality=92, subsampling=2, exif=exif(6, "2026:01:11 09:00:00")),
        "progressive.jpg": encoded(picture, quality=92, subsampling=2, progressive=True),
        "restarts.jpg": encoded(picture, quality=92, subsampling=2, restart_marker_rows=1),
        "p3.jpg": encoded(picture, quality=92, icc_profile=matrix_profile(Encoding.DISPLAY_P3, None, "P3")),
        "odd profile.jpg": encoded(picture, quality=92, icc_profile=matrix_profile(Encoding.SRGB, 1.8, "odd")),
        "plain.png": encoded(picture, "PNG", compress_level=3),
        "alpha.png": encoded(opaque, "PNG", compress_level=3),
        "deep.png": deep_png(deep),
        "plain.tif": tiff(picture, orientation=3),
        "deep.tif": tiff(deep, orientation=8),
        "big endian.tif": tiff(deep, byteorder=">"),
        "zip.tif": tiff(deep, compression="zlib", predictor=True, rowsperstrip=64),
        "tiles.tif": tiff(deep, tile=(64, 64), compression="zlib"),
        "planes.tif": tiff(np.ascontiguousarray(np.moveaxis(deep, -1, 0)), planarconfig="separate"),
        "bigtiff.tif": tiff(picture, bigtiff=True),
        "lzw.tif": encoded(picture, "TIFF", compression="tiff_lzw"),
    }
    return files | {f"{name}.heic": (SAMPLES / f"{name}.heic").read_bytes() for name in ("plain", "turned")}


def refused_files() -> dict[str, bytes]:
    """Pictures that are none to measure, by file name."""
    return {
        "grey.jpg": encoded(scene()[..., 0]),
        "cmyk.jpg": in_mode("CMYK"),
        "palette.png": in_mode("P", "PNG"),
        "moving.png": animated("PNG"),
        "pages.tif": animated("TIFF"),
        "a.gif": encoded(scene(), "GIF"),
        "a.webp": encoded(scene(), "WEBP"),
        "a.avif": encoded(scene(), "AVIF"),
    }


def small_files() -> dict[str, bytes]:
    """A small file of every kind, read or refused."""
    picture = scene()
    raw = dng(np.random.default_rng(0).integers(900, 9000, (80, 96), dtype=np.uint16))
    return readable_files(picture, picture.astype(np.uint16) * 257) | {"a.dng": raw} | refused_files()


def damage(files: Mapping[str, bytes], chance: random.Random) -> tuple[str, bytes]:
    """A name and contents that look like one of some files, but are not: flipped, cut, patched, renamed, made up."""
    name = chance.choice(sorted(files))
    broken = bytearray(files[name])
    way = chance.choice((_flip, _flip, _patch, _cut, _lose, _insert, _make_up, None))
    if way is None:
        return f"renamed.{chance.choice(('jpg', 'png', 'tif', 'heic', 'dng', 'cr3', 'txt', 'JPEG'))}", bytes(broken)
    way(broken, chance.randrange(len(broken)), chance)
    return name, bytes(broken)


def _flip(broken: bytearray, at: int, chance: random.Random) -> None:
    reach = chance.choice((len(broken), 200))
    for _ in range(chance.choice((1, 3, 20))):
        broken[chance.randrange(min(reach, len(broken)))] = chance.choice((0, 1, 127, 128, 255, chance.randrange(256)))


def _patch(broken: bytearray, at: int, chance: random.Random) -> None:
    other = chance.randrange(len(broken))
    broken[at : at + 16] = broken[other : other + 16]


def _cut(broken: bytearray, at: int, chance: random.Random) -> None:
    del broken[at:]


def _lose(broken: bytearray, at: int, chance: random.Random) -> None:
    del broken[at : at + chance.randrange(1, 200)]


def _insert(broken: bytearray, at: int, chance: random.Random) -> None:
    broken[at:at] = chance.randbytes(chance.randrange(1, 50))


def _make_up(broken: bytearray, at: int, chance: random.Random) -> None:
    broken[chance.randrange(2, 64) :] = chance.randbytes(chance.randrange(4000))
