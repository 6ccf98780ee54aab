"""Makes the sample cohort again: drawn courses, measured by pigtrack; their tables stay, their photographs do not.

Three made-up products. Every patient's pigment falls by a rate of their own, drawn around the product's; `truth.csv`
keeps what was drawn. Visits are four weeks apart, give or take some days; some patients stop coming.
"""

import csv
import shutil
import sys
import tempfile
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from pigtrack.imaging.phantom import ChangeKind, Nuisance, PhantomPlan, Scenario
from pigtrack.store.phantom_folder import write_phantom
from pigtrack.tracker import measure

HERE = Path(__file__).parent / "sample-cohort"
SEED = 71

GROUPS = (("Product A", 8, -0.12, 0.05), ("Product B", 7, -0.05, 0.03), ("Product C", 3, -0.08, 0.04))
"""Name, patients, and mean and spread of the patients' slopes: log pigment load in 30 days."""

SMALLEST_FALL = 0.02
TONES = (("light", "II"), ("intermediate", "III"), ("tan", "IV"))
SITES = ("left cheek", "right cheek")
BOTH_SIDES = 2
"""So many patients of the first product have a course on each cheek."""


@dataclass(frozen=True)
class Visits:
    """One course: who, with what, how fast, and on which days."""

    patient: int
    site: str
    product: str
    slope: float
    tone: str
    skin_type: str
    first: date
    days: tuple[int, ...]


def plan_courses() -> list[Visits]:
    """Draw every course of the cohort."""
    rng = np.random.default_rng(SEED)
    courses = []
    patient = 0
    for product, patients, mean, spread in GROUPS:
        for place in range(patients):
            patient += 1
            slope = min(float(rng.normal(mean, spread)), -SMALLEST_FALL)
            tone, skin_type = TONES[int(rng.integers(len(TONES)))]
            first = date(2025, 1, 13) + timedelta(days=int(rng.integers(0, 300)))
            days = _days(rng)
            sides = SITES if product == GROUPS[0][0] and place < BOTH_SIDES else SITES[:1]
            courses += [Visits(patient, site, product, slope, tone, skin_type, first, days) for site in sides]
    return courses


def _days(rng: np.random.Generator) -> tuple[int, ...]:
    """Five visits; one patient in four stops coming after the fourth, or the third."""
    gaps = rng.integers(25, 32, size=4)
    kept = 4 if rng.random() > 0.25 else int(rng.integers(2, 4))
    return (0, *(int(day) for day in np.cumsum(gaps)[:kept]))


def make_course(number: int, visits: Visits, work: Path, shelf: Path) -> tuple[object, ...]:
    """Draw and measure one course in ``work``, keep its tables on ``shelf``; return its row of truth."""
    name = f"course-{number:02}"
    plan = PhantomPlan(
        seed=SEED * 100 + number,
        scenario=Scenario.STUDIO,
        tone=visits.tone,
        sessions=len(visits.days),
        change=ChangeKind.BOTH,
        nuisances=frozenset({Nuisance.LAMP}),
        megapixels=1.5,
        fall=100 * -np.expm1(visits.slope * visits.days[-1] / 30),
    )
    folder = write_phantom(work / name, plan, name=name)
    text = (folder / "course.toml").read_text(encoding="utf-8")
    (folder / "course.toml").write_text(_rewrite(text, visits), encoding="utf-8")
    measure(course_folder=folder)
    keep = shelf / name
    (keep / "results").mkdir(parents=True)
    shutil.copy(folder / "course.toml", keep)
    for table in ("sessions.csv", "run.json"):
        shutil.copy(folder / "results" / table, keep / "results")
    return (name, f"P-{visits.patient:02}", visits.product, f"{visits.slope:.6f}", *visits.days)


def _rewrite(text: str, visits: Visits) -> str:
    """Put the patient, the dates and the product of the plan in place of the phantom's own."""
    lines, session = [], -1
    for line in text.splitlines():
        key = line.split(" = ")[0]
        session += key == "date"
        last = session == len(visits.days) - 1
        put = {
            "subject": f'"P-{visits.patient:02}"',
            "site": f'"{visits.site}"',
            "skin_type": f'"{visits.skin_type}"',
            "date": (visits.first + timedelta(days=visits.days[max(session, 0)])).isoformat(),
            "treatment": f'{{ technique = "manual injection", product = "{visits.product}" }}',
        }
        if not (key == "treatment" and last):
            lines.append(f"{key} = {put[key]}" if key in put else line)
    return "\n".join(lines) + "\n"


def main() -> None:
    """Make every course anew in place of those that are there; with ``--plan`` only list what would be drawn."""
    courses = plan_courses()
    if "--plan" in sys.argv:
        print(*courses, sep="\n")
        return
    shutil.rmtree(HERE, ignore_errors=True)
    HERE.mkdir()
    rows = []
    for number, visits in enumerate(courses, start=1):
        with tempfile.TemporaryDirectory() as work:
            rows.append(make_course(number, visits, Path(work), HERE))
        print(*rows[-1][:4], flush=True)
    with (HERE / "truth.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("course", "patient", "product", "log_slope_per_30_days", *(f"day_{n}" for n in range(1, 6))))
        writer.writerows(row + ("",) * (9 - len(row)) for row in rows)


if __name__ == "__main__":
    main()
