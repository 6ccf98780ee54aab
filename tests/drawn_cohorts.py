"""Cohorts drawn from the model that they are read by, with the truth known: as numbers, and as folders of tables."""

import csv
import hashlib
import io
import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from pigtrack.cohort.fit import Sessions
from pigtrack.pipeline.versions import ALGORITHMS

TRUE_SLOPE = -0.1


def draw_sessions(
    rng: np.random.Generator,
    *,
    patients: int,
    slope: float = TRUE_SLOPE,
    tau: float = 0.05,
    residual: float = 0.03,
    known: tuple[float, float] = (0.02, 0.04),
    leaving: float = 0.2,
    sides: float = 0.0,
    kappa: float = 0.0,
) -> Sessions:
    """Draw a group: up to five later visits at uneven distances; who does worse than the mean leaves sooner.

    ``known`` is the range of the photographs' own uncertainty, ``sides`` the share of patients with two courses, whose
    slopes differ by ``kappa``.
    """
    rows, shared, owners = [], [], []
    for patient in range(patients):
        own = rng.normal(slope, tau)
        for _ in range(1 + int(rng.random() < sides)):
            course, u = len(shared), rng.uniform(*known)
            line, start = own + kappa * rng.normal(), rng.normal(0, np.hypot(residual, u))
            shared.append(u**2)
            owners.append(patient)
            x = 0.0
            for _ in range(5):
                x += rng.uniform(0.5, 1.5)
                u = rng.uniform(*known)
                y = line * x + rng.normal(0, np.hypot(residual, u)) - start
                rows.append((x, y, u**2, course))
                if rng.random() < leaving * (1.8 if y > slope * x else 0.2):
                    break
    x, y, variance, course = np.array(rows).T
    return Sessions(x, y, variance, course.astype(np.intp), np.array(shared), np.array(owners))


def write_course(
    folder: Path,
    *,
    subject: str | None = "P-1",
    percents: tuple[float, ...] = (-10.0, -20.0),
    days: tuple[int, ...] = (0, 45, 90),
    product: str | None = "A",
    more: str = "",
    version: int = 2,
    exploratory: bool = False,
    verdict: str = "no_detectable_change",
    flags: str = "",
    load: float = 1000.0,
    half: float = 3.0,
) -> Path:
    """Write a course as `pigtrack measure` leaves it, without photographs: the change at each later session."""
    (folder / "results").mkdir(parents=True)
    (folder / "course.toml").write_text(_course_text(folder.name, subject, days, product, more), encoding="utf-8")
    table = _table(folder.name, days, percents, verdict, flags, load, half).encode()
    (folder / "results" / "sessions.csv").write_bytes(table)
    run = {
        "algorithms": {each.name: each.version for each in ALGORITHMS} | {"change": version},
        "exploratory": exploratory,
        "files": {"sessions.csv": hashlib.sha256(table).hexdigest()},
        "pigtrack": "0.1.0",
    }
    (folder / "results" / "run.json").write_text(json.dumps(run), encoding="utf-8")
    return folder


def _course_text(name: str, subject: str | None, days: tuple[int, ...], product: str | None, more: str) -> str:
    lines = ["[course]", f'id = "{name}"', *([] if subject is None else [f'subject = "{subject}"']), more]
    for day in days:
        lines += ["", "[[session]]", f"date = {date(2026, 1, 11) + timedelta(days=day)}"]
        lines += [f'photos = ["day-{day}.jpg"]']
        lines += [] if product is None else [f'treatment = {{ technique = "injection", product = "{product}" }}']
    return "\n".join(lines) + "\n"


def _table(
    name: str, days: tuple[int, ...], percents: tuple[float, ...], verdict: str, flags: str, load: float, half: float
) -> str:
    out = io.StringIO()
    rows = []
    for session, day in enumerate(days, start=1):
        row: dict[str, object] = {"course_id": name, "session": session, "days_from_baseline": day}
        share = 1.0 if session == 1 else 1 + percents[session - 2] / 100
        row |= {"pigment_load": load * share, "area_total_mm2": 50 * share, "contrast_delta_mi": 10 * share}
        for endpoint in ("area", "contrast", "load"):
            if session == 1:
                row |= {f"{endpoint}_verdict": "baseline"}
                continue
            percent = percents[session - 2]
            row |= {f"{endpoint}_change_percent": percent, f"{endpoint}_verdict": verdict}
            row |= {f"{endpoint}_change_ci_low": percent - half, f"{endpoint}_change_ci_high": percent + half}
        row |= {"verdict": "baseline" if session == 1 else verdict, "flags": "" if session == 1 else flags}
        rows.append(row)
    writer = csv.DictWriter(out, fieldnames=list(rows[-1]), lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def write_cohort(folder: Path, *, groups: dict[str, int], rate: float = -8.0) -> Path:
    """Write a folder of courses, one a patient: so many patients a product, each falling a little differently."""
    patient = 0
    for product, count in groups.items():
        for place in range(count):
            patient += 1
            first = rate * (1 + 0.15 * (place % 4)) + (place % 3)
            percents = (first, 2 * first, 2.8 * first)
            write_course(
                folder / f"course-{patient:02}",
                subject=f"P-{patient:02}",
                percents=percents,
                days=(0, 30, 61 + place % 4, 92),
                product=product,
                load=800.0 + 60 * place,
            )
    return folder
