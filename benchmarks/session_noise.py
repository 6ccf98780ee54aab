"""How far unchanged skin scatters from session to session, and the settings that say so.

    python benchmarks/session_noise.py [FOLDER...] [--keep DIR] [--seeds N]

Measures unchanged phantom courses (folders that ``pigtrack phantom --change static`` wrote; without any, N seeds of
every scenario and tone are drawn), fits what is common to the lesions of a photograph and what is each lesion's own,
and prints the constants of `pigtrack.imaging.change.settings` with the coverage of the 95 % intervals before and after,
by scenario and tone. Half of the seeds are held out in turn: each half is judged by what the other half gave.
"""

import argparse
import pickle
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from pigtrack.bench.plan import SCENARIOS, TONES
from pigtrack.imaging.change import ChangeSettings, SessionNoise, measure_change
from pigtrack.imaging.change.budget import chance_of, widest_diameters
from pigtrack.imaging.change.guards import DARK
from pigtrack.imaging.change.plain import plain_noise, reflectance_of
from pigtrack.model.course import Course, Endpoint
from pigtrack.model.linked import LinkedCourse, endpoint_value
from pigtrack.model.metrics import Verdict
from pigtrack.pipeline.course import control_lesions, draw_masks
from pigtrack.tracker.measuring import measure_course
from pigtrack.tracker.phantoms import render_phantom
from pigtrack.tracker.workers import hire

FIRST_SEED = 900
"""Of the courses drawn here: apart from the seeds of the benchmark and of its record."""

FAR = 4.0
"""Deviations beyond which a value counts as if it lay there: one outline gone wrong must not set the usual noise."""

CLEAR = 5.0
"""Standard uncertainties above zero from which a value has a logarithm."""

LEAST_COMMON = {Endpoint.AREA: 0.003, Endpoint.CONTRAST: 0.008, Endpoint.LOAD: 0.008}
"""What the lesions of a photograph share at least: the fit over all set-ups leaves less, phones on light skin more."""

HELD = 96.5
"""Percent of the 95 % intervals that are to hold: of 93 to 97, on the side where fewer than 2.5 % err each way."""

ROUNDS = 4
"""In which the scale settles that makes as many of them hold."""


@dataclass(frozen=True, eq=False, slots=True)
class Unchanged:
    """A measured course whose skin did not change."""

    name: str
    course: Course
    linked: LinkedCourse
    control: frozenset[int]

    @property
    def kind(self) -> str:
        """Scenario and tone."""
        return " ".join(self.name.split("-")[:2])

    @property
    def seed(self) -> int:
        """Of its phantom."""
        return int(self.name.rsplit("-", 1)[1])


@dataclass(frozen=True, eq=False, slots=True)
class Table:
    """Logarithms of an endpoint, lesions by sessions, and what of their noise is known beforehand, relative."""

    logs: np.ndarray
    chance: np.ndarray
    floor: np.ndarray
    reflectance: float

    def own(self, noise: SessionNoise) -> np.ndarray:
        """Variance of each value that is its lesion's own."""
        return noise.each(self.reflectance) ** 2 + (noise.chance * self.chance) ** 2 + (noise.floor * self.floor) ** 2


def main() -> None:
    """Print the report."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folders", nargs="*", type=Path)
    asked.add_argument("--keep", type=Path, help="keep measured courses here, and take those that lie here already")
    asked.add_argument("--seeds", type=int, default=6, help="courses to draw of each scenario and tone")
    asked.add_argument("--workers", type=int, default=2)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="pigtrack-noise-") as scratch:
        keep = given.keep or Path(scratch) / "measured"
        keep.mkdir(parents=True, exist_ok=True)
        jobs = [(folder, keep) for folder in given.folders] or draw(given.seeds, Path(scratch), keep)
        with hire(given.workers) as crew:
            courses = [each for each in crew.run(measure_kept, jobs, "Measuring course") if each is not None]
    for line in report(courses):
        print(line, flush=True)


def draw(seeds: int, scratch: Path, keep: Path) -> list[tuple[Path, Path]]:
    """Name the folders of courses to draw; each is drawn when its turn comes."""
    kinds = [(scenario, tone) for scenario in SCENARIOS for tone in TONES]
    names = [
        f"{s}-{t}-static-{FIRST_SEED + k * len(kinds) + n}" for k in range(seeds) for n, (s, t) in enumerate(kinds)
    ]
    return [(scratch / name, keep) for name in names]


def measure_kept(job: tuple[Path, Path]) -> Unchanged | None:
    """Measure a course, or take it as it was kept; None where it can't be measured."""
    folder, keep = job
    kept = keep / f"{folder.name}.pkl"
    if kept.exists():
        with kept.open("rb") as file:
            return pickle.load(file)
    if not folder.exists():
        scenario, tone, change, seed = folder.name.split("-")
        render_phantom(out=folder, seed=int(seed), scenario=scenario, tone=tone, change=change)
    result = measure_course(folder).result
    if result.linked is None:
        return None
    baseline = result.linked.sessions[result.linked.baseline - 1]
    control = control_lesions([each.spot for each in baseline.lesions], draw_masks(result.course, result.frame))
    found = Unchanged(folder.name, result.course, result.linked, control)
    with kept.open("wb") as file:
        pickle.dump(found, file)
    return found


