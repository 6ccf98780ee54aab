"""The photographs that every peer gets, with what is true of them."""

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pigtrack.bench.sightings import skin_to_pixels
from pigtrack.imaging import opencv
from pigtrack.imaging.geometry import apply_homography
from pigtrack.model.course import Course
from pigtrack.model.truth import TrueLesion, TruePhotograph
from pigtrack.store.folder import load_course
from pigtrack.store.phantom_truth import load_labels, load_truth
from pigtrack.store.photographs import read_photograph
from pigtrack.store.reference_data import load_card

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from real_photographs import EITHER, REFUSED, SIGHTS, true_centres

CARD = "colorchecker-classic"
RING_MM = (1.0, 3.0)
COURSE, TURNED, MIRRORED, CARD_FREE, COVERED, CUT, REAL, FOREIGN = (
    "course",
    "turned",
    "mirrored",
    "card-free",
    "covered",
    "cut",
    "real",
    "foreign",
)
WHOLE = (COURSE, TURNED, REAL)
"""Kinds of picture with a whole card that must be found; in the others nothing may be taken, but what is right."""


@dataclass(frozen=True, eq=False)
class Shown:
    """One photograph as all peers get it, and its truth, which they don't.

    Attributes
    ----------
    centres : ndarray, shape (24, 2), or None
        True patch centres; None: there is no card to be taken.
    lesions : tuple of TrueLesion
        The treated ones of a course's photograph.
    """

    id: str
    kind: str
    path: Path
    group: str
    centres: NDArray[np.float64] | None
    course: Path | None = None
    session: int = 0
    pitch_mm: float = 1.0
    region: NDArray[np.float64] | None = None
    exclude: tuple[NDArray[np.float64], ...] = ()
    places: Path | None = None
    mask: Path | None = None
    lesions: tuple[TrueLesion, ...] = field(default=())

    def job(self, folder: Path) -> dict[str, Any]:
        """The photograph's entry of a job; what a peer writes goes into a folder."""
        entry: dict[str, Any] = {
            "id": self.id,
            "path": str(self.path),
            "pitch_mm": self.pitch_mm,
            "patch_width": load_card(CARD).patch_width,
        }
        if self.centres is not None:
            entry["clicked"] = np.rint(self.centres).tolist()
        if self.region is not None:
            entry |= {
                "course": str(self.course),
                "photo": self.path.name,
                "region": self.region.tolist(),
                "exclude": [each.tolist() for each in self.exclude],
                "places": str(self.places),
                "labels": str(folder / self.group / f"{self.path.stem}.png"),
            }
        return entry


def show_course(folder: Path, scratch: Path) -> Iterator[Shown]:
    """Every photograph of a phantom course: region and exclusions as if drawn anew, exactly, in each."""
    course, truth = load_course(folder), load_truth(folder)
    first = next(iter(truth[0].photographs.values()))
    for session in truth:
        for name, photograph in session.photographs.items():
            lesions = tuple(each for each in session.lesions if not each.control)
            places = scratch / "places" / folder.name / f"{Path(name).stem}.png"
            if not places.is_file():
                write_places(places, load_labels(folder / photograph.mask_name), photograph.px_per_mm, lesions)
            yield Shown(
                id=f"{folder.name}/{name}",
                kind=COURSE,
                path=folder / name,
                group=folder.name,
                centres=photograph.patch_centres,
                course=folder,
                session=session.number,
                pitch_mm=_pitch_mm(course),
                region=carry(np.array(course.region), first, photograph),
                exclude=tuple(carry(np.array(each), first, photograph) for each in course.exclude),
                places=places,
                mask=folder / photograph.mask_name,
                lesions=lesions,
            )


def _pitch_mm(course: Course) -> float:
    if course.card_patch_pitch_mm is None:
        raise ValueError(f"{course.id}: a phantom's course.toml gives the card's pitch; this one does not")
    return float(course.card_patch_pitch_mm)


def carry(polygon: NDArray[np.float64], first: TruePhotograph, other: TruePhotograph) -> NDArray[np.float64]:
    """A polygon of the first photograph where its skin lies in another."""
    skin = apply_homography(np.linalg.inv(first.homography), polygon)
    return skin_to_pixels(skin, other)


