"""Cheap ways to measure, as many versions as are asked for: ``VERSION_7`` is the seventh."""

import time

from cheap_courses import numbers_of

from pigtrack.model.provenance import Algorithm
from pigtrack.tracker.record.methods import Method

_STEP_S = 0.002
"""So that there is a moment in which nothing but measuring happens."""


def _measure(folder, *, workers=1, progress=None):
    time.sleep(_STEP_S)
    return numbers_of(folder)


def method_of(version: int) -> Method:
    """Return the method of a version."""
    return Method(_measure, (Algorithm("cheap", version),), "0" * 64)


def __getattr__(name: str) -> Method:
    mark, _, version = name.partition("_")
    if mark != "VERSION":
        raise AttributeError(name)
    return method_of(int(version))