def report(courses: Sequence[Unchanged]) -> Iterator[str]:
    """Scatter, settings, coverage."""
    usual = ChangeSettings()
    compared = sum(len(each.linked.sessions) - 1 for each in courses)
    yield f"{len(courses)} unchanged courses, {compared} sessions against baselines"
    fitted = fit_settings(courses)
    yield from tell_scatter(courses, fitted)
    for name in ("area", "contrast", "load"):
        noise = getattr(fitted, name)
        numbers = ", ".join(
            f"{part}={getattr(noise, part):.4g}" for part in ("common", "own", "chance", "floor", "veil")
        )
        yield f"    {name}: SessionNoise = field(default=SessionNoise({numbers}))"
    yield from tell_skin(courses)
    yield "Coverage of 95 % intervals, lesions / sessions, as set now:"
    yield from tell_coverage([(courses, usual)])
    yield "as fitted:"
    yield from tell_coverage([(courses, fitted)])
    halves = split(courses)
    if all(halves):
        yield "held out (each half judged by what the other gave):"
        yield from tell_coverage([(halves[0], fit_settings(halves[1])), (halves[1], fit_settings(halves[0]))])


def fit_settings(courses: Sequence[Unchanged]) -> ChangeSettings:
    """Fit the noise by restricted likelihood, then widen or narrow it until `HELD` of the 95 % intervals hold 0."""
    settings = ChangeSettings()
    for endpoint in Endpoint:
        settings = with_noise(settings, endpoint, fit_noise(courses, endpoint))
    for _ in range(ROUNDS):
        scores = [score for course in courses for score in scores_of(course, settings)]
        for endpoint in Endpoint:
            lesions, sessions = (
                reach([abs(z) for e, s, z in scores if e is endpoint and s == whole]) for whole in (False, True)
            )
            noise = settings.noise(endpoint)
            settings = with_noise(
                settings,
                endpoint,
                replace(
                    noise,
                    own=noise.own * lesions,
                    chance=noise.chance * lesions,
                    floor=noise.floor * lesions,
                    common=max(noise.common * sessions, LEAST_COMMON[endpoint]),
                    veil=noise.veil * sessions,
                ),
            )
    return settings


def split(courses: Sequence[Unchanged]) -> list[list[Unchanged]]:
    """Halve the courses by the order of their seeds within each scenario and tone."""
    halves: list[list[Unchanged]] = [[], []]
    for kind in sorted({each.kind for each in courses}):
        for number, each in enumerate(sorted((c for c in courses if c.kind == kind), key=lambda c: c.seed)):
            halves[number % 2].append(each)
    return halves


def reach(sizes: Sequence[float]) -> float:
    """What the size that `HELD` stay below is, in units of the 1.96 that it should be."""
    return float(np.percentile(sizes, HELD) / 1.96)


def with_noise(settings: ChangeSettings, endpoint: Endpoint, noise: SessionNoise) -> ChangeSettings:
    """Put an endpoint's noise into settings."""
    area, contrast, load = (
        noise if e is endpoint else settings.noise(e) for e in (Endpoint.AREA, Endpoint.CONTRAST, Endpoint.LOAD)
    )
    return replace(settings, area=area, contrast=contrast, load=load)


def fit_noise(courses: Sequence[Unchanged], endpoint: Endpoint) -> SessionNoise:
    """Fit one endpoint: an area's common part is plain, those of contrast and load go with the skin's darkness."""
    tables = [table for table in (tabulate(each, endpoint) for each in courses) if table is not None]

    def cost(logs: np.ndarray) -> float:
        noise = _noise(endpoint, *np.exp(logs))
        return sum(restricted_likelihood(table, noise) for table in tables)

    start = np.log([0.0005, 0.0003, 1.0, 0.02 if endpoint is Endpoint.AREA else 0.15])
    found = minimize(cost, start, method="Nelder-Mead", options={"xatol": 0.05, "fatol": 0.2, "maxiter": 250})
    return _noise(endpoint, *np.exp(found.x))


