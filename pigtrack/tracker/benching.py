"""Measures pigtrack itself: draws phantom courses, measures them, and holds the results against their truth."""

import json
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from pigtrack import __version__
from pigtrack.bench.cases import agree_on_numbers
from pigtrack.bench.compare import TrueCourse, compare_changes, compare_lesions
from pigtrack.bench.figures import CourseCases, compute_figures, compute_spread
from pigtrack.bench.plan import SCENARIOS, TONES, BenchJob, plan_courses
from pigtrack.bench.sightings import Sighting, TruePlace, judge_photograph, match_outlines
from pigtrack.bench.statistics import Figure
from pigtrack.errors import CardError
from pigtrack.imaging.card import find_card
from pigtrack.model.flags import QualityFlag
from pigtrack.model.progress import Progress
from pigtrack.model.truth import TrueSession
from pigtrack.pipeline.versions import ALGORITHMS
from pigtrack.store.phantom_truth import load_labels, load_truth
from pigtrack.store.photographs import read_photograph
from pigtrack.store.reference_data import load_card
from pigtrack.store.results import label_path
from pigtrack.store.whole import refuse_unwritable, write_whole
from pigtrack.tracker.measuring import MeasuredCourse, measure
from pigtrack.tracker.phantoms import render_phantom
from pigtrack.tracker.workers import hire
from pigtrack.tracker.worst import draw_worst


def plan_bench(*, full: bool, folder: Path) -> tuple[BenchJob, ...]:
    """Plan the courses of the benchmark, drawn into a folder."""
    return plan_courses(full=full, folder=str(folder))


def bench_accuracy(
    *, full: bool = False, out: Path | None = None, workers: int = 2, progress: Progress | None = None
) -> Iterator[str]:
    """Measure phantoms and compare them with their truth.

    Parameters
    ----------
    full : bool
        For each of three scenarios and three tones 8 changing and 23 unchanged courses, one for each size of fall, and
        two of three reseated shots a session, on the seeds for the record; else one changing and one unchanged course
        of each, on the seeds for development.
    out : Path or None
        Where ``accuracy.json``, ``accuracy.csv`` and the pictures of the worst cases go; None: ``bench-results``.

    Yields
    ------
    str
        Lines of the table.
    """
    target = Path("bench-results") if out is None else Path(out)
    refuse_unwritable(target / "accuracy.json")
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="pigtrack-bench-") as folder, hire(workers, progress) as crew:
        jobs = plan_bench(full=full, folder=Path(folder))
        courses = crew.run(run_course, jobs, "Measuring course")
        draw_worst(courses, Path(folder), target / "worst")
    minutes = (time.monotonic() - started) / 60
    groups = write_accuracy(target, courses, full=full)
    seeds = "record" if full else "development"
    yield f"pigtrack {__version__}, {len(courses)} courses, {seeds} seeds, {minutes:.1f} min"
    yield from _table(groups)
    yield f"Worst cases: {target / 'worst'}; figures: {target / 'accuracy.json'}"


def run_course(job: BenchJob) -> CourseCases:
    """Draw one phantom course, measure it, compare it."""
    folder = Path(job.folder) / job.name
    render_phantom(
        out=folder,
        seed=job.seed,
        scenario=job.scenario,
        tone=job.tone,
        sessions=job.sessions,
        change=job.change,
        shots=job.shots,
        fall=job.fall,
        reseated=job.shots > 1,
    )
    started = time.monotonic()
    measured = measure(course_folder=folder, workers=1)
    seconds = (time.monotonic() - started) / max(len(measured.result.photographs), 1)
    truth = load_truth(folder)
    outlines = tuple(case for each in _look(job, folder, measured) for case in match_outlines(each))
    course = TrueCourse(job.name, truth, agree_on_numbers(outlines))
    place = TruePlace(truth, measured.result)
    return CourseCases(
        course=job.name,
        scenario=job.scenario,
        tone=job.tone,
        change=job.change,
        seed=job.seed,
        outlines=outlines,
        lesions=tuple(compare_lesions(course, measured.lesions)),
        photographs=tuple(judge_photograph(each, place) for each in _look(job, folder, measured)),
        changes=tuple(compare_changes(course, measured.sessions, measured.lesions)),
        wrongly_found=(_finds_card_where_none_is(folder, truth),),
        seconds_per_photograph=seconds,
        shots=job.shots,
        referred=_is_referred(measured.lesions["flags"]),
    )


def _is_referred(flags: Iterable[object]) -> bool:
    """Tell whether any lesion of a course was pointed out."""
    return any(QualityFlag.REFERRAL.value in str(each).split(";") for each in flags)


