"""How well single lesions are outlined on real photographs without card and scale; prints one table, writes nothing.

    python benchmarks/real_lesions.py

Reads the folder in PIGTRACK_REAL_PHOTOS, or ../shared/data beside the checkout: 50 dermoscopy pictures with experts'
outlines (ISIC 2017) and 18 phone pictures with students' outlines (PAD-UFES-20). pigtrack is asked as a person asks it,
`pigtrack measure FOLDER` on a folder with that one picture, and everything that it labels counts. The peers get the
same picture, and of what they find the largest piece that doesn't run out of the picture, its holes filled.

The method was developed on half A of each set (even places in the order of the names), without looking at half B.
None of this is a clinical validation.
"""

import csv
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_fill_holes, gaussian_filter
from skimage.filters import threshold_otsu

from pigtrack.imaging import opencv
from pigtrack.imaging.closeup import find_lesion
from pigtrack.imaging.colour import decoding_table, srgb_image_to_lab
from pigtrack.imaging.register import identity_registration
from pigtrack.imaging.surround import surrounding_mean
from pigtrack.model.photograph import Encoding, RegisteredImage, WorkingGrid
from pigtrack.store.photographs import read_photograph
from pigtrack.tracker import measure

PHOTOS = Path(os.environ.get("PIGTRACK_REAL_PHOTOS", Path(__file__).resolve().parents[2] / "shared" / "data"))

MOST_COVERED = 0.5
"""Share of a picture that a lesion may cover; beyond it there is no skin to hold it against."""

SOFTNESS = 0.005
"""Of the longer side: the Gaussian before Otsu's threshold, which served it best among 0, 2, 5 and 8 pixels of 1600."""

BACKGROUND_PX, WORKING_PX_PER_MM = 9.0 * 17, 17.0
"""The hand recipe's background, at the working scale that it has to assume."""

Mask = NDArray[np.bool_]
Channel = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture with its outline; ``unusable`` says why it can't be asked for, or is empty."""

    path: Path
    half: str
    truth: Mask
    unusable: str


def main() -> None:
    """Print the table."""
    for line in report_lesions():
        print(line, flush=True)


def report_lesions() -> Iterator[str]:
    """Dice of pigtrack and of the peers, set by set."""
    for name, what, goal in (
        ("dermoscopy", "dermoscopy", 0.87),
        ("phone_lesions", "phone pictures, clean brown spots", 0.80),
    ):
        if not (PHOTOS / name / "MANIFEST.csv").is_file():
            yield f"No pictures in {PHOTOS / name}: skipped."
            continue
        yield from _report(load_set(name), what, goal)


def load_set(name: str) -> list[Picture]:
    """Every picture of a set in the order of the names; which are usable is told by masks and MANIFEST alone."""
    folder = PHOTOS / name
    lines = (folder / "MANIFEST.csv").read_text(encoding="utf-8").splitlines()
    rows = sorted(csv.DictReader(lines), key=lambda row: row["file"])
    found = []
    for place, row in enumerate(rows):
        codes = read_codes(folder / row["ground_truth"])
        truth = codes > codes.max() / 2
        found.append(Picture(folder / row["file"], "AB"[place % 2], truth, why_unusable(row, truth)))
    return found


def read_codes(path: Path) -> NDArray[np.uint8]:
    """Grey codes of a mask."""
    return np.asarray(opencv.decode_png(path.read_bytes()), dtype=np.uint8)


def why_unusable(row: dict[str, str], truth: Mask) -> str:
    """Say why a picture can't be asked for; empty where it can. Told before anything was measured."""
    if row.get("pigment_spot_by_eye", "yes") != "yes":
        return "no clean brown spot"
    if truth[[0, -1]].any() or truth[:, [0, -1]].any():
        return "the lesion runs out of the picture"
    if truth.mean() > MOST_COVERED:
        return "the lesion covers more than half of the picture"
    return "" if row["use_for_pigment_dice"] == "yes" else "less than 4.5 L* darker than its skin, as MANIFEST says"


def dice(found: Mask, truth: Mask) -> float:
    """Overlap of two masks, 0 to 1."""
    return float(2 * (found & truth).sum() / max(int(found.sum() + truth.sum()), 1))


def outline_by_pigtrack(path: Path) -> Mask:
    """Everything that `pigtrack measure` labels in a folder with this picture."""
    with tempfile.TemporaryDirectory() as scratch:
        shutil.copy(path, scratch)
        measure(course_folder=Path(scratch))
        label = Path(scratch) / "results" / "labels" / f"{path.stem}.png"
        return np.asarray(opencv.decode_png(label.read_bytes()) > 0)