def _noise(endpoint: Endpoint, shared: float, own: float, chance: float, floor: float) -> SessionNoise:
    plain = endpoint is Endpoint.AREA
    # Far below what the photographs can tell apart is as good as none.
    shared, own, chance, floor = (float(each) if each > 1e-5 else 0.0 for each in (shared, own, chance, floor))
    return SessionNoise(
        common=max(shared, LEAST_COMMON[endpoint]) if plain else LEAST_COMMON[endpoint],
        own=own,
        chance=chance,
        floor=floor,
        veil=0.0 if plain else shared,
    )


def tabulate(each: Unchanged, endpoint: Endpoint) -> Table | None:
    """Collect the lesions that stand clear in all sessions; None with fewer than two."""
    sessions = [session for session in each.linked.sessions if session.photographs]
    baseline = each.linked.sessions[each.linked.baseline - 1]
    diameters = widest_diameters(each.linked)
    parts = SessionNoise(0.0, 0.0, chance=1.0), SessionNoise(0.0, 0.0, chance=0.0, floor=1.0)
    plain = [
        plain_noise(baseline.plain, session.plain if session is not baseline else sessions[-1].plain)
        for session in sessions
    ]
    logs: list[list[float]] = []
    foretold: list[list[list[float]]] = []
    for history in zip(*(session.lesions for session in sessions), strict=True):
        values = [endpoint_value(lesion.spot, endpoint) for lesion in history]
        if any(value is None or value.value <= CLEAR * value.u for value in values):
            continue
        known = [value for value in values if value is not None]
        diameter = diameters[history[0].lesion_id]
        logs.append([np.log(value.value) for value in known])
        foretold.append(
            [
                [
                    chance_of(value, endpoint, part, noise, diameter=diameter) / value.value
                    for value, noise in zip(known, plain, strict=True)
                ]
                for part in parts
            ]
        )
    if len(logs) < 2:
        return None
    chance, floor = np.moveaxis(np.array(foretold), 1, 0)
    return Table(np.array(logs), chance, floor, reflectance_of(baseline))


def restricted_likelihood(table: Table, noise: SessionNoise) -> float:
    """Negative log likelihood of all contrasts between sessions, each lesion's own level left out."""
    lesions, sessions = table.logs.shape
    own = table.own(noise)
    centred = calmed(table.logs, np.sqrt(own + noise.shared(table.reflectance) ** 2))
    shared = np.kron(np.ones((lesions, lesions)), np.eye(sessions)) * noise.shared(table.reflectance) ** 2
    inverse = np.linalg.inv(np.diag(own.ravel()) + shared)
    levels = np.kron(np.eye(lesions), np.ones((sessions, 1)))
    information = levels.T @ inverse @ levels
    y = centred.ravel()
    seen = levels.T @ inverse @ y
    squares = y @ inverse @ y - seen @ np.linalg.solve(information, seen)
    return float(0.5 * (-np.linalg.slogdet(inverse)[1] + np.linalg.slogdet(information)[1] + squares))


