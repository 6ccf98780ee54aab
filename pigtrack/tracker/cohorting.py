"""Courses side by side: reads measured courses one after another, compares, shows, writes."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from pigtrack import __version__
from pigtrack.charts import figure_files
from pigtrack.charts.cohort_chart import draw_cohort_chart
from pigtrack.cohort import ALGORITHM, compare_groups, take_course
from pigtrack.errors import CourseError
from pigtrack.model.cohort import FEWEST, Axis, CohortCourse, CohortResult, Factor, LeftOut, MeasuredTables
from pigtrack.model.course import Endpoint, Mode
from pigtrack.report.cohort import render_cohort, tell_cohort
from pigtrack.store.catalogues import load_catalogue
from pigtrack.store.cohort_tables import difference_rows, group_rows
from pigtrack.store.measured import UnusableTables, find_courses, read_measured, refuse_other_results
from pigtrack.store.naming import quoted
from pigtrack.store.results import write_results
from pigtrack.tracker.workers import Progress

DEFAULT_OUT = "pigtrack-cohort"

_WHY = {
    LeftOut.EXPLORATORY: "is exploratory: its baseline shows no colour card.",
    LeftOut.NO_SUBJECT: "names no subject, so that one patient's courses can't be told from another's. "
    'Give subject = "…" (a pseudonym) in its course.toml and measure it again.',
    LeftOut.UNDATED: "has no dates. Give each [[session]] its date and measure it again.",
    LeftOut.TWICE: "is a copy of another that was given.",
    LeftOut.NO_LATER_SESSION: "has no later session that can be compared with its baseline.",
    LeftOut.OTHER_MODE: "was measured in the other mode.",
}


@dataclass(frozen=True, eq=False)
class ComparedCourses:
    """Courses side by side: the records, the tables, the page.

    Attributes
    ----------
    result : CohortResult
        The records behind the tables; hidden groups hold no figures.
    warnings : tuple of str
        Each course that was left out, one sentence each, for the person who asked; they name folders.
    out : Path or None
        Where the results were written.
    """

    result: CohortResult
    warnings: tuple[str, ...] = ()
    out: Path | None = None
    language: str = "en"
    _drawn: dict[str, bytes] = field(default_factory=dict, repr=False)

    @cached_property
    def groups(self) -> pd.DataFrame:
        """cohort.csv as a table: one row a group, axis and kind of figure."""
        return group_rows(self.result)

    @cached_property
    def differences(self) -> pd.DataFrame:
        """differences.csv as a table: one row a pair of groups, axis and kind of figure."""
        return difference_rows(self.result)

    @property
    def summary(self) -> tuple[str, ...]:
        """What the groups came to, in a few lines of English."""
        said = tell_cohort(self.result, load_catalogue("en"))
        return said if self.out is None else (*said, f"Page: {self.out / 'cohort.html'}")

    @property
    def json(self) -> str:
        """One JSON object: the same as cohort.json, with the figures of both tables."""
        tables = {"groups": self.groups, "differences": self.differences}
        told = {name: json.loads(table.to_json(orient="records")) for name, table in tables.items()}
        return json.dumps(describe_cohort(self.result) | told, ensure_ascii=False, allow_nan=False)

    @property
    def chart_svg(self) -> bytes:
        """The chart as SVG."""
        return self._chart()["svg"]

    @property
    def chart_png(self) -> bytes:
        """The chart as PNG."""
        return self._chart()["png"]

    def page(self) -> str:
        """Return the page as HTML."""
        catalogue = load_catalogue(self.language)
        return render_cohort(self.result, self.chart_svg, catalogue=catalogue, version=__version__)

    def _chart(self) -> Mapping[str, bytes]:
        if not self._drawn:
            kinds: tuple[Literal["svg", "png"], ...] = ("svg", "png")
            figure = draw_cohort_chart(self.result, catalogue=load_catalogue(self.language))
            self._drawn.update(zip(kinds, figure_files(figure, kinds), strict=True))
        return self._drawn


def compare_courses(
    folders: Sequence[str | Path] | str | Path,
    *,
    by: str = "product",
    endpoint: str = "load",
    least: int = FEWEST,
    mode: str | None = None,
    mix_versions: bool = False,
    days: float | None = None,
    treatments: int | None = None,
    language: str = "en",
    progress: Progress | None = None,
) -> ComparedCourses:
    """Put measured courses side by side, without writing anything.

    Parameters
    ----------
    folders : path or sequence of paths
        Each a measured course, or a folder of measured courses.
    by : str
        ``product``, ``technique``, ``cause``, ``skin_type``, ``protocol``, ``diagnosis`` or ``site``.
    endpoint : str
        ``load``, ``area`` or ``contrast``.
    least : int
        Patients without whom a group is hidden; 3 or more, and fewer than 5 for use within a clinic only.
    mode : str or None
        ``spots`` or ``field``: courses of that mode alone.
    mix_versions : bool
        Take courses that were measured by different versions; the page says so.
    days, treatments : number or None
        Where groups are compared; None: 90 days and 4 treatments, or as far as every group was followed.
    language : str
        Of the page and the chart.

    Returns
    -------
    ComparedCourses
        ``.groups`` and ``.differences`` are pandas tables, ``.summary`` lines, ``.page()`` HTML, ``.chart_svg`` and
        ``.chart_png`` pictures.

    Raises
    ------
    PigtrackError
        If no course can be read, or the courses are not of one kind.
    ValueError
        If an option has no such value.
    """
    factor, chosen = Factor(by), Endpoint(endpoint)
    load_catalogue(language)
    given = [folders] if isinstance(folders, str | Path) else list(folders)
    intake = _Intake(chosen, None if mode is None else Mode(mode))
    for number, folder in enumerate(_every([Path(each) for each in given]), start=1):
        intake.take(folder)
        if progress is not None:
            progress(number, number + 1, "Reading courses")
    if progress is not None:
        progress(1, 1, "Reading courses")
    intake.refuse_mixture(mix_versions=mix_versions)
    at = {axis: float(value) for axis, value in ((Axis.DAYS, days), (Axis.TREATMENTS, treatments)) if value is not None}
    result = compare_groups(
        intake.courses,
        factor=factor,
        endpoint=chosen,
        least=least,
        at=at,
        left_out=intake.left_out,
        algorithms=[dict(each) for each in sorted(intake.algorithms)],
        versions=sorted(intake.versions),
    )
    return ComparedCourses(result, tuple(intake.warnings), language=language)


def cohort(
    *, folders: Sequence[Path], out: Path | None = None, progress: Progress | None = None, **options: Any
) -> ComparedCourses:
    """Put measured courses side by side and write what may be shared, whole or not at all.

    Parameters
    ----------
    folders : sequence of Path
    out : Path or None
        The results folder; None: ``pigtrack-cohort`` here.
    **options
        As `compare_courses` has them.
    """
    target = refuse_other_results(Path(DEFAULT_OUT) if out is None else Path(out))
    compared = compare_courses(list(folders), progress=progress, **options)
    write_results(
        target,
        tables={"cohort": compared.groups, "differences": compared.differences},
        labels={},
        files={
            "charts/cohort.svg": compared.chart_svg,
            "charts/cohort.png": compared.chart_png,
            "cohort.html": compared.page().encode("utf-8", "backslashreplace"),
        },
        run=describe_cohort(compared.result),
    )
    return replace(compared, out=target)


def describe_cohort(result: CohortResult) -> dict[str, Any]:
    """Return what made a cohort's figures; no pseudonym, and no count that gives away a hidden group."""
    few = f"fewer than {result.least}"
    return {
        "cohort": {ALGORITHM.name: ALGORITHM.version},
        "pigtrack": __version__,
        "by": result.factor.value,
        "endpoint": result.endpoint.value,
        "least": result.least,
        "at": {axis.value: value for axis, value in result.at.items()},
        "patients": result.patients,
        "courses": result.courses,
        "left_out": {
            reason.value: count if count >= result.least else few for reason, count in sorted(result.left_out.items())
        },
        "measured_by": {"pigtrack": list(result.versions), "algorithms": [dict(each) for each in result.algorithms]},
        "mixed_versions": result.mixed_versions,
        "inputs_sha256": result.digest,
        "randomised": False,
    }


def _every(folders: Sequence[Path]) -> Iterator[Path]:
    """Yield every course's folder once, whatever way it was named."""
    seen: set[Path] = set()
    for given in folders:
        for folder in find_courses(given):
            real = folder.resolve()
            if real not in seen:
                seen.add(real)
                yield folder


class _Intake:
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
        taken = take_course(tables, self._endpoint, self._mode)
        if isinstance(taken, LeftOut):
            self._leave_out(taken, f"Left out: the course {quoted(folder)} {_WHY[taken]}")
        elif (key := (taken.subject, taken.id, taken.digest)) in self._known:
            self._leave_out(LeftOut.TWICE, f"Left out: the course {quoted(folder)} {_WHY[LeftOut.TWICE]}")
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