def write_places(path: Path, mask: NDArray[np.int32], px_per_mm: float, lesions: Iterable[TrueLesion]) -> None:
    """Rings of skin, 1 to 3 mm off each true lesion and off all others, numbered like the lesions."""
    places = np.zeros(mask.shape, dtype=np.uint16)
    free = opencv.distance_inside(mask == 0) > RING_MM[0] * px_per_mm
    for lesion in lesions:
        rows, columns = np.nonzero(mask == lesion.id)
        if rows.size:
            margin = round(RING_MM[1] * px_per_mm) + 2
            window = (_around(rows, margin), _around(columns, margin))
            away = opencv.distance_inside(mask[window] != lesion.id) / px_per_mm
            ring = free[window] & (away > RING_MM[0]) & (away <= RING_MM[1])
            places[window][ring] = lesion.id
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(opencv.encode_png(places))


def _around(places: NDArray[np.intp], margin: int) -> slice:
    return slice(max(int(places.min()) - margin, 0), int(places.max()) + margin + 1)


def show_altered(folder: Path, scratch: Path) -> Iterator[Shown]:
    """The first photograph of a course with its card turned, mirrored, covered, cut and cut off."""
    name, true = next(iter(load_truth(folder)[0].photographs.items()))
    pixels = np.asarray(read_photograph(folder / name).pixels)
    for kind, (altered, centres) in alter(pixels, true.patch_centres).items():
        path = scratch / "altered" / f"{folder.name}-{kind}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file():
            Image.fromarray(altered).save(path, compress_level=1)
        yield Shown(f"{folder.name}/{kind}", kind, path, folder.name, centres)


def alter(
    pixels: NDArray[np.uint8], centres: NDArray[np.float64]
) -> dict[str, tuple[NDArray[np.uint8], NDArray[np.float64] | None]]:
    """Pictures in which a card is easily read wrong, by kind, with the centres that may rightly be found."""
    rows, columns = pixels.shape[:2]
    across, down = (centres[5] - centres[0]) / 5, (centres[18] - centres[0]) / 3
    pitch = float(np.hypot(*across))
    start = centres[0] - 0.8 * (across + down)
    hand = np.array([start, start + 3.3 * across, start + 3.3 * across + 5 * down, start + 5 * down])
    covered = pixels.copy()
    covered[opencv.fill_polygon((rows, columns), hand)] = np.median(pixels[: rows // 2, : columns // 4], axis=(0, 1))
    edge = max(int(centres[:, 0].min() - 1.8 * pitch), 64)
    through = int(centres[:, 0].mean())
    return {
        TURNED: (np.ascontiguousarray(pixels[::-1, ::-1]), np.array([columns - 1, rows - 1]) - centres),
        MIRRORED: (np.ascontiguousarray(pixels[:, ::-1]), np.stack([columns - 1 - centres[:, 0], centres[:, 1]], 1)),
        COVERED: (covered, None),
        CUT: (np.ascontiguousarray(pixels[:, :through]), None),
        CARD_FREE: (np.ascontiguousarray(pixels[:, :edge]), None),
    }


def show_real(folder: Path) -> Iterator[Shown]:
    """Real photographs of cards, where they are at hand; what is in them was looked at by eye."""
    quads = json.loads((folder / "card_quads.json").read_text(encoding="utf-8"))
    with (folder / "MANIFEST.csv").open(encoding="utf-8", newline="") as lines:
        known = {row["file"] for row in csv.DictReader(lines)}
    for name, (expected, _) in SIGHTS.items():
        if name not in known or expected == EITHER:
            continue
        foreign = expected == REFUSED
        centres = None if foreign else true_centres(load_card(CARD), name, quads)
        yield Shown(f"real/{name}", FOREIGN if foreign else REAL, folder / name, name, centres)


def sessions_of(shown: Iterable[Shown]) -> dict[str, list[Shown]]:
    """The photographs of each course in the order of its sessions."""
    courses: dict[str, list[Shown]] = {}
    for each in shown:
        if each.kind == COURSE:
            courses.setdefault(each.group, []).append(each)
    return {name: sorted(each, key=lambda one: one.session) for name, each in courses.items()}


def true_totals(session: Shown) -> dict[str, float]:
    """True area, load and contrast of a session's treated lesions."""
    lesions = [each for each in session.lesions if not each.control]
    area = sum(each.area_mm2 for each in lesions)
    dark = sum(each.area_mm2 * each.delta_mi for each in lesions)
    load = sum(each.pigment_load for each in lesions)
    return {"area": area, "load": load, "contrast": dark / area if area else 0.0}
