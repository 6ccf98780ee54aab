"""Writes the results of a course: whole, or not at all."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pigtrack.errors import OutputError
from pigtrack.imaging import opencv
from pigtrack.store.leftovers import temporary_folder
from pigtrack.store.naming import leads_outside, quoted
from pigtrack.store.tables import csv_text
from pigtrack.store.whole import refuse_unwritable, write_through, write_tree_through

RUN_FILE = "run.json"
_EARLIER = "earlier"
_KEEPERS = (".DS_Store", "Thumbs.db", "desktop.ini")
"""What file managers leave behind is nobody's work."""


def write_results(
    out: Path,
    *,
    tables: Mapping[str, pd.DataFrame],
    labels: Mapping[str, NDArray[np.uint16]],
    files: Mapping[str, bytes],
    run: Mapping[str, Any],
) -> None:
    """Write a results folder beside its place, then swap it in.

    Parameters
    ----------
    out : Path
        The results folder. An earlier one is replaced when everything new is written, and only if pigtrack wrote it.
    tables : mapping of str to DataFrame
        By name without suffix: ``sessions`` becomes ``sessions.csv``.
    labels : mapping of str to ndarray, shape (rows, columns), uint16
        By the photograph's name: ``a/b.jpg`` becomes ``labels/a/b.png``. Values are asked for one at a time.
    files : mapping of str to bytes
        Anything else, by its path inside the folder.
    run : mapping
        Becomes ``run.json``; the SHA-256 of every other file is added to it as ``files``.

    Raises
    ------
    OutputError
        If the folder can't be written, or holds what pigtrack did not write. Then nothing has changed.
    ValueError
        If a name leads outside the folder.
    """
    out = refuse_foreign(out)
    with _translated(out), _workplace(out) as place:
        digests = {}
        for name, data in _contents(tables, labels, files):
            digests[name] = hashlib.sha256(data).hexdigest()
            _write(place, name, data)
        _write(place, RUN_FILE, _json({**run, "files": digests}))
        write_tree_through(place)
        _swap(place, out)


def refuse_foreign(out: Path) -> Path:
    """Return the full path of a results folder that may be written; to be asked before the long work too.

    Raises
    ------
    OutputError
        If something else than earlier results stands there.
    """
    out = Path(os.path.realpath(out))
    refuse_unwritable(out)
    if out.is_mount():
        raise OutputError(
            f"{quoted(out)} is where a disk is mounted, which can't be replaced as a whole.",
            "Name a folder inside it with --out.",
        )
    if out.exists() and not out.is_dir():
        raise OutputError(f"{quoted(out)} is no folder.", "Name another place with --out.")
    with _translated(out):
        stranger, changed = next(_strangers(out), None), next(_changed(out), None)
    if stranger is not None:
        raise OutputError(
            f"{quoted(out)} holds what pigtrack did not write ({quoted(stranger)}).",
            "Move it away, or name another place with --out.",
        )
    if changed is not None:
        raise OutputError(
            f"{quoted(changed)} in {quoted(out)} was changed since pigtrack wrote it, and would be lost.",
            "Move it away, or name another place with --out.",
        )
    return out


def _changed(folder: Path) -> Iterator[str]:
    """Names of an earlier run's files that are there with other bytes: somebody's corrections, or notes in a table."""
    for name, digest in _listed(folder).items():
        path = folder / name
        if not leads_outside(name) and path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            yield name


def _strangers(folder: Path) -> Iterator[str]:
    """Names in a folder that are not of an earlier run: all that its run.json does not list. Nothing is guessed.

    A folder that can't be looked into is a stranger too: what it holds nobody knows.
    """
    listed = _listed(folder)
    ours = {*listed, RUN_FILE} if listed else set()
    for at, folders, files in os.walk(folder, onerror=_raise):
        folders.sort()
        for name in sorted([*files, *(each for each in folders if Path(at, each).is_symlink())]):
            found = Path(at, name).relative_to(folder).as_posix()
            if found not in ours and name not in _KEEPERS:
                yield found


def _raise(fault: OSError) -> None:
    if not isinstance(fault, FileNotFoundError):
        raise fault


def _listed(folder: Path) -> dict[str, str]:
    """Return what an earlier run wrote into a folder with the SHA-256 of each, as its run.json tells.

    Nothing where it tells nothing.
    """
    try:
        run = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    files = run.get("files") if isinstance(run, dict) else None
    return {str(name): str(digest) for name, digest in files.items()} if isinstance(files, dict) else {}


def _contents(
    tables: Mapping[str, pd.DataFrame], labels: Mapping[str, NDArray[np.uint16]], files: Mapping[str, bytes]
) -> Iterator[tuple[str, bytes]]:
    for name, table in tables.items():
        yield f"{name}.csv", csv_text(table).encode("utf-8", "backslashreplace")
    for name, image in labels.items():
        if image.dtype != np.uint16 or image.ndim != 2:
            raise ValueError(f"labels of {name} must be uint16 of two dimensions, got {image.dtype} {image.shape}")
        yield label_path(name), opencv.encode_png(image)
    yield from files.items()


def label_path(photo: str) -> str:
    """Return where the label image of a photograph lies in the results folder.

    Examples
    --------
    >>> label_path("visit-1/left.jpg")
    'labels/visit-1/left.png'
    """
    return str(PurePosixPath("labels") / PurePosixPath(photo).with_suffix(".png"))


def _json(run: Mapping[str, Any]) -> bytes:
    text = json.dumps(run, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode("utf-8", "backslashreplace")


def _write(place: Path, name: str, data: bytes) -> None:
    if leads_outside(name):
        raise ValueError(f"names must stay inside the results folder, got {name!r}")
    path = place / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        write_through(file, data)


def _swap(place: Path, out: Path) -> None:
    """Two renames; should the second fail, the first is taken back."""
    refuse_foreign(out)  # another measurement may have ended in the meantime
    if not out.exists():
        place.rename(out)
        return
    earlier = place.with_name(_EARLIER)
    out.rename(earlier)
    try:
        place.rename(out)
    except BaseException:
        earlier.rename(out)
        raise
    shutil.rmtree(earlier, ignore_errors=True)


@contextmanager
def _workplace(out: Path) -> Iterator[Path]:
    """A new folder near ``out``, gone afterwards, but for earlier results that could not be put back."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with temporary_folder(".pigtrack-", out.parent, keep=_EARLIER) as around:
        place = around / "new"  # made by mkdir, so that it gets the rights that the user's folders get
        place.mkdir()
        yield place


@contextmanager
def _translated(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        raise OutputError(
            f"The results can't be written to {quoted(out)} ({fault.strerror or fault}).",
            "Free some space there or name another place with --out; nothing was changed.",
        ) from fault
