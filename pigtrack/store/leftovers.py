"""Temporary folders that tell whether whoever made them still lives; those of the dead are cleared away."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform != "win32":  # nothing is locked there, and so nothing is cleared away either
    import fcntl

_LOCK = "lock"


@contextmanager
def temporary_folder(prefix: str, within: Path, *, keep: str | None = None) -> Iterator[Path]:
    """Make a folder that is gone when the ``with`` block ends; clear away those that the killed left behind.

    A killed process can't tidy up, but the system gives its locks back. A folder whose lock can be had belongs to
    nobody.

    Parameters
    ----------
    prefix : str
        How such folders' names begin.
    within : Path
        Where they are made.
    keep : str or None
        A folder that holds something of this name is never cleared away: it is somebody's only copy.
    """
    for left in sorted(within.glob(f"{prefix}*")):
        if not (keep and (left / keep).exists()) and _is_nobodys(left):
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=within))
    try:
        held = _hold(folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    try:
        yield folder
    finally:
        if not (keep and (folder / keep).exists()):
            shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


def is_held(folder: Path) -> bool:
    """Tell whether whoever made such a folder still lives."""
    return folder.is_dir() and not _is_nobodys(folder)


def _hold(folder: Path) -> int:
    """Lock a new folder, before the lock's name can be seen, and return the open lock."""
    held = os.open(folder / "new lock", os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    if sys.platform != "win32":
        fcntl.flock(held, fcntl.LOCK_EX)
    (folder / "new lock").rename(folder / _LOCK)
    return held


def _is_nobodys(folder: Path) -> bool:
    """Tell whether a folder has a lock that nobody holds; without one, it is not ours to judge."""
    if sys.platform == "win32":
        return False
    try:
        found = os.open(folder / _LOCK, os.O_RDWR | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(found, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(found)
    return True
