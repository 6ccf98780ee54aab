"""Reads photographs: any promised container in, upright R, G, B with what the file tells of them out."""

import hashlib
import logging
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np

from pigtrack.errors import PhotographError, PigtrackError
from pigtrack.imaging import opencv
from pigtrack.model.photograph import CaptureFacts, Encoding, Photograph, Pixels
from pigtrack.store.capture import Exif
from pigtrack.store.containers import MEDIA_TYPES, SEND_AGAIN, Refusal, recognise
from pigtrack.store.decoding import Opened, open_bytes
from pigtrack.store.naming import quoted
from pigtrack.store.profiles import honour_profile
from pigtrack.store.traces import name_traces, screen_traces

for _library in ("tifffile", "PIL"):
    logging.getLogger(_library).addHandler(logging.NullHandler())  # what they grumble about is refused in our words

_MAX_BYTES = 1_000_000_000
"""A 100-megapixel TIFF of 16 bits and four channels holds 0.8 GB."""

_MAX_HIDDEN = 0.5
"""A picture that shows less than half of itself was cut out of something else."""


def read_photograph(path: str | Path, *, name: str | None = None) -> Photograph:
    """Read a photograph: JPEG, PNG, TIFF (8 or 16 bit), HEIC, or camera raw where the extra ``raw`` is installed.

    Parameters
    ----------
    path : path
        What kind of file it is, its bytes tell; the suffix matters for raw files alone.
    name : str, optional
        What the photograph is called in results and messages; the file's name by default.

    Returns
    -------
    Photograph
        Upright and read-only. The orientation that EXIF or the container asks for is applied once. A fully opaque
        alpha channel is dropped; pixels that are not opaque become black. Raw files come as linear camera R, G, B
        of 16 bits with the camera's white balance.

    Raises
    ------
    PhotographError
        If the file is missing, damaged, cut short, not a still colour picture, mostly transparent, smaller than
        64 pixels a side or larger than 100 megapixels.
    """
    path = Path(path)
    called = path.name if name is None else name
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _photograph(_decode(path, called), called)
    except (PigtrackError, MemoryError):
        raise
    except Refusal as refusal:
        raise PhotographError(f"The photograph {quoted(called)} {refusal.reason}.", refusal.remedy) from refusal
    except Exception as fault:  # damaged bytes make foreign decoders raise anything at all
        raise PhotographError(f"The photograph {quoted(called)} can't be decoded.", SEND_AGAIN) from fault


def read_capture(path: str | Path) -> CaptureFacts:
    """Return what a photograph's file tells of its making without decoding its pixels; empty where it can't be read."""
    path = Path(path)
    data = _read_bytes(path, path.name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _open(data, path.suffix).exif.facts()
    except Exception:  # noqa: BLE001 - said in full when the photograph itself is read
        return CaptureFacts()


@dataclass(frozen=True, slots=True)
class OriginalFile:
    """A photograph's file as it is: its bytes, and what kind they are."""

    data: bytes
    media_type: str


def read_original_file(path: str | Path, *, name: str | None = None) -> OriginalFile:
    """Read a photograph's file whole, without decoding it.

    Raises
    ------
    PhotographError
        If it is missing, empty, too large, or no kind of picture that is read.
    """
    path = Path(path)
    called = name or path.name
    data = _read_bytes(path, called)
    try:
        kind = recognise(data[:64], path.suffix)
    except Refusal as fault:
        raise PhotographError(f"The photograph {quoted(called)} {fault.reason}.", fault.remedy) from fault
    return OriginalFile(data, MEDIA_TYPES[kind])


def _read_bytes(path: Path, called: str) -> bytes:
    try:
        if not path.exists():
            raise PhotographError(f"There is no photograph {quoted(called)}.", "Check its name and folder.")
        if not path.is_file():
            raise PhotographError(f"{quoted(called)} is not a file.", "Name a photograph.")
        if path.stat().st_size > _MAX_BYTES:
            raise PhotographError(
                f"The photograph {quoted(called)} is larger than 1 GB.", "Export it at a smaller size."
            )
        return path.read_bytes()
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or "its name is no file's name"
        raise PhotographError(
            f"The photograph {quoted(called)} can't be read ({reason}).", "Check its name, its folder and its rights."
        ) from fault


def _open(data: bytes, suffix: str) -> Opened:
    if not data:
        raise Refusal("is empty", SEND_AGAIN)
    return open_bytes(data, recognise(data[:64], suffix))


@dataclass(frozen=True, eq=False, slots=True)
class _Decoded:
    """What is left of a file once its bytes may be forgotten: a large one and two copies of its pixels are too much."""

    pixels: Pixels
    orientation: int
    profile: bytes | None
    encoding: Encoding | None
    exif: Exif
    traces: tuple[str, ...]
    sha256: str


def _decode(path: Path, called: str) -> _Decoded:
    data = _read_bytes(path, called)
    opened = _open(data, path.suffix)
    pixels, cut_out = _without_alpha(opened.decode())
    return _Decoded(
        pixels=pixels,
        orientation=opened.orientation,
        profile=opened.profile,
        encoding=opened.encoding,
        exif=opened.exif,
        traces=(*opened.traces, *cut_out),
        sha256=hashlib.sha256(data).hexdigest(),
    )


def _photograph(decoded: _Decoded, called: str) -> Photograph:
    if decoded.encoding is None:
        pixels, encoding, converted = honour_profile(decoded.pixels, decoded.profile)
    else:
        pixels, encoding, converted = decoded.pixels, decoded.encoding, ()
    pixels = turn_upright(pixels, decoded.orientation)
    pixels.setflags(write=False)
    told = (*decoded.traces, *converted, *name_traces(called), *screen_traces(pixels.shape, decoded.exif.camera))
    return Photograph(called, pixels, encoding, decoded.sha256, decoded.exif.facts(told))


def _without_alpha(pixels: Pixels) -> tuple[Pixels, tuple[str, ...]]:
    """Drop the alpha channel. What lies behind a transparent pixel nobody knows: it becomes black, hence clipped."""
    if pixels.ndim != 3 or pixels.shape[2] not in (3, 4) or pixels.dtype not in (np.uint8, np.uint16):
        raise Refusal("has an unusual kind of pixels", "Save it as 8 or 16 bit RGB.")
    colours = cast(Pixels, np.ascontiguousarray(pixels[..., :3]))
    if pixels.shape[2] == 3:
        return colours, ()
    hidden = pixels[..., 3] != np.iinfo(pixels.dtype).max
    share = float(hidden.mean())
    if share > _MAX_HIDDEN:
        raise Refusal(f"is transparent over {100 * share:.0f} % of it", "Save it without transparency.")
    if share == 0:
        return colours, ()
    colours[hidden] = 0
    return colours, ("cut out",)


def turn_upright(pixels: Pixels, orientation: int) -> Pixels:
    """Turn stored pixels upright by EXIF's orientation, 1 to 8 (CIPA DC-008, tag 274).

    Parameters
    ----------
    pixels : ndarray, shape (rows, columns, 3)
        As stored.
    orientation : int
        1: as it is; 2: mirrored; 3: upside down; 6 and 8: lying; the rest are mirrored besides.
    """
    if orientation in (2, 4, 5, 7):
        pixels = cast(Pixels, opencv.mirror(pixels))
        orientation = {2: 1, 4: 3, 5: 8, 7: 6}[orientation]
    return cast(Pixels, opencv.turn(pixels, {1: 0, 6: 1, 3: 2, 8: 3}[orientation]))
