"""Which courses stand together, and which groups are too small to be told of."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from pigtrack.cohort.sessions import Sessions
from pigtrack.model.cohort import Axis, CohortCourse, Factor
from pigtrack.model.quantity import FloatArray

DAYS_IN_UNIT = 30.0

MASK = "…"


def gather(courses: Iterable[CohortCourse], factor: Factor) -> dict[str | None, list[CohortCourse]]:
    """Return courses by what they say of themselves, labels in alphabetical order, those that say nothing last.

    Spelling that differs in capitals and spaces alone is one label, written as most courses write it. A subject or
    course that is named in a label is masked.
    """
    every = sorted(courses, key=lambda course: (course.subject, course.id, course.digest))
    names = frozenset(name for course in every for name in (course.subject, course.id) if name)
    together: dict[str | None, list[CohortCourse]] = defaultdict(list)
    spellings: dict[str | None, Counter[str]] = defaultdict(Counter)
    for course in every:
        said = course.groups.get(factor)
        key = None if said is None else " ".join(said.split()).casefold()
        together[key].append(course)
        spellings[key].update([] if said is None else [" ".join(said.split())])
    labelled = {_label(spellings[key], names): members for key, members in together.items()}
    return dict(sorted(labelled.items(), key=lambda item: _alphabetical(item[0])))


def _alphabetical(label: str | None) -> tuple[bool, str, str]:
    """Sort key: no label last, capitals and accents make no difference (Ä stands with A)."""
    letters = unicodedata.normalize("NFKD", label or "")
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return label is None, plain.casefold(), label or ""


def _label(spellings: Counter[str], names: frozenset[str]) -> str | None:
    if not spellings:
        return None
    label = min(spellings, key=lambda spelling: (-spellings[spelling], spelling))
    words = re.split(r"(\s+)", label)
    return "".join(MASK if word in names else word for word in words) if label not in names else MASK


def count_patients(courses: Iterable[CohortCourse]) -> int:
    """Return how many subjects the courses are of."""
    return len({course.subject for course in courses})


def axis_values(course: CohortCourse, axis: Axis) -> FloatArray:
    """Return how far the later sessions lie from the baseline, in units of 30 days or in treatments."""
    return course.days / DAYS_IN_UNIT if axis is Axis.DAYS else course.treatments


def is_followed(courses: Sequence[CohortCourse], axis: Axis, at: float, least: int) -> bool:
    """Whether enough patients were followed to a point, or to three quarters of the way."""
    reach = 0.75 * (at / DAYS_IN_UNIT if axis is Axis.DAYS else at)
    return count_patients(each for each in courses if float(axis_values(each, axis).max()) >= reach) >= least


def lay_sessions(courses: Sequence[CohortCourse], axis: Axis, levels: FloatArray | None = None) -> Sessions:
    """Return the later sessions of courses (sorted by subject) one after another.

    Parameters
    ----------
    levels : ndarray, shape (patients,), float64, or None
        A covariate.
    """
    subjects = {subject: index for index, subject in enumerate(dict.fromkeys(each.subject for each in courses))}
    counts = [len(each.change) for each in courses]
    return Sessions(
        x=np.concatenate([axis_values(each, axis) for each in courses]),
        y=np.concatenate([each.change for each in courses]),
        variance=np.concatenate([each.variance for each in courses]),
        course=np.repeat(np.arange(len(courses)), counts),
        shared=np.array([each.shared for each in courses]),
        patient=np.array([subjects[each.subject] for each in courses]),
        covariate=levels,
    )
