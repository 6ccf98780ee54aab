"""A recorded course as a folder that `measure` can measure: course.toml, photographs, and the files it refers to."""

import hashlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from pigtrack.errors import OriginalError
from pigtrack.model.record import RecordedCourse
from pigtrack.store.course_file.writing import course_text
from pigtrack.store.folder import COURSE_FILE
from pigtrack.store.naming import quoted
from pigtrack.store.whole import write_whole


def write_course_folder(recorded: RecordedCourse, folder: Path) -> Path:
    """Write a course's originals and course.toml into an empty folder; return it. One photograph is held at a time.

    Raises
    ------
    OriginalError
        If an original is missing, damaged, or not what was taken in.
    """
    for photograph in recorded.photographs:
        data = photograph.read()
        if hashlib.sha256(data).hexdigest() != photograph.sha256:
            raise OriginalError(
                f"{quoted(photograph.name)} of course {recorded.course.id} is not what was taken in.",
                "Restore the originals from a backup.",
                name=photograph.name,
            )
        write_whole({folder / PurePosixPath(photograph.name): data})
    write_whole({folder / PurePosixPath(path): data for path, data in recorded.files.items()} or {})
    write_whole({folder / COURSE_FILE: course_text(recorded.course).encode()})
    return folder


def input_digest(recorded: RecordedCourse) -> str:
    """Return the SHA-256 of all that a measurement rests on: course.toml, photographs, other files."""
    photographs = {each.name: each.sha256 for each in recorded.photographs}
    files = {path: hashlib.sha256(data).hexdigest() for path, data in recorded.files.items()}
    return digest_input(course_text(recorded.course).encode(), photographs, files)


def digest_input(course_toml: bytes, photographs: Mapping[str, str], files: Mapping[str, str]) -> str:
    """Return the same of a folder: the text of its course.toml, and the SHA-256 of what else is in it, by name."""
    digest = hashlib.sha256(course_toml)
    for name, sha256 in (*sorted(photographs.items()), *sorted(files.items())):
        digest.update(f"{name}\0{sha256}\n".encode())
    return digest.hexdigest()
