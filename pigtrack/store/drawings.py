"""Writes drawings where they were asked for."""

from collections.abc import Mapping
from pathlib import Path

from pigtrack.errors import OutputError
from pigtrack.store.naming import quoted


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
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, data in zip(paths, files.values(), strict=True):
            path.write_bytes(data)
    except OSError as fault:
        at = fault.filename or folder
        raise OutputError(f"{quoted(at)} can't be written ({fault.strerror}).", "Name another place.") from fault
    return paths
