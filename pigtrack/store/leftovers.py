"""Temporary folders that tell whether whoever made them still lives; those of the dead are cleared away."""

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

if sys.platform != "win32":  # nothing is locked there, and so nothing is cleared away either
    import fcntl

_LOCK = "lock"
_NEW_LOCK = "new lock"

_TRIES = 5
"""How often a folder is made anew that somebody took for one left behind, in the moment before it had a lock."""


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
    clear_left(prefix, within, keep=keep)
    folder, held = _make(prefix, within)
    try:
        yield folder
    finally:
        if not (keep and (folder / keep).exists()):
            _clear(folder)
        os.close(held)


def clear_left(prefix: str, within: Path, *, keep: str | None = None) -> None:
    """Clear away the folders that the killed left behind; for the parameters see `temporary_folder`."""
    for left in sorted(within.glob(f"{prefix}*")):
        if not (keep and (left / keep).exists()) and _is_nobodys(left):
            _clear(left)
        elif re.fullmatch(re.escape(prefix) + "[a-z0-9_]{8}", left.name):
            _clear_unborn(left)


def _make(prefix: str, within: Path) -> tuple[Path, int]:
    """Make a folder and lock it; return it with its open lock."""
    for left in reversed(range(_TRIES)):
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=within))
        try:
            return folder, _hold(folder)
        except BaseException as fault:
            shutil.rmtree(folder, ignore_errors=True)
            if not left or not isinstance(fault, FileNotFoundError):
                raise
    raise AssertionError("the last try returns or raises")


def _clear(folder: Path) -> None:
    """Remove a folder, its lock last: killed half way, what is left still tells that it is nobody's."""
    with suppress(OSError):  # somebody else clears it away, too
        for path in folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            elif path.name != _LOCK:
                path.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


def is_held(folder: Path) -> bool:
    """Tell whether whoever made such a folder still lives."""
    return folder.is_dir() and not _is_nobodys(folder)


def _hold(folder: Path) -> int:
    """Lock a new folder, before the lock's name can be seen, and return the open lock."""
    held = os.open(folder / _NEW_LOCK, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    if sys.platform != "win32":
        fcntl.flock(held, fcntl.LOCK_EX)
    (folder / _NEW_LOCK).rename(folder / _LOCK)
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


def _clear_unborn(folder: Path) -> None:
    """Remove a folder whose maker was killed before it had its lock; one that holds anything else stays.

    A maker that lives may be about to lock it: that one finds its folder gone, and makes another.
    """
    if sys.platform == "win32":
        return
    with suppress(OSError):
        if os.listdir(folder) == [_NEW_LOCK]:
            found = os.open(folder / _NEW_LOCK, os.O_RDWR | os.O_NOFOLLOW)
            try:
                fcntl.flock(found, fcntl.LOCK_EX | fcntl.LOCK_NB)
                (folder / _NEW_LOCK).unlink()
            finally:
                os.close(found)
        folder.rmdir()
