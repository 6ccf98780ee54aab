"""A temporary folder for the big arrays between the steps, so that no step holds a whole course in memory."""

import pickle
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, TypeVar

from pigtrack.errors import OutputError
from pigtrack.store.leftovers import clear_left, temporary_folder

Record = TypeVar("Record")

_PREFIX = "pigtrack-"


class Workspace:
    """Keeps records and pictures by name until the ``with`` block ends.

    Only this process and the workers it started read it back, so pickles are safe here.
    """

    def __init__(self) -> None:
        self._until_then = ExitStack()
        try:
            made = temporary_folder(_PREFIX, Path(tempfile.gettempdir()))
            self.folder = self._until_then.enter_context(made)
        except OSError as fault:
            raise OutputError(
                f"No temporary folder can be made ({fault.strerror}).",
                "Free some space or set TMPDIR to a writable folder.",
            ) from fault

    def __enter__(self) -> "Workspace":
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self._until_then.close()


def clear_left_workspaces() -> None:
    """Clear away what killed processes left: decrypted photographs may be among it."""
    clear_left(_PREFIX, Path(tempfile.gettempdir()))


def keep_record(folder: Path, name: str, record: Any) -> None:
    """Keep a record under a name."""
    try:
        with (folder / f"{name}.pickle").open("wb") as file:
            pickle.dump(record, file, protocol=pickle.HIGHEST_PROTOCOL)
    except OSError as fault:
        raise OutputError(
            f"The temporary folder is full or gone ({fault.strerror}).", "Free some space or set TMPDIR elsewhere."
        ) from fault


def recall_record(folder: Path, name: str) -> Any:
    """Return the record kept under a name."""
    try:
        with (folder / f"{name}.pickle").open("rb") as file:
            return pickle.load(file)
    except OSError as fault:
        raise OutputError(
            f"The temporary folder is gone ({fault.strerror}).", "Set TMPDIR to a folder that nobody empties meanwhile."
        ) from fault


class KeptRecords(Generic[Record]):
    """Records of one kind by name, loaded one at a time: a sequence that holds at most the one being looked at."""

    def __init__(self, folder: Path, names: tuple[str, ...], kind: type[Record]) -> None:
        self._folder = folder
        self._names = names
        self._kind = kind

    def __len__(self) -> int:
        return len(self._names)

    def __getitem__(self, index: int) -> Record:
        record = recall_record(self._folder, self._names[index])
        if not isinstance(record, self._kind):
            raise ValueError(f"{self._names[index]} is no {self._kind.__name__}")
        return record

    def __iter__(self) -> Iterator[Record]:
        return (self[index] for index in range(len(self)))
