"""pigtrack: did the skin change, or did the photograph?

The promised names, each loaded at its first use, so that ``pigtrack --help`` does not wait for what it does not need:

- `load_card`: a colour card by name.
- `fit_colour_correction`: from the card's patches to CIE XYZ.
- `read_photograph`: pixels, capture facts, digest.
- `map_pigment`: one photograph, from its card to maps of melanin and redness.
- `measure_course`: a folder of photographs to tables.
- `compare_courses`: measured courses side by side.
- `repeatability`: how well a clinic's own photographs repeat themselves.
- `render_phantom`: a course of drawn photographs whose truth is known.
"""

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pigtrack.tracker import (
        compare_courses,
        fit_colour_correction,
        load_card,
        map_pigment,
        measure_course,
        read_photograph,
        render_phantom,
        repeatability,
    )

try:
    __version__ = version("pigtrack")
except PackageNotFoundError:  # a checkout that was never installed
    __version__ = "0+unknown"

__all__ = [
    "__version__",
    "compare_courses",
    "fit_colour_correction",
    "load_card",
    "map_pigment",
    "measure_course",
    "read_photograph",
    "render_phantom",
    "repeatability",
]


def __getattr__(name: str) -> Any:
    """Load a promised name."""
    if name in __all__:
        return getattr(import_module("pigtrack.tracker"), name)
    raise AttributeError(f"module 'pigtrack' has no attribute '{name}'")
