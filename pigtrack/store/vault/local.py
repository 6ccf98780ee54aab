"""Originals in a folder: each a file of its own that is written once, whole, and through to the disk."""

import errno
import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pigtrack.errors import OriginalError
from pigtrack.store.naming import quoted
from pigtrack.store.vault.digests import PIECE_BYTES, damaged, is_digest, missing, parts_of, short
from pigtrack.store.whole import write_folder_through, write_through

if sys.platform != "win32":  # there nothing is locked, and only who is alone may sweep
    import fcntl

_INCOMING = "incoming"
_DRAFT = "new-"
_LOCK = "lock"
_RIGHTS = 0o440  # nobody writes; a group may read, for the clinic's backups
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}  # as file systems without links answer


class LocalOriginals:
    """A store of originals in a folder, laid out as ``ab/cd/<digest>``; see `Originals` for what its methods promise.

    A file is drafted under ``incoming/``, written through to the disk, and only then linked to its name. A process that
    is killed can leave a draft behind; the next one that keeps an original while no other does sweeps it away.

    Parameters
    ----------
    folder : Path
        Made when the first original is kept.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._is_made = False

    def put(self, sealed: bytes) -> str:
        """Keep sealed bytes for good and return their digest."""
        digest = hashlib.sha256(sealed).hexdigest()
        path = self._path(digest)
        with self._told("kept", digest):
            if not self._is_made:
                self._make()
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                self._write(sealed, path)
            elif not self.check(digest):
                raise _in_the_way(path, digest)
            for folder in (path.parent, path.parent.parent, self.folder):  # whoever made them, who may not get to it
                write_folder_through(folder)
        return digest

    def get(self, digest: str) -> bytes:
        """Return stored bytes, checked against their digest."""
        path = self._path(digest)
        with self._told("read", digest):
            if not path.is_file():
                raise missing(digest)
            stored = path.read_bytes()
        if hashlib.sha256(stored).hexdigest() != digest:
            raise damaged(digest)
        return stored

    def has(self, digest: str) -> bool:
        """Tell whether something is stored under a digest."""
        path = self._path(digest)
        with self._told("looked for", digest):
            return path.is_file()

    def digests(self) -> Iterator[str]:
        """Go through the digests of all that is stored, in order; drafts and strangers' files are passed over."""
        with self._told("listed"):
            for first in _names(self.folder, letters=2):
                for second in _names(self.folder / first, letters=2):
                    for name in _names(self.folder / first / second, letters=64):
                        if is_digest(name) and name.startswith(first + second):
                            yield name

    def check(self, digest: str) -> bool:
        """Tell whether the stored bytes are there and whole."""
        path = self._path(digest)
        read = hashlib.sha256()
        with self._told("read", digest):
            if not path.is_file():
                return False
            with path.open("rb", buffering=0) as file:
                while piece := file.read(PIECE_BYTES):
                    read.update(piece)
        return read.hexdigest() == digest

    def delete(self, digest: str) -> None:
        """Remove stored bytes, where they are there."""
        path = self._path(digest)
        with self._told("removed", digest):
            if not path.is_file():
                return
            if sys.platform == "win32":  # a file that nobody may write can't be removed there
                path.chmod(0o600)
            path.unlink(missing_ok=True)
            write_folder_through(path.parent)

    def adopt(self, digest: str, earlier: "LocalOriginals") -> bool:
        """Keep an original of another folder on the same disk without copying it; tell whether that could be done.

        Both folders then have the one file. Nobody writes to it, and it stays until it is removed from both.
        """
        path = self._path(digest)
        with self._told("kept", digest):
            if not self._is_made:
                self._make()
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(earlier._path(digest), path)
            except FileExistsError:
                return True
            except OSError:  # it is not there, or on another disk: then it is copied
                return False
            write_folder_through(path.parent)
        return True

    def sweep(self) -> int:
        """Remove the drafts that killed processes left behind, and return how many they were.

        While another process keeps an original, none is removed: a draft may be its own.
        """
        with self._told("swept"):
            return _sweep(self.folder / _INCOMING)

    def forget_drafts(self) -> None:
        """Remove the folder of drafts from a store that is finished, such as a backup's."""
        incoming = self.folder / _INCOMING
        with self._told("swept"):
            if incoming.is_dir():
                _sweep(incoming)
                (incoming / _LOCK).unlink(missing_ok=True)
                incoming.rmdir()
        self._is_made = False

    def _path(self, digest: str) -> Path:
        return self.folder.joinpath(*parts_of(digest))

    def _make(self) -> None:
        """Make the folders where they are missing, and sweep."""
        (self.folder / _INCOMING).mkdir(parents=True, exist_ok=True)
        write_folder_through(self.folder.parent)
        _sweep(self.folder / _INCOMING)
        self._is_made = True

    def _write(self, sealed: bytes, path: Path) -> None:
        """Draft a file, and give it its name once all of it is on the disk."""
        incoming = self.folder / _INCOMING
        with _held(incoming, alone=False):
            handle, name = tempfile.mkstemp(prefix=_DRAFT, dir=incoming)
            draft = Path(name)
            try:
                with open(handle, "wb") as file:
                    write_through(file, sealed)
                draft.chmod(_RIGHTS)
                _give_name(draft, path)
            finally:
                draft.unlink(missing_ok=True)

    @contextmanager
    def _told(self, what: str, digest: str = "") -> Iterator[None]:
        """Tell in one sentence what the system refuses."""
        try:
            yield
        except OSError as fault:
            one = f"The original {short(digest)}" if digest else "The originals"
            raise OriginalError(
                f"{one} can't be {what} in {quoted(self.folder)} ({fault.strerror}).", _remedy(fault), name=digest
            ) from fault


def _give_name(draft: Path, path: Path) -> None:
    """Give a draft its name, unless another process was first: what it wrote there is the same to the byte."""
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    except OSError as fault:
        if fault.errno not in _NO_LINKS:
            raise
        draft.replace(path)  # whole as well, and over nothing but the same bytes


def _sweep(incoming: Path) -> int:
    """Remove the drafts of the dead, where nobody alive has one."""
    with _held(incoming, alone=True) as is_held:
        drafts = [name for name in _names(incoming) if name.startswith(_DRAFT)] if is_held else []
        for name in drafts:
            (incoming / name).unlink(missing_ok=True)
    return len(drafts)


@contextmanager
def _held(incoming: Path, *, alone: bool) -> Iterator[bool]:
    """Hold the lock of the drafts, among others or alone; tell whether it was to be had.

    The system gives it back when a process is killed.
    """
    if sys.platform == "win32" or not incoming.is_dir():
        yield not alone
        return
    lock = os.open(incoming / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o660)
    try:
        yield _take(lock, alone=alone)
    finally:
        os.close(lock)


def _take(lock: int, *, alone: bool) -> bool:
    """Take an open lock, among others or alone; who wants it alone does not wait for it."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB if alone else fcntl.LOCK_SH)
    except BlockingIOError:
        return False
    return True


def _names(folder: Path, *, letters: int = 0) -> list[str]:
    """Return the names in a folder in order, those of a length where it is given; none if it is no folder."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if not letters or len(entry.name) == letters)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _in_the_way(path: Path, digest: str) -> OriginalError:
    return OriginalError(
        f"{quoted(path)} is damaged, and is never written over.",
        "Move that file away and do this again: the photograph at hand is kept in its place.",
        name=digest,
    )


def _remedy(fault: OSError) -> str:
    if fault.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return "Free some space there, or let larger files be written; nothing was half-written."
    if fault.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return "Have the rights to that folder mended."
    return "Look whether the disk is there and whole, then do this again."
