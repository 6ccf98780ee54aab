"""Blinded reviews of a recorded course: pictures under letters go out, the key stays sealed until they are closed."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pigtrack.model.progress import Progress
from pigtrack.model.roles import Verb
from pigtrack.store.record.corrections import close_review, find_review, keep_review
from pigtrack.store.record.courses import need_course
from pigtrack.store.record.reading import read_course
from pigtrack.store.review_folder import refuse_review_place
from pigtrack.store.workspace import Workspace
from pigtrack.tracker.record.course_folder import write_course_folder
from pigtrack.tracker.record.desk import By, Data, actor_of, opened
from pigtrack.tracker.reviewing import review_blinded

_SEED_BYTES = 32


@dataclass(frozen=True, slots=True)
class OpenedReview:
    """A review that was begun: its id, its folder, its letters in their own order."""

    id: str
    folder: Path
    letters: tuple[str, ...]


def open_review(
    *,
    label: str,
    out: Path,
    data: Data = None,
    by: By = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> OpenedReview:
    """Write a course's pictures under letters into a new folder, and keep the key sealed.

    Raises
    ------
    PigtrackError
        If the course can't be measured, the folder is not new, or who asks may not do it.
    """
    refuse_review_place(Path(out))
    with opened(data) as record:
        actor = actor_of(record, by, to=Verb.CORRECT)
        with record.reading() as connection:
            row = need_course(connection, label)
            recorded = read_course(record, connection, row)
        with Workspace() as workspace:
            folder = write_course_folder(recorded, workspace.folder / "course")
            seed = secrets.token_hex(_SEED_BYTES)
            review = review_blinded(course_folder=folder, out=out, seed=seed, workers=workers, progress=progress)
        with record.writing(actor) as unit:
            kept = keep_review(unit, row, review.key)
            where = {"subject": row["subject_id"], "course": row["id"]}
            unit.note("export", "reviews", kept, **where, format="blinded pictures", pictures=len(review.key))
    return OpenedReview(kept, review.folder, tuple(letter for letter, _ in review.key))


def end_review(*, review: str, data: Data = None, by: By = None) -> Sequence[tuple[str, int]]:
    """Close a blinded review and return its key: letters and the numbers of their sessions.

    The trail tells who was shown it, at every time.

    Raises
    ------
    PigtrackError
        If there is no such review, or who asks may not do it.
    """
    with opened(data) as record:
        actor = actor_of(record, by, to=Verb.CORRECT)
        with record.writing(actor) as unit:
            found = find_review(unit.connection, review)
            close_review(unit, found)
            unit.note("view", "reviews", found.id, subject=found.subject, course=found.course, what="key")
    return found.key
