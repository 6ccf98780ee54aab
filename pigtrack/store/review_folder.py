"""Writes what a blinded reader is given: pictures whose names and times tell nothing."""

import os
from collections.abc import Mapping
from pathlib import Path

from pigtrack.errors import OutputError
from pigtrack.store.naming import quoted
from pigtrack.store.whole import refuse_unwritable, write_whole

SAME_TIME = 315_532_800
"""1980-01-01, the first day that zip archives know: the time of every file, as an hour may tell a session."""


def refuse_review_place(folder: Path) -> Path:
    """Return the folder of a review that may be written; to be asked before the long work too.

    Raises
    ------
    OutputError
        If something stands there already: pictures of two reviews would lie under the same letters.
    """
    refuse_unwritable(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputError(f"{quoted(folder)} is there already.", "Name a new folder for the review.")
    return folder


def write_review(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write all files of a review, or none, with one and the same time.

    Raises
    ------
    OutputError
        If they can't be written.
    """
    write_whole({refuse_review_place(folder) / name: files[name] for name in sorted(files)})
    try:
        for path in (*sorted(folder.iterdir()), folder):
            os.utime(path, (SAME_TIME, SAME_TIME))
    except OSError as fault:
        raise OutputError(
            f"The times of the files in {quoted(folder)} can't be set ({fault.strerror}), and they may tell the order.",
            "Take the folder away, and name one on another disk.",
        ) from fault
