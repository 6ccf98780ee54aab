"""Writes drawings where they were asked for."""

from collections.abc import Mapping
from pathlib import Path

from pigtrack.store.whole import write_whole


def write_drawings(folder: Path, files: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Write files into a folder, made where it is missing; earlier ones of the same names are replaced.

    Returns
    -------
    tuple of Path
        What was written, in the order given.

    Raises
    ------
    OutputError
        If it can't be written.
    """
    paths = tuple(folder / name for name in files)
    write_whole(dict(zip(paths, files.values(), strict=True)))
    return paths
