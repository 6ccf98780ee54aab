"""Takes measured courses in for a cohort: which there are, which can take part, and which must not stand together."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pigtrack.cohort import take_course
from pigtrack.errors import CourseError
from pigtrack.model.cohort import CohortCourse, LeftOut, MeasuredTables
from pigtrack.model.course import Endpoint, Mode
from pigtrack.store.measured import UnusableTables, find_courses, read_measured
from pigtrack.store.naming import quoted

_WHY = {
    LeftOut.EXPLORATORY: "is exploratory: its baseline shows no colour card.",
    LeftOut.NO_SUBJECT: "names no subject, so that one patient's courses can't be told from another's. "
    'Give subject = "…" (a pseudonym) in its course.toml and measure it again.',
    LeftOut.UNDATED: "has no dates. Give each [[session]] its date and measure it again.",
    LeftOut.TWICE: "is a copy of another that was given.",
    LeftOut.NO_LATER_SESSION: "has no later session that can be compared with its baseline.",
    LeftOut.OTHER_MODE: "was measured in the other mode.",
}


def every_course(folders: Sequence[Path]) -> Iterator[Path]:
    """Yield every course's folder once, whatever way it was named."""
    seen: set[Path] = set()
    for given in folders:
        for folder in find_courses(given):
            real = folder.resolve()
            if real not in seen:
                seen.add(real)
                yield folder


class Intake:
    """Takes courses in one at a time, keeping of each only what the comparison needs."""

    def __init__(self, endpoint: Endpoint, mode: Mode | None) -> None:
        self._endpoint = endpoint
        self._mode = mode
        self._known: set[tuple[str, str, str]] = set()
        self._kinds: Counter[Mode] = Counter()
        self.courses: list[CohortCourse] = []
        self.left_out: Counter[LeftOut] = Counter()
        self.algorithms: Counter[tuple[tuple[str, int], ...]] = Counter()
        self.versions: set[str] = set()
        self.warnings: list[str] = []

    def take(self, folder: Path) -> None:
        """Read a course; one that can't take part is counted and told of."""
        try:
            tables = read_measured(folder)
        except UnusableTables as fault:
            self._leave_out(fault.reason, f"Left out: {fault}")
            return
        self.take_tables(tables, quoted(folder))

    def take_tables(self, tables: MeasuredTables, name: str) -> None:
        """Take in a course that was read already; ``name`` is what a warning calls it."""
        taken = take_course(tables, self._endpoint, self._mode)
        if isinstance(taken, LeftOut):
            self._leave_out(taken, f"Left out: the course {name} {_WHY[taken]}")
        elif (key := (taken.subject, taken.id, taken.digest)) in self._known:
            self._leave_out(LeftOut.TWICE, f"Left out: the course {name} {_WHY[LeftOut.TWICE]}")
        else:
            self._known.add(key)
            self._keep(taken, tables)

    def _keep(self, taken: CohortCourse, tables: MeasuredTables) -> None:
        self.courses.append(taken)
        self._kinds[tables.course.mode] += 1
        self.algorithms[tuple(sorted(tables.algorithms.items()))] += 1
        self.versions.add(tables.version)

    def _leave_out(self, reason: LeftOut, said: str) -> None:
        self.left_out[reason] += 1
        self.warnings.append(said)

    def refuse_mixture(self, *, mix_versions: bool) -> None:
        """Refuse what must not be put side by side.

        Raises
        ------
        CourseError
            If nothing is left to compare, or spots stand beside fields, or versions differ and that was not wanted.
        """
        if not self.courses:
            reasons = "\n".join(self.warnings)
            raise CourseError(
                f"{reasons}\nNo course is left to compare.", "Measure them first: pigtrack measure COURSE."
            )
        if len(self._kinds) > 1:
            told = " and ".join(f"{count} in mode {mode.value}" for mode, count in sorted(self._kinds.items()))
            raise CourseError(
                f"There are {told}; spots and a field are not the same thing.",
                "Choose with --mode spots or --mode field.",
            )
        if len(self.algorithms) > 1 and not mix_versions:
            raise CourseError(
                f"The courses were measured by different versions ({_tell_versions(self.algorithms)}).",
                "Measure them all with this version (pigtrack measure COURSE), or compare them as they are with "
                "--mix-versions.",
            )


def _tell_versions(kinds: Mapping[tuple[tuple[str, int], ...], int]) -> str:
    """Name the algorithms that differ, with the number of courses of each version."""
    every = [(dict(kind), count) for kind, count in kinds.items()]
    names = sorted({name for kind, _ in every for name in kind})
    told = []
    for name in names:
        counts: Counter[str] = Counter()
        for kind, count in every:
            counts[str(kind.get(name, "none"))] += count
        if len(counts) > 1:
            told.append(f"{name} " + " and ".join(f"{version} in {count}" for version, count in sorted(counts.items())))
    return "; ".join(told)
