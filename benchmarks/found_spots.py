"""What is found on disturbed skin: every lesion that is missed, and every outline that touches no pigment.

    python benchmarks/found_spots.py [FOLDER...] [--nuisance NAME]... [--tone TONE]... [--seeds N] [--no-exclude]

Measures phantom courses (folders that ``pigtrack phantom`` wrote; without any, N seeds of two sessions are drawn for
each nuisance and tone), and prints a line a course: photographs used, outlines, lesions missed that must be found (3 mm
and 2 CIEDE2000), fainter ones missed (from 1.5 mm and 1.3), outlines invented, lesions flagged doubtful or as decoys.
Below it stands each miss and each invention with session, size and place. ``--no-exclude`` measures without the drawn
exclude polygons: the mole and the tattoo must then be flagged, and what the phantom draws as keratosis cannot be told.
"""

import argparse
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pigtrack.bench.cases import OutlineCase
from pigtrack.bench.sightings import Sighting, match_outlines
from pigtrack.model.quantity import LabelImage
from pigtrack.store.phantom_truth import load_labels, load_truth
from pigtrack.store.results import label_path
from pigtrack.tracker.measuring import MeasuredCourse, measure
from pigtrack.tracker.phantoms import render_phantom

NUISANCES = ("needle-marks", "redness", "bruise", "hair", "glare", "blur", "tan", "decoys")
TONES = ("light", "dark")
FIRST_SEED = 2000
"""Of the courses drawn here: apart from the seeds of the benchmark and of its record."""

FAINT_MM, FAINT_DELTA_E00 = 1.5, 1.3
"""Fainter lesions than the sought ones that are counted too: melasma-like contrast on dark skin."""


def look(folder: Path, measured: MeasuredCourse) -> Iterator[Sighting]:
    """Each photograph that could be used, with its label image and its truth."""
    truth = load_truth(folder)
    for record in measured.result.photographs:
        session = truth[record.session - 1]
        true = session.photographs[record.photo]
        if record.qc_status != "reject":
            labels = load_labels(folder / "results" / label_path(record.photo))
            mask = load_labels(folder / true.mask_name)
            yield Sighting(folder.name, record, labels, mask, true, session.lesions)


def invented(labels: LabelImage, mask: LabelImage, session: int, px_per_mm: float) -> Iterator[str]:
    """Each outline that touches no true pigment, in words."""
    touching = set(np.unique(labels[mask > 0]).tolist())
    for number in sorted(set(np.unique(labels).tolist()) - touching - {0}):
        rows, columns = np.nonzero(labels == number)
        diameter = 2 * np.sqrt(len(rows) / np.pi) / px_per_mm
        yield f"  invented: session {session}, {diameter:.1f} mm at x {columns.mean():.0f}, y {rows.mean():.0f} px"


def missed(case: OutlineCase) -> str:
    """One miss in words."""
    return (
        f"  missed: session {case.session}, lesion {case.truth_id}, {case.diameter_mm:.1f} mm, dE {case.delta_e00:.1f}"
    )


def report(folder: Path) -> Iterator[str]:
    """Measure a course; yield its line and what lies below it."""
    measured = measure(course_folder=folder)
    sightings = list(look(folder, measured))
    misses = [case for each in sightings for case in match_outlines(each) if case.lesion_id is None]
    sought = [case for case in misses if case.sought]
    faint = [c for c in misses if not c.sought and c.diameter_mm >= FAINT_MM and c.delta_e00 >= FAINT_DELTA_E00]
    false = [
        line
        for each in sightings
        if each.labels is not None
        for line in invented(each.labels, each.mask, each.record.session, each.true.px_per_mm)
    ]
    flags = measured.lesions.drop_duplicates(["lesion_id", "flags"])
    told = {
        name: flags[flags["flags"].str.contains(name)]["lesion_id"].nunique() for name in ("doubtful_mark", "decoy")
    }
    outlines = measured.lesions["lesion_id"].nunique()
    yield (
        f"{folder.name:32} {len(sightings):2} photographs {outlines:3} lesions, "
        f"missed {len(sought)}, faint {len(faint)}, "
        f"invented {len(false)}, doubtful {told['doubtful_mark']}, decoys {told['decoy']}"
    )
    yield from map(missed, [*sought, *faint])
    yield from false


def drawn(scratch: Path, nuisances: list[str], tones: list[str], seeds: int) -> Iterator[Path]:
    """Draw the courses, one at a time."""
    for number, (nuisance, tone) in enumerate([(n, t) for n in nuisances for t in tones]):
        for seed in range(seeds):
            folder = scratch / f"{nuisance}-{tone}-{seed}"
            render_phantom(
                out=folder, seed=FIRST_SEED + 100 * seed + number, tone=tone, sessions=2, nuisances=[nuisance]
            )
            yield folder


def without_exclude(folder: Path) -> None:
    """Take the exclude polygons out of a course's file."""
    toml = folder / "course.toml"
    toml.write_text(re.sub(r"(?m)^exclude.*\n", "", toml.read_text(encoding="utf-8")), encoding="utf-8")


def main() -> None:
    """Run as a script."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--nuisance", action="append")
    parser.add_argument("--tone", action="append")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--no-exclude", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pigtrack-found-") as scratch:
        for folder in asked.folders or drawn(
            Path(scratch), asked.nuisance or list(NUISANCES), asked.tone or list(TONES), asked.seeds
        ):
            if asked.no_exclude and not asked.folders:
                without_exclude(folder)
            for line in report(folder):
                print(line, flush=True)


if __name__ == "__main__":
    main()
