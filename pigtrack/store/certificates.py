"""Where the certificates of a data folder lie: its own small authority, and what it signed for this machine.

The keys are readable for the account alone that runs pigtrack, and are no part of a backup: whoever holds the
authority's key could pass for this machine.
"""

import contextlib
import os
import tempfile
from pathlib import Path

from pigtrack.errors import OutputError, RecordError
from pigtrack.store.naming import quoted

FOLDER = "tls"
AUTHORITY, AUTHORITY_KEY = "authority.pem", "authority.key"
SERVER, SERVER_KEY = "server.pem", "server.key"


def certificates_folder(data: Path) -> Path:
    """Return where the certificates of a data folder lie.

    Examples
    --------
    >>> certificates_folder(Path("data")).as_posix()
    'data/tls'
    """
    return data / FOLDER


def read_kept(folder: Path, name: str) -> bytes | None:
    """Return a file of the folder; None: there is none yet.

    Raises
    ------
    RecordError
        If it can't be read.
    """
    try:
        return (folder / name).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as fault:
        raise RecordError(
            f"{quoted(folder / name)} can't be read ({fault.strerror or fault}).", "Mend its rights."
        ) from fault


def keep_file(folder: Path, name: str, data: bytes) -> Path:
    """Write a file whole, for this account alone; return where it lies.

    Raises
    ------
    OutputError
        If it can't be written.
    """
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        return _write(folder / name, data)
    except OSError as fault:
        raise OutputError(
            f"{quoted(folder / name)} can't be written ({fault.strerror or fault}).", "Free some space, or mend rights."
        ) from fault


def _write(place: Path, data: bytes) -> Path:
    number, draft = tempfile.mkstemp(prefix=".pigtrack-", dir=place.parent)  # made for this account alone
    try:
        with os.fdopen(number, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, place)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(draft)
        raise
    return place
