"""A clinic's own repeatability: measured, told, kept."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pigtrack.errors import CourseError
from pigtrack.imaging.change import measure_repeatability
from pigtrack.model.course import Course
from pigtrack.model.linked import LinkedCourse
from pigtrack.model.progress import Progress
from pigtrack.model.repeatability import EndpointRepeatability, Repeatability, ReplicateKind
from pigtrack.store.folder import load_course
from pigtrack.store.noise_file import refuse_noise_place, save_noise
from pigtrack.tracker.measuring import measure_course

_KINDS = {
    ReplicateKind.SHOTS: "shots of one setting-up: the camera's noise alone, not what a session adds",
    ReplicateKind.RESEATED: "reseated shots: each set up anew on the same day",
    ReplicateKind.UNCHANGED: "sessions that were declared unchanged",
}


@dataclass(frozen=True, eq=False, slots=True)
class ToldRepeatability:
    """A clinic's repeatability with what is said of it; ``json`` is the same for machines."""

    found: Repeatability
    lines: tuple[str, ...]
    json: str


def repeatability(
    *,
    courses: Sequence[Path],
    unchanged: bool = False,
    out: Path | None = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> ToldRepeatability:
    """Tell from replicate photographs of unchanged skin how well a clinic's photographs repeat themselves.

    Parameters
    ----------
    courses : sequence of Path
        Folders of courses, pooled.
    unchanged : bool
        The skin did not change over each whole course, so that all its sessions are replicates.
    out : Path or None
        A noise file to write, which ``noise`` in a course.toml can name.

    Raises
    ------
    CourseError
        If there is nothing to learn from, or nothing that a course could use.
    """
    if out is not None:
        refuse_noise_place(Path(out))
    loaded = [load_course(folder) for folder in courses]
    kind = _kind(loaded, unchanged=unchanged)
    _refuse_single(loaded, kind)
    if out is not None and kind is ReplicateKind.SHOTS:
        raise CourseError(
            "Shots that were not set up anew don't show what a session adds, so they make no noise file.",
            "Lay the card and seat the subject anew for every shot and say reseated_shots = true, or declare sessions "
            "of unchanged skin with --unchanged.",
        )
    linked = [_follow(folder, workers, progress) for folder in courses]
    found = measure_repeatability(linked, kind=kind)
    if found is None:
        raise CourseError(
            "No lesion stands clear in two photographs of the same unchanged skin.",
            "Photograph skin with spots of at least 3 mm, several times on one day.",
        )
    if out is not None:
        save_noise(out, found)
    return ToldRepeatability(found, tuple(_tell(found, out)), json.dumps(_entries(found), allow_nan=False))


def _kind(courses: Sequence[Course], *, unchanged: bool) -> ReplicateKind:
    if unchanged:
        return ReplicateKind.UNCHANGED
    reseated = all(course.reseated_shots for course in courses)
    return ReplicateKind.RESEATED if reseated else ReplicateKind.SHOTS


def _refuse_single(courses: Sequence[Course], kind: ReplicateKind) -> None:
    if kind is ReplicateKind.UNCHANGED:
        if not any(sum(len(session.photos) for session in course.sessions) > 1 for course in courses):
            raise CourseError(
                "One photograph has nothing to be compared with.", "Give a course with two photographs or more."
            )
    elif not any(len(session.photos) > 1 for course in courses for session in course.sessions):
        raise CourseError(
            "Every session has one photograph, so nothing repeats.",
            "Take three shots at a session, set up anew each time, and list them in its photos; or say --unchanged if "
            "the skin did not change from session to session.",
        )


def _follow(folder: Path, workers: int, progress: Progress | None) -> LinkedCourse:
    linked = measure_course(folder, workers=workers).result.linked
    if linked is None:
        raise CourseError(f"The course {folder} has no single lesions to follow.", 'Give a course with mode = "spots".')
    return linked


def _tell(found: Repeatability, out: Path | None) -> Iterator[str]:
    yield (
        f"{found.photographs} photographs in {found.groups} group{'' if found.groups == 1 else 's'} of replicates, "
        f"{found.lesions} lesions; {_KINDS[found.kind]}."
    )
    yield f"{'':10}{'whole session':>24}{'df':>5}{'shared':>9}{'one lesion':>12}{'df':>6}   smallest fall to be shown"
    for each in found.endpoints:
        yield _row(each)
    yield (
        "Standard deviations of one photograph in %, 95 % intervals in brackets; falls of a whole session at 5 % "
        "two-sided, by one and by three shots a session."
    )
    yield "Noise against what pigtrack takes where it knows nothing: " + ", ".join(
        f"{each.endpoint.value} {each.common_factor:.2f} shared, {each.own_factor:.2f} own" for each in found.endpoints
    )
    if out is not None:
        yield f'Wrote {out}. Let a course use it with noise = "{Path(out).name}" in its course.toml, beside that file.'


def _row(each: EndpointRepeatability) -> str:
    total = f"{100 * each.total.value:.2f} ({100 * each.total.low:.2f} to {100 * each.total.high:.2f})"
    falls = "; ".join(
        f"{shots} shot{'' if shots == 1 else 's'} {fall:.1f} % ({low:.1f} to {high:.1f})"
        for shots, fall, low, high in each.smallest
    )
    spread = f"{each.total.degrees:>5.0f}{100 * each.common:>9.2f}{100 * each.own:>12.2f}{each.own_degrees:>6.0f}"
    return f"{each.endpoint.value:10}{total:>24}{spread}   {falls}"


def _entries(found: Repeatability) -> dict[str, object]:
    endpoints = {
        each.endpoint.value: {
            "total_cv_percent": 100 * each.total.value,
            "total_cv_low_percent": 100 * each.total.low,
            "total_cv_high_percent": 100 * each.total.high,
            "total_degrees": each.total.degrees,
            "shared_cv_percent": 100 * each.common,
            "lesion_cv_percent": 100 * each.own,
            "lesion_degrees": each.own_degrees,
            "shared_factor": each.common_factor,
            "lesion_factor": each.own_factor,
            "smallest_falls": [
                {"shots": shots, "percent": fall, "low_percent": low, "high_percent": high}
                for shots, fall, low, high in each.smallest
            ],
        }
        for each in found.endpoints
    }
    counts = {name: value for name, value in asdict(replace(found, endpoints=())).items() if name != "endpoints"}
    return {**counts, "kind": found.kind.value, "endpoints": endpoints}
