"""The data folder: where the record is, and pigtrack.toml, which says what lies elsewhere."""

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

from pigtrack.errors import RecordError
from pigtrack.store.naming import quoted
from pigtrack.store.whole import write_whole

SETTINGS_FILE = "pigtrack.toml"
DATABASE = "sqlite:record.sqlite"
ORIGINALS = "originals"

_TEXT = """# A record of pigtrack. Keep this folder whole, and back it up: pigtrack backup FOLDER.
# database: "sqlite:record.sqlite", or "postgresql://user@host/name" (needs pigtrack[pg])
# originals: a folder, or "s3://bucket/prefix" (needs pigtrack[s3]; keys from the environment)
database = "{database}"
originals = "{originals}"
"""


@dataclass(frozen=True, slots=True)
class DataFolder:
    """Where a record lies: its folder, and the places of database and originals as pigtrack.toml gives them."""

    path: Path
    database: str = DATABASE
    originals: str = ORIGINALS

    @property
    def settings(self) -> Path:
        """The file that makes a folder a data folder."""
        return self.path / SETTINGS_FILE


def usual_folder() -> Path:
    """Return the data folder where none is named: $PIGTRACK_DATA, else pigtrack-data in the user's home."""
    named = os.environ.get("PIGTRACK_DATA")
    if named:
        return Path(named)
    try:
        return Path.home() / "pigtrack-data"
    except RuntimeError as fault:
        raise RecordError("No home folder is known.", "Name the data folder with --data or PIGTRACK_DATA.") from fault


def find_folder(path: Path) -> DataFolder:
    """Return the data folder at a path.

    Raises
    ------
    RecordError
        If there is none, or its pigtrack.toml is wrong.
    """
    try:
        text = (path / SETTINGS_FILE).read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError) as fault:
        raise RecordError(
            f"{quoted(path)} holds no record.",
            "Name the data folder with --data, or begin one: pigtrack import COURSE, or pigtrack user add NAME.",
        ) from fault
    except (OSError, UnicodeDecodeError) as fault:
        reason = getattr(fault, "strerror", None) or "it is not UTF-8 text"
        raise RecordError(f"{quoted(path / SETTINGS_FILE)} can't be read ({reason}).", "Mend its rights.") from fault
    return DataFolder(path, **_places(path, text))


def _places(path: Path, text: str) -> dict[str, str]:
    try:
        entries = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise RecordError(f"{quoted(path / SETTINGS_FILE)} can't be read ({fault}).", "Mend it.") from fault
    known = {"database", "originals"}
    wrong = [key for key, value in entries.items() if key not in known or not isinstance(value, str) or not value]
    if wrong:
        raise RecordError(
            f"{quoted(path / SETTINGS_FILE)}: {quoted(wrong[0])} is no setting, or no text.",
            "Only database and originals are known.",
        )
    return {key: str(value) for key, value in entries.items()}


def make_folder(path: Path, *, database: str = DATABASE, originals: str = ORIGINALS) -> DataFolder:
    """Make a data folder in an empty or new place.

    Raises
    ------
    RecordError
        If something else stands there.
    OutputError
        If it can't be written.
    """
    if path.exists() and (not path.is_dir() or not all(map(_is_draft, path.iterdir()))):
        raise RecordError(f"{quoted(path)} holds something else than a record.", "Name an empty or new folder.")
    folder = DataFolder(path, database, originals)
    write_whole({folder.settings: _TEXT.format(database=database, originals=originals).encode()})
    path.chmod(0o700)
    return folder


def _is_draft(path: Path) -> bool:
    """Tell whether a file is one that `write_whole` began: another process just now, or one that was killed."""
    return path.name.startswith(".pigtrack-") and path.is_file()