def _finds_card_where_none_is(folder: Path, truth: Sequence[TrueSession]) -> bool:
    """Cut the card off the first photograph and look for it all the same."""
    name, true = next(iter(truth[0].photographs.items()))
    centres = true.patch_centres
    pitch = float(np.linalg.norm(centres[1] - centres[0]))
    photograph = read_photograph(folder / name)
    edge = max(int(centres[:, 0].min() - 1.8 * pitch), 64)
    try:
        find_card(replace(photograph, pixels=photograph.pixels[:, :edge]), load_card("colorchecker-classic"))
    except CardError:
        return False
    return True


def _look(job: BenchJob, folder: Path, measured: MeasuredCourse) -> Iterator[Sighting]:
    """Each photograph with its label image and its truth, one at a time."""
    truth = load_truth(folder)
    for record in measured.result.photographs:
        session = truth[record.session - 1]
        true = session.photographs[record.photo]
        labels = None
        if record.qc_status != "reject":
            labels = load_labels(folder / "results" / label_path(record.photo))
        mask = load_labels(folder / true.mask_name)
        yield Sighting(job.name, record, labels, mask, true, session.lesions)


def _groups(courses: Sequence[CourseCases]) -> dict[str, tuple[Figure, ...]]:
    """Figures of all courses, of each scenario, of each tone, and of each pair of them."""
    chosen = {"all": list(courses)}
    for course in courses:
        for name in (course.scenario, course.tone, f"{course.scenario} {course.tone}"):
            chosen.setdefault(name, []).append(course)
    return {name: compute_figures(group) for name, group in chosen.items()}


def _table(groups: dict[str, tuple[Figure, ...]]) -> Iterator[str]:
    shown = ["all", *SCENARIOS, *TONES]
    yield f"{'':56}{'all (95 % interval)':>28}{'n':>7}" + "".join(f"{name:>9}" for name in shown[1:])
    for row, figure in enumerate(groups["all"]):
        if figure.value is None:
            continue
        interval = f"{figure.value:.3g} ({figure.low:.3g} to {figure.high:.3g})"
        others = "".join(_cell(groups[name][row]) for name in shown[1:] if name in groups)
        yield f"{figure.name + ', ' + figure.unit:<56}{interval:>28}{figure.cases:>7}{others}"
    yield from _table_of_pairs(groups)


def _table_of_pairs(groups: dict[str, tuple[Figure, ...]]) -> Iterator[str]:
    """Figures that must hold in every scenario and tone: coverage and what unchanged skin is wrongly called."""
    pairs = [name for scenario in SCENARIOS for tone in TONES if (name := f"{scenario} {tone}") in groups]
    yield ""
    yield f"{'by scenario and tone':56}" + "".join(f"{name:>13}" for name in pairs)
    for row, figure in enumerate(groups["all"]):
        if figure.value is not None and ("covers" in figure.name or figure.name.startswith("unchanged")):
            yield f"{figure.name + ', ' + figure.unit:<56}" + "".join(
                f"    {_cell(groups[each][row])}" for each in pairs
            )


def _cell(figure: Figure) -> str:
    return f"{'–':>9}" if figure.value is None else f"{figure.value:>9.3g}"


def write_accuracy(target: Path, courses: Sequence[CourseCases], *, full: bool) -> dict[str, tuple[Figure, ...]]:
    """Compute the figures of measured courses and write them, ``accuracy.json`` and ``accuracy.csv``, into a folder.

    Parameters
    ----------
    courses : sequence of CourseCases
        Of `run_course`.
    full : bool
        The courses are those on the seeds for the record.

    Returns
    -------
    dict of str to tuple of Figure
        Of all courses, of each scenario, of each tone, and of each pair of them.
    """
    groups = _groups(courses)
    entries = {
        "pigtrack": __version__,
        "algorithms": {each.name: each.version for each in ALGORITHMS},
        "seeds": "record" if full else "development",
        "courses": len(courses),
        "figures": {name: [asdict(figure) for figure in figures] for name, figures in groups.items()},
        "spread_of_single_courses": compute_spread(courses),
    }
    lines = ["group,figure,unit,value,low,high,cases,courses"]
    for name, figures in groups.items():
        for each in figures:
            numbers = ",".join("" if v is None else f"{v:.6g}" for v in (each.value, each.low, each.high))
            lines.append(f'{name},"{each.name}",{each.unit},{numbers},{each.cases},{each.courses}')
    texts = {"accuracy.json": json.dumps(entries, indent=1), "accuracy.csv": "\n".join(lines)}
    write_whole({target / name: (text + "\n").encode() for name, text in texts.items()})
    return groups
