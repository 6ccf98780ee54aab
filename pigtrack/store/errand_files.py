"""Where errands of the web app leave what they made: a folder in the data folder that only its owner may enter.

What an export made is sealed with a key that the server alone holds, in its memory: who copies the folder has nothing,
and once the server has ended nobody has. Last results of other kinds hold figures and ids, and stay.
"""

import io
import json
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from pigtrack.errors import OutputError, RecordError, UnknownError
from pigtrack.store.vault.sealed_file import SealedFile, seal_file
from pigtrack.store.whole import write_whole

FOLDER = "errands"
_SEALED = "sealed"
KEPT_S = 4 * 3600
"""How long an export is kept for whoever asked: long enough for a slow line, short enough not to be forgotten."""


class ErrandFiles:
    """The files of a data folder's errands: a folder for each export, and the last result of each other kind."""

    def __init__(self, data: Path) -> None:
        self._folder = data / FOLDER

    def make(self, uid: str) -> Path:
        """Make the folder of an errand, and clear away those that are too old."""
        self.sweep()
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            place = self._folder / uid
            place.mkdir(mode=0o700)
        except OSError as fault:
            raise OutputError(
                f"The data folder can't be written ({fault.strerror}).", "Free some space there, or mend its rights."
            ) from fault
        return place

    def sweep(self) -> None:
        """Clear away what is older than it is kept."""
        if not self._folder.is_dir():
            return
        for each in self._folder.iterdir():
            if each.is_dir() and time.time() - each.stat().st_mtime > KEPT_S:
                shutil.rmtree(each, ignore_errors=True)

    def clear_exports(self) -> None:
        """Remove every errand's folder, and keep the last results: nobody knows of them once their server has ended."""
        if self._folder.is_dir():
            for each in self._folder.iterdir():
                if each.is_dir():
                    shutil.rmtree(each, ignore_errors=True)

    def remove(self, uid: str) -> None:
        """Remove an errand's folder."""
        shutil.rmtree(self._folder / uid, ignore_errors=True)

    def clear(self) -> None:
        """Remove all there is: after an erasure nothing of a patient may be left in what was made before."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def open(self, uid: str, key: bytes) -> BinaryIO:
        """Open the file that an errand made, as it was before it was sealed.

        Raises
        ------
        UnknownError
            If it is not there any more.
        """
        try:
            return io.BufferedReader(SealedFile(key, self._folder / uid / _SEALED))
        except OSError as fault:
            raise UnknownError("The file is not there any more.", "Make it again.") from fault

    def keep_result(self, kind: str, result: Mapping[str, Any]) -> None:
        """Keep the last result of a kind, whole or not at all."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        write_whole({self._folder / f"{kind}.json": json.dumps(result, allow_nan=False).encode()})

    def read_result(self, kind: str) -> dict[str, Any] | None:
        """Return the last result of a kind; None: there is none.

        Raises
        ------
        RecordError
            If it can't be read.
        """
        try:
            found = json.loads((self._folder / f"{kind}.json").read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RecursionError) as fault:
            raise RecordError("The last result can't be read.", "Have it made again.") from fault
        if not isinstance(found, dict):
            raise RecordError("The last result can't be read.", "Have it made again.")
        return found


def seal_made(place: Path, name: str, key: bytes) -> None:
    """Seal the one file that an errand made in its folder, and remove what is not.

    Raises
    ------
    OutputError
        If it can't be written.
    """
    try:
        seal_file(key, place / name, place / _SEALED)
        (place / name).unlink()
    except OSError as fault:
        raise OutputError(
            f"The data folder can't be written ({fault.strerror}).", "Free some space there, or mend its rights."
        ) from fault
