"""Writes a bundle beside its place, a file after the other in small pieces, then moves it in as a whole."""

import errno
import hashlib
import os
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from pigtrack.errors import OutputError
from pigtrack.store.bundle.manifest import MANIFEST, SUMS, FileDigest, manifest_bytes, sums_bytes
from pigtrack.store.leftovers import temporary_folder
from pigtrack.store.naming import leads_outside, quoted
from pigtrack.store.whole import refuse_unwritable, write_file_through, write_folder_through, write_tree_through

ZIP = ".zip"
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
"""The earliest that a zip can tell: a bundle holds no clock, so that the same record gives the same bytes."""

_RIGHTS = 0o100644 << 16

COMPANIONS = frozenset({MANIFEST, SUMS, "data-dictionary.csv", "README.txt", "patient.pdf"})
"""What explains the files of a bundle, and is left out where one of them is asked for alone."""


def refuse_existing(out: Path) -> Path:
    """Return the full path of a place where nothing stands yet; an empty folder is nothing.

    Raises
    ------
    OutputError
        If something stands there, or nothing can be written there.
    """
    out = Path(os.path.abspath(out))
    refuse_unwritable(out)
    try:
        is_taken = out.is_symlink() or (out.exists() and not (out.is_dir() and not any(out.iterdir())))
    except OSError:
        is_taken = True
    if is_taken or (out.exists() and is_file_name(out)):
        raise OutputError(
            f"{quoted(out)} is there already, and nothing is ever written over.",
            "Name another place with --out, or move it away.",
        )
    return out


def is_file_name(out: Path) -> bool:
    """Tell whether a place is named like one file: a zip, or a table."""
    return out.suffix.lower() in (ZIP, ".csv", ".jsonl", ".json", ".parquet", ".pdf")


class DigestingFile:
    """A file that takes bytes, and their digest on the way; writers of tables may take it for one of Python's own."""

    closed = False

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self._size = 0

    def write(self, data: bytes) -> int:
        """Write bytes."""
        self._file.write(data)
        self._digest.update(data)
        self._size += len(data)
        return len(data)

    def tell(self) -> int:
        """Return how many bytes were written."""
        return self._size

    def flush(self) -> None:
        """Do nothing: it is written through when it is whole."""

    def close(self) -> None:
        """Do nothing: whoever opened it closes it."""

    def writable(self) -> bool:
        """Tell that it can be written."""
        return True

    def readable(self) -> bool:
        """Tell that it can't be read."""
        return False

    def seekable(self) -> bool:
        """Tell that it is written from its beginning to its end."""
        return False

    @property
    def told(self) -> FileDigest:
        """What was written."""
        return FileDigest(self._digest.hexdigest(), self._size)


class BundleWriter(ABC):
    """Takes the files of a bundle, one after the other."""

    def __init__(self) -> None:
        self.files: dict[str, FileDigest] = {}
        self._taken: set[str] = set()

    def add(self, name: str, pieces: Iterable[bytes]) -> FileDigest:
        """Add a file, written in the pieces that come."""
        with self.file(name) as file:
            for piece in pieces:
                file.write(piece)
        return self.files[name]

    @contextmanager
    def file(self, name: str) -> Iterator[BinaryIO]:
        """Give a file to write to.

        Raises
        ------
        ValueError
            If the name leads outside, or is taken.
        """
        if leads_outside(name) or name in self._taken:
            raise ValueError(f"a bundle's file must have a name of its own inside it, got {name!r}")
        self._taken.add(name)
        with self._open(name) as raw:
            digesting = DigestingFile(raw)
            yield cast(BinaryIO, digesting)
        self.files[name] = digesting.told

    def finish(self, about: Mapping[str, Any]) -> FileDigest:
        """Add the manifest and the list of sums; return the manifest's digest, which vouches for all."""
        digest = self.add(MANIFEST, [manifest_bytes(about, self.files)])
        self.add(SUMS, [sums_bytes(self.files)])
        return digest

    @abstractmethod
    def _open(self, name: str) -> AbstractContextManager[BinaryIO]: ...


class _FolderWriter(BundleWriter):
    def __init__(self, place: Path) -> None:
        super().__init__()
        self._place = place

    @contextmanager
    def _open(self, name: str) -> Iterator[BinaryIO]:
        path = self._place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())


class _ZipWriter(BundleWriter):
    """Nothing is packed tighter: how would differ from one library to another, and photographs are packed already."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        super().__init__()
        self._archive = archive

    @contextmanager
    def _open(self, name: str) -> Iterator[BinaryIO]:
        entry = zipfile.ZipInfo(name, date_time=_ZIP_TIME)
        entry.create_system, entry.external_attr = 3, _RIGHTS
        with self._archive.open(entry, "w", force_zip64=True) as file:
            yield file  # type: ignore[misc]  # typeshed calls it IO[bytes]


class _OneFileWriter(BundleWriter):
    """Keeps one file of all that is added: that of the wanted suffix; the rest is written nowhere."""

    def __init__(self, path: Path, out: Path) -> None:
        super().__init__()
        self._path = path
        self._out = out
        self._is_written = False

    @contextmanager
    def _open(self, name: str) -> Iterator[BinaryIO]:
        wanted = Path(name).name not in COMPANIONS and Path(name).suffix.lower() == self._path.suffix.lower()
        if wanted and self._is_written:
            raise OutputError(
                f"{quoted(self._out)} is one file, and this export has several.",
                "Name a new folder or a .zip with --out.",
            )
        self._is_written = self._is_written or wanted
        with (self._path if wanted else Path(os.devnull)).open("wb") as file:
            yield file
            if wanted:
                file.flush()
                os.fsync(file.fileno())

    def finish(self, about: Mapping[str, Any]) -> FileDigest:
        """See that the file is there."""
        digest = super().finish(about)
        if not self._is_written:
            raise OutputError(
                f"{quoted(self._out)}: this export has no {self._out.suffix} file.",
                "Name a new folder or a .zip with --out.",
            )
        return digest


@contextmanager
def new_bundle(out: Path) -> Iterator[BundleWriter]:
    """Give a writer whose files stand at a place when the block ends well; else nothing does.

    Parameters
    ----------
    out : Path
        A new or empty folder; a name with .zip; or the name of the one table or document that is wanted.

    Raises
    ------
    OutputError
        If something stands there, or it can't be written.
    """
    out = refuse_existing(out)
    with _translated(out), ExitStack() as until_then:
        out.parent.mkdir(parents=True, exist_ok=True)
        around = until_then.enter_context(temporary_folder(".pigtrack-", out.parent))
        place = around / "new"
        yield from _written(place, out)
        refuse_existing(out)  # somebody else may have been quicker
        place.rename(out)
        write_folder_through(out.parent)


def _written(place: Path, out: Path) -> Iterator[BundleWriter]:
    if out.suffix.lower() == ZIP:
        with zipfile.ZipFile(place, "x", zipfile.ZIP_STORED) as archive:
            yield _ZipWriter(archive)
        write_file_through(place)
    elif is_file_name(out):
        yield _OneFileWriter(place.with_suffix(out.suffix), out)
        place.with_suffix(out.suffix).rename(place)
    else:
        place.mkdir()
        yield _FolderWriter(place)
        write_tree_through(place)


@contextmanager
def _translated(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        remedy = "Free some space there" if fault.errno in (errno.ENOSPC, errno.EDQUOT) else "Mend that"
        raise OutputError(
            f"{quoted(out)} can't be written ({fault.strerror or fault}).",
            f"{remedy}, or name another place with --out; nothing was half-written.",
        ) from fault
