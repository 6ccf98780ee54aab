"""What every decoder gives, and the rules on size and colours that hold for all of them."""

import io
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from PIL import Image, UnidentifiedImageError

from pigtrack.errors import OutputError
from pigtrack.model.photograph import Encoding, Pixels
from pigtrack.store.capture import Exif
from pigtrack.store.containers import SEND_AGAIN, Refusal

SAVE_AS_RGB = "Save it as 8 or 16 bit RGB without compression, or as JPEG or PNG."
_MIN_SIDE = 64
_MAX_PIXELS = 100_000_000
_MAX_MEMORY = 1_400_000_000


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


def judge_size(width: int, height: int) -> None:
    """Refuse what is too small to be a photograph or too large to be measured."""
    if width < 1 or height < 1:
        raise Refusal("is damaged", SEND_AGAIN)
    if width * height > _MAX_PIXELS:
        raise Refusal(f"has {width} x {height} pixels, more than 100 million", "Export it at a smaller size.")
    if min(width, height) < _MIN_SIDE:
        raise Refusal(
            f"has only {width} x {height} pixels", f"Give the full photograph, at least {_MIN_SIDE} pixels a side."
        )


def judge_memory(size: int, kind: str, remedy: str) -> None:
    """Refuse what would take more bytes of memory while it is opened than a worker has."""
    if size > _MAX_MEMORY:
        raise Refusal(f"is too large to be opened as {kind}", remedy)


def judge_mode(mode: str) -> None:
    """Refuse all but R, G, B, with or without alpha; ``mode`` as Pillow names it."""
    if mode in ("RGB", "RGBA"):
        return
    what = {"CMYK": "has printing colours (CMYK)", "P": "has a palette of at most 256 colours"}
    grey = mode in ("1", "L", "LA", "I", "F") or mode.startswith("I;16")
    raise Refusal("has no colour" if grey else what.get(mode, f"has colours of the kind {mode}"), SAVE_AS_RGB)


def open_pillow(data: bytes, name: str) -> Image.Image:
    """Read a header with one of Pillow's decoders, by its name."""
    try:
        picture = Image.open(io.BytesIO(data), formats=[name])
    except Image.DecompressionBombError as fault:
        raise Refusal("has more than 100 million pixels", "Export it at a smaller size.") from fault
    except UnidentifiedImageError as fault:
        raise Refusal("is damaged", SEND_AGAIN) from fault
    judge_size(*picture.size)
    return picture


def as_bytes(value: object) -> bytes:
    """Return a block of metadata that a library may give as bytes, as text or not at all."""
    return value if isinstance(value, bytes) else value.encode() if isinstance(value, str) else b""


def _paper() -> IO[bytes]:
    try:
        return tempfile.TemporaryFile()
    except OSError as fault:
        raise OutputError(
            f"No temporary file can be made ({fault.strerror}).",
            "Free some space or set TMPDIR to a writable folder.",
        ) from fault


@contextmanager
def muffled() -> Iterator[list[bytes]]:
    """Catch what a library writes to the process's error stream: often its one way of telling that data are missing."""
    said: list[bytes] = []
    with _paper() as heard:
        kept = os.dup(2)
        os.dup2(heard.fileno(), 2)
        try:
            yield said
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            heard.seek(0)
            said += heard.readlines()
