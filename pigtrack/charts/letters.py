"""Letters for pictures: of a font that every installation has, with those of every language."""

from functools import cache
from importlib.util import find_spec
from pathlib import PurePath

from PIL import ImageFont

_FONT = PurePath("mpl-data", "fonts", "ttf", "DejaVuSans.ttf")
"""Comes with matplotlib. Pillow's own font has no letters beyond ASCII, and names of months do."""


@cache
def letters(size_px: int) -> ImageFont.FreeTypeFont:
    """Return letters of a size in pixels; matplotlib is found for it, not loaded."""
    package = find_spec("matplotlib")
    if package is None or not package.submodule_search_locations:
        raise ValueError("matplotlib must be installed: its font is used in pictures")
    return ImageFont.truetype(str(PurePath(package.submodule_search_locations[0]) / _FONT), size_px)
