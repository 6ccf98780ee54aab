"""Courses side by side: reads measured courses one after another, compares, shows, writes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from pigtrack import __version__
from pigtrack.charts import figure_files
from pigtrack.charts.cohort_chart import draw_cohort_chart
from pigtrack.cohort import ALGORITHM, compare_groups
from pigtrack.model.cohort import FEWEST, Axis, CohortResult, Factor
from pigtrack.model.course import Endpoint, Mode
from pigtrack.model.progress import Progress
from pigtrack.report.cohort import render_cohort, tell_cohort
from pigtrack.store.catalogues import load_catalogue
from pigtrack.store.cohort_tables import difference_rows, group_rows
from pigtrack.store.measured import refuse_other_results
from pigtrack.store.results import write_results
from pigtrack.tracker.intake import Intake, every_course

DEFAULT_OUT = "pigtrack-cohort"


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
    intake = Intake(chosen, None if mode is None else Mode(mode))
    for number, folder in enumerate(every_course([Path(each) for each in given]), start=1):
        intake.take(folder)
        if progress is not None:
            progress(number, number + 1, "Reading courses")
    if progress is not None:
        progress(1, 1, "Reading courses")
    at = {axis: float(value) for axis, value in ((Axis.DAYS, days), (Axis.TREATMENTS, treatments)) if value is not None}
    return compare_taken(
        intake, factor=factor, endpoint=chosen, least=least, mix_versions=mix_versions, at=at, language=language
    )


def compare_taken(
    intake: Intake,
    *,
    factor: Factor,
    endpoint: Endpoint,
    least: int = FEWEST,
    mix_versions: bool = False,
    at: Mapping[Axis, float] | None = None,
    language: str = "en",
) -> ComparedCourses:
    """Put courses side by side that were taken in.

    Raises
    ------
    PigtrackError
        If nothing was, or the courses are not of one kind.
    """
    intake.refuse_mixture(mix_versions=mix_versions)
    result = compare_groups(
        intake.courses,
        factor=factor,
        endpoint=endpoint,
        least=least,
        at=at or {},
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
