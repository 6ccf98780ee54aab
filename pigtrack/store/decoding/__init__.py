"""One decoder a container. Each reads the header first, so that size and kind are judged before any pixel is made."""

from pigtrack.store.containers import Kind
from pigtrack.store.decoding.heic import open_heic
from pigtrack.store.decoding.jpeg import open_jpeg
from pigtrack.store.decoding.opened import Opened
from pigtrack.store.decoding.png import open_png
from pigtrack.store.decoding.raw import open_raw
from pigtrack.store.decoding.tiff import open_tiff

__all__ = ["Opened", "open_bytes"]

_OPENERS = {
    Kind.JPEG: open_jpeg,
    Kind.PNG: open_png,
    Kind.TIFF: open_tiff,
    Kind.HEIC: open_heic,
    Kind.RAW: open_raw,
}


def open_bytes(data: bytes, kind: Kind) -> Opened:
    """Read the header of a photograph of a known kind; refuse what can't be measured."""
    return _OPENERS[kind](data)
