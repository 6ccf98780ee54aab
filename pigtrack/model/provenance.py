"""Where a number came from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Algorithm:
    """A step of the method by name, with the whole number that is raised whenever its results may differ."""

    name: str
    version: int