def by_otsu_lightness(path: Path) -> Mask:
    """Darker than Otsu's threshold on L*."""
    return _darker_by_otsu(srgb_image_to_lab(linear_of(path))[..., 0])


def by_otsu_red(path: Path) -> Mask:
    """Darker than Otsu's threshold on the encoded red channel, the best one for brown on skin."""
    return _darker_by_otsu(read_photograph(path).pixels[..., 0].astype(np.float32))


def by_hand_recipe(path: Path) -> Mask:
    """Red density above a masked Gaussian background of 18 mm, found at 3 deviations, outlined at half of its height.

    What one writes in an afternoon (design of pigtrack, section 7), at the working scale of 17 pixels a millimetre.
    """
    density = -np.log10(np.maximum(linear_of(path)[..., 0], 2e-3))
    skin = np.ones(density.shape, bool)
    for _ in range(4):
        height = density - surrounding_mean(density, skin.astype(np.float32), BACKGROUND_PX)
        height = gaussian_filter(height, 0.25 * WORKING_PX_PER_MM)
        spread = 1.4826 * np.median(np.abs(height[skin] - np.median(height[skin])))
        skin = height < 3 * spread
    spot = _largest_inside(~skin)
    half = 0.5 * float(np.median(height[spot])) if spot.any() else np.inf
    return _largest_inside(height > half)


def linear_of(path: Path) -> NDArray[np.float32]:
    """Linear light of a picture."""
    return opencv.look_up(read_photograph(path).pixels.astype(np.uint8), decoding_table(Encoding.SRGB, 8))


def _darker_by_otsu(channel: Channel) -> Mask:
    smooth = gaussian_filter(channel, SOFTNESS * max(channel.shape))
    return _largest_inside(smooth <= threshold_otsu(smooth))


def _largest_inside(mask: Mask) -> Mask:
    """Largest piece that does not run out of the picture, holes filled; nothing where there is none."""
    labels, table = opencv.measure_components(np.ascontiguousarray(mask).view(np.uint8))
    sizes = table[:, 4].copy()
    sizes[np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))] = 0
    sizes[0] = 0
    return np.asarray(binary_fill_holes((labels == sizes.argmax()) & bool(sizes.any())))


PEERS: dict[str, Callable[[Path], Mask]] = {
    "pigtrack measure": outline_by_pigtrack,
    "Otsu on L*": by_otsu_lightness,
    "Otsu on red": by_otsu_red,
    "hand recipe (18 mm background)": by_hand_recipe,
}


def _report(pictures: Sequence[Picture], what: str, goal: float) -> Iterator[str]:
    usable = [each for each in pictures if not each.unusable]
    yield f"{what}: {len(usable)} of {len(pictures)} pictures usable"
    for reason in sorted({each.unusable for each in pictures if each.unusable}):
        names = [each.path.stem for each in pictures if each.unusable == reason]
        yield f"  left out, {reason}: {', '.join(names)}"
    for name, outline in PEERS.items():
        start = time.process_time()
        scores = {each: dice(outline(each.path), each.truth) for each in usable}
        seconds = (time.process_time() - start) / max(len(usable), 1)
        told = f"goal >= {goal}" if outline is outline_by_pigtrack else ""
        yield f"  {name:<32}{_told(list(scores.values()))}  {seconds:5.2f} CPU s  {told}".rstrip()
        if outline is outline_by_pigtrack:
            for half in "AB":
                part = [score for each, score in scores.items() if each.half == half]
                yield f"    half {half}{'':<25}{_told(part)}"
    seconds = [_seconds_to_find(each.path) for each in usable]
    yield f"  finding the lesion alone: {np.median(seconds):.2f} CPU s median, {max(seconds):.2f} most"


def _told(scores: Sequence[float]) -> str:
    values = np.asarray(scores)
    quantiles = f"median {np.median(values):.3f}  mean {values.mean():.3f}  p10 {np.quantile(values, 0.1):.3f}"
    return f"n {len(values):<3} Dice {quantiles}"


def _seconds_to_find(path: Path) -> float:
    linear = linear_of(path)
    grid = WorkingGrid(linear.shape[:2], (0.0, 0.0), 1.0, None)
    image = RegisteredImage(linear, linear.max(axis=2) < 1, identity_registration(grid))
    start = time.process_time()
    find_lesion(image)
    return time.process_time() - start


if __name__ == "__main__":
    main()
