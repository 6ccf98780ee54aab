"""A backup: a folder with one state of the record's database, every original that it names, and a manifest."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pigtrack.errors import OutputError, RecordError
from pigtrack.store.leftovers import temporary_folder
from pigtrack.store.naming import quoted
from pigtrack.store.record.trail import Head
from pigtrack.store.vault.digests import PIECE_BYTES, is_digest, parts_of
from pigtrack.store.vault.local import LocalOriginals
from pigtrack.store.whole import write_folder_through, write_through

MANIFEST = "manifest.json"
DATABASE_FILE = "record.sqlite"
ERASURES_FILE = "erasures.jsonl"
SUMS = "SHA256SUMS"
README = "README.txt"
ORIGINALS_FOLDER = "originals"
DRAFT_PREFIX = ".pigtrack-unfinished-"
"""How a folder is named in which a backup is written, or a record restored; the next one beside it clears it away."""

_FORMAT = 1
_README = """A backup of a record of pigtrack.

manifest.json    what this is, and the SHA-256 of the files beside it
record.sqlite    the record's database as it was at one moment, an SQLite file
originals/       photographs, files of courses and label images, sealed with their patients' keys;
                 each is named by its own SHA-256
erasures.jsonl   patients whose data were erased before (only where there are any)
SHA256SUMS       for checking by hand: sha256sum --check --quiet SHA256SUMS

The database holds the keys that open the originals. Keep this folder as safe as the record itself.
To restore it:   pigtrack restore THIS_FOLDER NEW_FOLDER
"""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself.

    Attributes
    ----------
    pigtrack, step : str
        Version of the software, and of the database's tables.
    record : str
        The record's own identifier.
    at : str
        When it was made: UTC, ISO 8601.
    head : Head
        Where the trail ended.
    originals : int
        How many there are.
    lost : tuple of str
        Originals that the record names but had lost or damaged already.
    files : mapping of str to str
        SHA-256 of the files beside the originals, by name.
    """

    pigtrack: str
    step: str
    record: str
    at: str
    head: Head
    originals: int
    lost: tuple[str, ...]
    files: Mapping[str, str]


@contextmanager
def drafted(to: Path) -> Iterator[Path]:
    """Give a folder to fill; it is moved to its place when the block ends well, and is gone when it doesn't.

    A process that is killed leaves it behind under a name that tells so; the next one beside it clears it away.

    Raises
    ------
    OutputError
        If something stands in that place, or nothing can be written there.
    """
    place = Path(os.path.abspath(to))
    try:
        refuse_standing(place)
        with temporary_folder(DRAFT_PREFIX, place.parent) as box:
            draft = box / "whole"
            draft.mkdir(mode=0o700)
            yield draft
            refuse_standing(place)
            write_folder_through(draft)
            if place.exists():
                place.rmdir()
            draft.rename(place)
            write_folder_through(place.parent)
    except OSError as fault:
        raise OutputError(
            f"{quoted(to)} can't be written ({fault.strerror or fault}).",
            "Free some space there, or name another place.",
        ) from fault


def refuse_standing(place: Path) -> None:
    """Refuse a place where something stands, or whose folder is not there.

    Raises
    ------
    OutputError
        If so. An empty folder may stand there.
    """
    if not place.parent.is_dir():
        raise OutputError(f"There is no folder {quoted(place.parent)}.", "Make it, or look whether its disk is there.")
    if place.is_mount():
        raise OutputError(f"{quoted(place)} is the top of a disk.", "Name a new folder inside it.")
    if place.is_symlink() or (place.exists() and (not place.is_dir() or any(place.iterdir()))):
        raise OutputError(f"Something stands at {quoted(place)} already.", "Name an empty or new folder.")


def write_sums(folder: Path) -> dict[str, str]:
    """Write README.txt and SHA256SUMS into a backup; return the SHA-256 of every file but the originals, by name."""
    _write(folder / README, _README.encode())
    names = [name for name in (DATABASE_FILE, ERASURES_FILE, README) if (folder / name).exists()]
    files = {name: digest_file(folder / name) for name in names}
    with (folder / SUMS).open("wb") as sums:
        for name, digest in files.items():
            sums.write(f"{digest}  {name}\n".encode())
        for digest in LocalOriginals(folder / ORIGINALS_FOLDER).digests():
            sums.write(f"{digest}  {'/'.join((ORIGINALS_FOLDER, *parts_of(digest)))}\n".encode())
        sums.flush()
        os.fsync(sums.fileno())
    return {**files, SUMS: digest_file(folder / SUMS)}


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write a backup's manifest: last of all, as without it a folder is no backup."""
    entries = {"format": _FORMAT, **asdict(manifest), "lost": list(manifest.lost)}
    _write(folder / MANIFEST, (json.dumps(entries, indent=1, sort_keys=True) + "\n").encode())


def read_manifest(folder: Path) -> Manifest:
    """Read a backup's manifest.

    Raises
    ------
    RecordError
        If there is none, or it can't be understood.
    """
    try:
        entries = json.loads((folder / MANIFEST).read_bytes())
    except (FileNotFoundError, NotADirectoryError) as fault:
        raise RecordError(
            f"{quoted(folder)} is no whole backup: it has no manifest.json.", "Name the folder of a backup."
        ) from fault
    except (OSError, ValueError, RecursionError) as fault:
        raise _damaged(folder, MANIFEST) from fault
    if isinstance(entries, dict) and entries.get("format", 0) != _FORMAT:
        raise RecordError(f"{quoted(folder)} was made by a newer pigtrack.", "Install that version or a newer one.")
    return _to_manifest(folder, entries)


def _to_manifest(folder: Path, entries: Any) -> Manifest:
    try:
        entries.pop("format")
        head, lost, files = Head(**entries.pop("head")), tuple(entries.pop("lost")), entries.pop("files")
        manifest = Manifest(**entries, head=head, lost=lost, files=dict(files))
    except (AttributeError, KeyError, TypeError, ValueError) as fault:
        raise _damaged(folder, MANIFEST) from fault
    names = {DATABASE_FILE, SUMS, README}
    if not names <= manifest.files.keys() <= names | {ERASURES_FILE} or not all(map(is_digest, manifest.lost)):
        raise _damaged(folder, MANIFEST)
    return manifest


def check_files(folder: Path, manifest: Manifest) -> None:
    """Read the files of a backup again, but for the originals.

    Raises
    ------
    RecordError
        At the first that is missing or is not what was written.
    """
    for name, digest in manifest.files.items():
        try:
            fits = digest_file(folder / name) == digest
        except OSError as fault:
            raise _damaged(folder, name) from fault
        if not fits:
            raise _damaged(folder, name)


def listed_originals(folder: Path) -> Iterator[str]:
    """Yield the digests of the originals that a backup's SHA256SUMS lists, in order."""
    with (folder / SUMS).open(encoding="ascii") as lines:
        for line in lines:
            digest, _, name = line.rstrip("\n").partition("  ")
            if name.startswith(f"{ORIGINALS_FOLDER}/"):
                yield digest


def digest_file(path: Path) -> str:
    """Return the SHA-256 of a file, read in pieces."""
    read = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while piece := file.read(PIECE_BYTES):
            read.update(piece)
    return read.hexdigest()


def _damaged(folder: Path, name: str) -> RecordError:
    return RecordError(
        f"The backup {quoted(folder)} is damaged: {name} is missing or not what was written.", "Use another backup."
    )


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        write_through(file, data)
