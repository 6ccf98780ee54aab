"""Reads a bundle, folder or zip; nothing in it is trusted before it was held against the manifest."""

import hashlib
import lzma
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from pigtrack.errors import ExportError
from pigtrack.store.bundle.manifest import MANIFEST, FileDigest, Manifest, read_manifest
from pigtrack.store.naming import leads_outside, quoted

_PIECE_BYTES = 1 << 20
_KEEPERS = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
"""What file managers leave behind is nobody's work."""

_MOST_BYTES = 1 << 28
"""No manifest is larger."""

_DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error)
"""What the packings of a zip say of bytes that are none of theirs."""


class _Place(Protocol):
    def names(self) -> Iterator[str]: ...

    def open(self, name: str) -> BinaryIO: ...


class Bundle:
    """A bundle with its manifest."""

    def __init__(self, place: _Place, manifest: Manifest) -> None:
        self._place = place
        self.manifest = manifest

    def names(self) -> list[str]:
        """Return the names of all files that are there, in order, but for what file managers leave."""
        return sorted(name for name in self._place.names() if Path(name).name not in _KEEPERS)

    def has(self, name: str) -> bool:
        """Tell whether the manifest lists a file."""
        return name in self.manifest.files

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """Give a file to read from.

        Raises
        ------
        ExportError
            If it isn't there or can't be read.
        """
        try:
            with self._place.open(name) as file:
                yield file
        except (*_DAMAGED, KeyError, OSError, EOFError, RuntimeError, ValueError) as fault:
            raise ExportError(f"{quoted(name)} of the bundle can't be read.", "Get the bundle once more.") from fault

    def read(self, name: str) -> bytes:
        """Return a file's bytes, at most as many as the manifest tells and one."""
        with self.open(name) as file:
            return file.read(self.manifest.files[name].bytes + 1 if name in self.manifest.files else _MOST_BYTES)

    def digest(self, name: str) -> FileDigest:
        """Return what a file's bytes come to, read in pieces.

        Of one that is longer than the manifest tells no more is read: a few bytes of a zip may unpack without end.
        """
        digest, size = hashlib.sha256(), 0
        most = self.manifest.files[name].bytes if name in self.manifest.files else _MOST_BYTES
        with self.open(name) as file:
            while size <= most and (piece := file.read(_PIECE_BYTES)):
                digest.update(piece)
                size += len(piece)
        return FileDigest(digest.hexdigest(), size)

    def unpack(self, prefix: str, folder: Path) -> None:
        """Write the files below a prefix into a folder, by the manifest's names, no longer than it tells.

        Raises
        ------
        ExportError
            If a name leads outside the folder, or a file can't be read.
        """
        for name in sorted(self.manifest.files):
            inside = name.removeprefix(prefix)
            if inside == name:
                continue
            if leads_outside(inside):
                raise ExportError(f"{quoted(name)} leads outside the bundle.", "Get the bundle once more.")
            path = folder / inside
            path.parent.mkdir(parents=True, exist_ok=True)
            left = self.manifest.files[name].bytes
            with self.open(name) as file, path.open("wb") as target:
                while left > 0 and (piece := file.read(min(left, _PIECE_BYTES))):
                    target.write(piece)
                    left -= len(piece)


class _Folder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> Iterator[str]:
        return (path.relative_to(self._folder).as_posix() for path in self._folder.rglob("*") if not path.is_dir())

    def open(self, name: str) -> BinaryIO:
        if leads_outside(name) or not (self._folder / name).resolve().is_relative_to(self._folder.resolve()):
            raise KeyError(name)
        return (self._folder / name).open("rb")


class _Zip:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def names(self) -> Iterator[str]:
        return (entry.filename for entry in self._archive.infolist() if not entry.is_dir())

    def open(self, name: str) -> BinaryIO:
        return self._archive.open(name)  # type: ignore[return-value]  # typeshed calls it IO[bytes]


@contextmanager
def open_bundle(path: Path) -> Iterator[Bundle]:
    """Open an exported bundle, a folder or a zip.

    Raises
    ------
    ExportError
        If it is none.
    """
    if path.is_dir():
        yield _opened(_Folder(path), path)
        return
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile, ValueError) as fault:
        raise _no_bundle(path) from fault
    with archive:
        yield _opened(_Zip(archive), path)


def _opened(place: _Place, path: Path) -> Bundle:
    unread = Bundle(place, Manifest({}, {}))
    try:
        return Bundle(place, read_manifest(unread.read(MANIFEST)))
    except (ExportError, ValueError, RecursionError) as fault:
        raise _no_bundle(path) from fault


def _no_bundle(path: Path) -> ExportError:
    if not os.path.lexists(path):
        return ExportError(f"There is no {quoted(path)}.", "Check its name.")
    return ExportError(
        f"{quoted(path)} is no bundle of pigtrack, or its {MANIFEST} is damaged.",
        "Name the folder or the .zip that pigtrack export wrote.",
    )