def calmed(logs: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Deviations from each lesion's median, none further than `FAR` of its spread."""
    away = logs - np.median(logs, axis=1, keepdims=True)
    return np.clip(away, -FAR * spread, FAR * spread)


def scores_of(each: Unchanged, settings: ChangeSettings) -> Iterator[tuple[Endpoint, bool, float]]:
    """Each comparison's endpoint, whether it is a whole session's, and how many u its change lies off 0."""
    for whole, change in changes_of(each, settings):
        if change.low is not None and change.high is not None and change.percent is not None:
            low, middle, high = (np.log1p(max(end, -99.9) / 100) for end in (change.low, change.percent, change.high))
            reach_u = (middle - low if middle > 0 else high - middle) / 1.96
            yield change.endpoint, whole, float(middle / max(reach_u, 1e-9))


def changes_of(each: Unchanged, settings: ChangeSettings) -> Iterator[tuple[bool, object]]:
    """Every change of a course, of lesions (False) and of whole sessions (True)."""
    judged = measure_change(each.course, each.linked, control_lesions=each.control, settings=settings)
    yield from ((False, change) for row in judged.lesions if row.session != judged.baseline for change in row.changes)
    yield from ((True, change) for row in judged.sessions if row.session != judged.baseline for change in row.changes)


def tell_scatter(courses: Sequence[Unchanged], settings: ChangeSettings) -> Iterator[str]:
    """By scenario and tone: how far sessions, and lesions about their session's mean, scatter, against the fit."""
    yield f"{'log ratios, percent':16}{'':4}" + "".join(f"{e.value:>30}" for e in Endpoint)
    yield f"{'':16}{'n':>4}" + "".join(f"{'session':>10}{'lesion':>9}{'expected':>11}" for _ in Endpoint)
    for kind in sorted({each.kind for each in courses}):
        group = [each for each in courses if each.kind == kind]
        yield f"{kind:16}{len(group):>4}" + "".join(_scatter(group, endpoint, settings) for endpoint in Endpoint)


def _scatter(group: Sequence[Unchanged], endpoint: Endpoint, settings: ChangeSettings) -> str:
    noise, shared, own, expected = settings.noise(endpoint), [], [], []
    for table in (tabulate(each, endpoint) for each in group):
        if table is None:
            continue
        u = np.sqrt(2 * table.own(noise))[:, 1:]
        moved = table.logs[:, 1:] - table.logs[:, :1]
        mean = (moved / u**2).sum(axis=0) / (1 / u**2).sum(axis=0)
        shared += list(mean)
        own += list((moved - mean).ravel())
        expected += list(u.ravel())
    told = np.sqrt(np.mean(np.square(shared))), 1.4826 * np.median(np.abs(own)), np.median(expected)
    return "".join(f"{100 * each:>{width}.2f}" for each, width in zip(told, (10, 9, 11), strict=True))


def tell_skin(courses: Sequence[Unchanged]) -> Iterator[str]:
    """What plain skin shifts by from session to session, for the guards, as on dark skin: by kind, then of all."""
    shifts = {each.name: list(_shifts(each)) for each in courses}
    for kind in sorted({each.kind for each in courses}):
        rows = np.array([row for each in courses if each.kind == kind for row in shifts[each.name]])
        told = np.sqrt(np.mean(rows**2, axis=0)) / np.sqrt(2)
        yield f"    {kind:16}region against control {told[0]:.3f} MI, region {told[1]:.3f} MI, redness {told[2]:.3f} EI"
    rows = np.abs([row for found in shifts.values() for row in found])
    told = np.percentile(rows, 95, axis=0) / 1.96 / np.sqrt(2)
    redness = np.percentile(rows[:, 2], 99)
    yield f"    surround_mi: {told[0]:.3g}, skin_mi: {told[1]:.3g}; redness below {redness:.2f} EI in 99 %"


def _shifts(each: Unchanged) -> Iterator[tuple[float, float, float]]:
    """Shift of region less control, of the region (both as on dark skin), and of its redness less the control's."""
    first = each.linked.sessions[each.linked.baseline - 1].skin
    for session in each.linked.sessions:
        now = session.skin
        if first is None or now is None or now is first or now.control_mi is None or first.control_mi is None:
            continue
        region, control = now.region_mi - first.region_mi, now.control_mi - first.control_mi
        redness = (now.region_ei - first.region_ei) - ((now.control_ei or 0.0) - (first.control_ei or 0.0))
        darker = reflectance_of(each.linked.sessions[each.linked.baseline - 1]) / DARK
        yield darker * (region - control), darker * region, redness


def tell_coverage(judged: Sequence[tuple[Sequence[Unchanged], ChangeSettings]]) -> Iterator[str]:
    """Share of intervals that hold 0, by scenario and tone; then the share of courses with a false call."""
    found: dict[str, dict[tuple[Endpoint, bool], list[bool]]] = {}
    false, count = 0, 0
    for courses, settings in judged:
        for each in courses:
            calls = 0
            for whole, change in changes_of(each, settings):
                if change.low is not None and change.high is not None:
                    for group in (each.kind, "all"):
                        held = found.setdefault(group, {}).setdefault((change.endpoint, whole), [])
                        held.append(change.low <= 0 <= change.high)
                primary = change.endpoint is each.course.primary and not whole
                calls += primary and change.verdict in (Verdict.IMPROVED, Verdict.WORSENED)
            false, count = false + bool(calls), count + 1
    for group in sorted(found, key=lambda name: (name == "all", name)):
        held = found[group]
        cells = "".join(
            f"{e.value:>12}{_share(held.get((e, False), [])):>7} /{_share(held.get((e, True), [])):>6}"
            for e in Endpoint
        )
        yield f"    {group:16}{cells}"
    yield f"    courses with any lesion wrongly called: {false} of {count}"


def _share(held: Sequence[bool]) -> str:
    return f"{100 * np.mean(held):.1f}" if held else "–"


if __name__ == "__main__":
    sys.exit(main())
