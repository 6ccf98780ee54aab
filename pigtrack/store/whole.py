"""Writes files so that each is there whole or not at all, and what stood there before stays until then."""

import errno
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from pigtrack.errors import OutputError
from pigtrack.store.naming import quoted


def write_whole(files: Mapping[Path, bytes]) -> None:
    """Write files beside their places, then move them in; earlier ones of the same names are replaced.

    Parameters
    ----------
    files : mapping of Path to bytes
        Their folders are made where they are missing.

    Raises
    ------
    OutputError
        If one can't be written: then none has been moved in, but for those before a file that can't be replaced.
    """
    drafts: dict[Path, Path] = {}
    try:
        for path, data in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            drafts[_draft(path)] = path
            with next(reversed(drafts)).open("wb") as file:
                write_through(file, data)
        for draft, path in drafts.items():
            draft.replace(path)
        for folder in dict.fromkeys(path.parent for path in files):
            write_folder_through(folder)
    except OSError as fault:
        at = next(iter(files)).parent if fault.filename is None else fault.filename2 or fault.filename
        raise OutputError(
            f"{quoted(at)} can't be written ({fault.strerror}).", "Free some space there, or name another place."
        ) from fault
    finally:
        for draft in drafts:
            draft.unlink(missing_ok=True)


def refuse_unwritable(place: Path) -> None:
    """Refuse a place that can't be written anew; to be asked before long work. Nothing is written for it.

    Raises
    ------
    OutputError
        If the place's name is impossible, or the nearest folder above it that exists takes no files.
    """
    try:
        at = Path(os.path.abspath(place)).parent
        while not at.exists() and not at.is_symlink() and at != at.parent:
            at = at.parent
        reason = None if at.is_dir() else f"{quoted(at)} is no folder"
        if reason is None and not os.access(at, os.W_OK | os.X_OK):
            reason = f"nothing may be written into {quoted(at)}"
    except OSError as fault:
        reason = fault.strerror
    if reason is not None:
        raise OutputError(
            f"The results can't be written to {quoted(place)} ({reason}).",
            "Name another place, or have the folder's rights mended.",
        )


def _draft(path: Path) -> Path:
    """Make an empty file beside a path, with the rights that a new file gets there."""
    handle, name = tempfile.mkstemp(prefix=".pigtrack-", dir=path.parent)
    os.close(handle)
    mask = os.umask(0)
    os.umask(mask)
    Path(name).chmod(0o666 & ~mask)
    return Path(name)


def write_through(file: BinaryIO, data: bytes) -> None:
    """Write bytes to an open file and on to the disk, so that they outlast a loss of power."""
    file.write(data)
    file.flush()
    os.fsync(file.fileno())


def write_file_through(path: Path) -> None:
    """Write a file that another library wrote on to the disk, so that it outlasts a loss of power."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def write_tree_through(folder: Path) -> None:
    """Write the names in a folder, and in every folder below it, to the disk; the files there are through already."""
    for each in (*(path for path in folder.rglob("*") if path.is_dir()), folder):
        write_folder_through(each)


def write_folder_through(folder: Path) -> None:
    """Write the names in a folder to the disk, so that they outlast a loss of power as the files do.

    A share on the network may know no such thing for folders: then its server has them, and nothing more can be asked.
    """
    if sys.platform == "win32":  # folders can't be written through there
        return
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    except OSError as fault:
        if fault.errno not in {errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP}:
            raise
    finally:
        os.close(opened)
