"""erasures.jsonl: who was erased, by ids that say nothing, kept beside the record and outside of its backups."""

import json
from collections.abc import Sequence
from pathlib import Path

from pigtrack.errors import RecordError
from pigtrack.store.naming import quoted
from pigtrack.store.record.erasing import Tombstone
from pigtrack.store.whole import write_whole

ERASURES = "erasures.jsonl"
"""Its name in a data folder."""


def load_tombstones(path: Path) -> tuple[Tombstone, ...]:
    """Return the tombstones of a file, one a line.

    Raises
    ------
    RecordError
        If it can't be read as such.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return tuple(_tombstone(json.loads(line)) for line in lines if line.strip())
    except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError) as fault:
        reason = getattr(fault, "strerror", None) or "it is no list of erasures"
        raise RecordError(
            f"{quoted(path)} can't be read ({reason}).", "Take the file as pigtrack erase wrote it, or a copy."
        ) from fault


def _tombstone(entry: dict[str, str]) -> Tombstone:
    return Tombstone(str(entry["subject"]), str(entry["erased"]))


def save_tombstones(folder: Path, tombstones: Sequence[Tombstone]) -> Path:
    """Add tombstones to the file of a data folder, each once; those that only the file knows stay.

    Raises
    ------
    RecordError
        If the file that is there can't be read.
    OutputError
        If it can't be written.
    """
    path = folder / ERASURES
    told = load_tombstones(path) if path.exists() else ()
    known = {each.subject for each in told}
    wanted = (*told, *(each for each in tombstones if each.subject not in known))
    if wanted != told:
        lines = (json.dumps({"subject": each.subject, "erased": each.erased}) + "\n" for each in wanted)
        write_whole({path: "".join(lines).encode()})
    return path
