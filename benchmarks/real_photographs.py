"""What pigtrack makes of real photographs of cards, and what it costs; prints one table and writes nothing.

    python benchmarks/real_photographs.py

Reads the folder in PIGTRACK_REAL_PHOTOS, or ../shared/data beside the checkout; its photographs are not part of this
repository. What each of them shows was looked at by eye and is written down below, not taken from any program.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from statistics import median

import numpy as np
from cost import PHOTOS, goal_line, report_cost
from numpy.typing import NDArray
from PIL import Image

import pigtrack
from pigtrack.errors import CardError
from pigtrack.imaging.calibrate import UNCALIBRATED, calibrate_patches, choose_method, fit_methods
from pigtrack.imaging.card import find_card
from pigtrack.imaging.colour import delta_e_2000, xyz_to_lab
from pigtrack.imaging.geometry import apply_homography, fit_homography
from pigtrack.imaging.opencv import use_threads
from pigtrack.model.calibration import Card, CardReading, ColourCalibration
from pigtrack.model.photograph import Photograph
from pigtrack.model.quantity import FloatArray
from pigtrack.tracker.colours import know_colours

FOUND, REFUSED, EITHER = "found", "refused", "either"

SIGHTS = {
    "pedrodiamel_hand_4160x3120.jpg": (FOUND, "whole, fingers on the frame, half in hard light"),
    "ccd_IMG_1967_raw.png": (FOUND, "whole, warm light"),
    "ccd_IMG_1967_corrected.png": (FOUND, "whole"),
    "ccd_IMG_1971_raw.png": (FOUND, "whole Passport beside its other page"),
    "ccd_IMG_1971_corrected.png": (FOUND, "whole Passport beside its other page"),
    "ccd_IMG_2578_raw.png": (FOUND, "whole, warm light"),
    "ccd_IMG_2578_corrected.png": (FOUND, "whole"),
    "ccd_IMG_2581_raw.png": (FOUND, "whole, on patterned cloth, very warm light"),
    "ccd_IMG_2581_corrected.png": (FOUND, "whole, on patterned cloth"),
    "plantcv_calibrite-passport.png": (FOUND, "whole"),
    "plantcv_xrite-passport.png": (FOUND, "whole, two stickers over the corners of patches 1 and 19"),
    "plantcv_colorchecker-classic-mini.jpg": (FOUND, "whole"),
    "plantcv_classic.png": (FOUND, "whole"),
    "plantcv_source1_img.png": (FOUND, "whole, small, white blown out"),
    "plantcv_target_img.png": (FOUND, "whole, small, white blown out"),
    "plantcv_seedhead-rgb.jpg": (EITHER, "whole, but a copy by another maker, under a veil of glare"),
    "plantcv_target_img_plant.jpg": (EITHER, "Passport that the picture's edge just touches"),
    "plantcv_tobacco_leaves.jpg": (EITHER, "Passport with 6.5 pixels between patches, greys blown out"),
    "plantcv_partial_card_rgb.png": (REFUSED, "Passport half under a leaf"),
    "plantcv_source2_img.png": (REFUSED, "card cut off by the picture"),
    "plantcv_camera-trax.png": (REFUSED, "CameraTrax 24ColorCard: other colours"),
    "plantcv_astrocard_img.png": (REFUSED, "AstroBotany card: another kind"),
    "plantcv_astrocard_missing_tags.png": (REFUSED, "AstroBotany card: another kind"),
}
"""By eye: what is to become of each photograph, and what is in it. ``either``: whatever is found must be right."""

BY_EYE = {
    "plantcv_source1_img.png": ((233, 166), (231, 272), (168, 271), (170, 165)),
    "plantcv_target_img.png": ((234, 170), (231, 276), (168, 274), (170, 169)),
    "plantcv_seedhead-rgb.jpg": ((168, 261), (302, 266), (300, 349), (164, 344)),
    "plantcv_target_img_plant.jpg": ((567, 704), (488, 705), (487, 658), (567, 657)),
    "plantcv_tobacco_leaves.jpg": ((350, 62), (307, 61), (307, 42), (350, 42)),
}
"""Centres of the patches 1, 6, 24 and 19, to a pixel, where the folder has no outline."""

_BOX = 1.5 / 2.75
"""An outline of OpenCV's chart detector reaches so many pitches beyond the outer patches' centres."""

RIGHT_PITCHES = 0.25
"""A card read in the wrong order or place is off by 1. The outlines are themselves 3 to 8 % of a pitch off, at a corner
under the shadow of a finger 17 %: looked at by eye, the photograph's patches lie where pigtrack has them."""

SHRUNK = 0.7

STEADY = 0.01
"""Of the pitch, that a centre may move when a photograph is turned or shrunk: as of drawn cards against their truth."""

REPEATABILITY = 0.35
LONGEST = 5.0
"""Seconds of CPU that no search for a card may exceed."""


@dataclass(frozen=True)
class Sighting:
    """What became of one photograph."""

    found: bool
    said: str
    error_pitches: float | None
    seconds: float


def main() -> None:
    """Print the table."""
    use_threads(1)
    for lines in (report_cards(), report_turned(), report_fixed_camera(), report_cost()):
        for line in lines:
            print(line, flush=True)
        print(flush=True)


def report_cards() -> Iterator[str]:
    """Card by card: expected, found, how far off, how long."""
    folder = PHOTOS / "cards"
    if not (folder / "card_quads.json").is_file():
        yield f"No real photographs of cards in {PHOTOS}: skipped (PIGTRACK_REAL_PHOTOS names another folder)."
        return
    quads = json.loads((folder / "card_quads.json").read_text(encoding="utf-8"))
    card, foreign = pigtrack.load_card("colorchecker-classic"), pigtrack.load_card("spydercheckr-24")
    yield f"{'photograph':<38}{'expected':<10}{'was':<9}{'off by':>8}{'CPU s':>7}  what is in it; what was said"
    sightings, strangers = {}, 0
    for name, (expected, shows) in SIGHTS.items():
        photograph = pigtrack.read_photograph(folder / name)
        sight = sightings[name] = look(photograph, card, true_centres(card, name, quads))
        strangers += look(photograph, foreign, None).found
        off = "" if sight.error_pitches is None else f"{100 * sight.error_pitches:.1f} %"
        was = FOUND if sight.found else REFUSED
        yield f"{name:<38}{expected:<10}{was:<9}{off:>8}{sight.seconds:>7.2f}  {shows}; {sight.said}"
    yield from _summary(sightings, strangers)


def look(photograph: Photograph, card: Card, truth: FloatArray | None) -> Sighting:
    """Look for a card, as if the photograph had just been read."""
    start = time.process_time()
    try:
        reading = find_card(photograph, card)
    except CardError as fault:
        return Sighting(False, fault.problem, None, time.process_time() - start)
    seconds = time.process_time() - start
    pitch = _pitch_px(reading)
    off = None if truth is None else float(np.hypot(*(reading.centres - truth).T).max() / pitch)
    said = f"grid fits to {100 * reading.centre_error_px / pitch:.1f} % of the pitch"
    left_out = np.flatnonzero(reading.clipped) + 1
    return Sighting(True, f"{said}, without {', '.join(map(str, left_out))}" if left_out.size else said, off, seconds)


def report_turned() -> Iterator[str]:
    """Whole cards again, turned, shrunk and mirrored: to be read alike, mirrored to be refused."""
    folder, card = PHOTOS / "cards", pigtrack.load_card("colorchecker-classic")
    whole = [name for name, (expected, _) in SIGHTS.items() if expected == FOUND and (folder / name).is_file()]
    if not whole:
        return
    moved: dict[str, list[float]] = {"turned by 90, 180 and 270 degrees": [], f"shrunk to {100 * SHRUNK:.0f} %": []}
    mirrored = 0
    for name in whole:
        photograph = pigtrack.read_photograph(folder / name)
        reading = find_card(photograph, card)
        for told, others in zip(moved, (turned(photograph), shrunk(photograph)), strict=True):
            moved[told] += [off for again in others if (off := moved_by(again, reading)) is not None]
        mirrored += look(_with(photograph, photograph.pixels[:, ::-1]), card, None).found
    for (told, offs), times in zip(moved.items(), (3, 1), strict=True):
        off = f"{100 * median(offs):.2f} % of the pitch median, {100 * max(offs):.2f} % most" if offs else ""
        yield goal_line(f"{told}: found again", f"{len(offs)} of {times * len(whole)}", "all")
        yield goal_line("  the patch that moves farthest", off, f"<= {100 * STEADY:g} %")
    yield goal_line("mirrored: taken all the same", str(mirrored), "0")


Again = tuple[Photograph, Callable[[FloatArray], FloatArray]]
"""A photograph changed, and the way back from its pixels to those of the one before."""


def turned(photograph: Photograph) -> Iterator[Again]:
    """A photograph turned by one, two and three quarters."""
    rows, columns = photograph.pixels.shape[:2]
    ways: tuple[Callable[[FloatArray], FloatArray], ...] = (
        lambda xy: np.stack([columns - 1 - xy[:, 1], xy[:, 0]], axis=1),
        lambda xy: np.array([columns - 1, rows - 1]) - xy,
        lambda xy: np.stack([xy[:, 1], rows - 1 - xy[:, 0]], axis=1),
    )
    for quarters, back in enumerate(ways, start=1):
        yield _with(photograph, np.rot90(photograph.pixels, quarters)), back


def shrunk(photograph: Photograph) -> Iterator[Again]:
    """A photograph made smaller."""
    rows, columns = photograph.pixels.shape[:2]
    size = (round(columns * SHRUNK), round(rows * SHRUNK))
    step = np.array([columns / size[0], rows / size[1]])
    small = np.asarray(Image.fromarray(photograph.pixels).resize(size, Image.Resampling.BOX))
    yield _with(photograph, small), lambda xy: (xy + 0.5) * step - 0.5


def _with(photograph: Photograph, pixels: NDArray[np.uint8]) -> Photograph:
    return replace(photograph, pixels=np.ascontiguousarray(pixels))


def moved_by(again: Again, first: CardReading) -> float | None:
    """Farthest that a patch's centre lies from where it was, in pitches; None: no card was found."""
    photograph, back = again
    try:
        second = find_card(photograph, first.card)
    except CardError:
        return None
    return float(np.hypot(*(back(second.centres) - first.centres).T).max() / _pitch_px(first))


def true_centres(card: Card, name: str, quads: dict[str, dict[str, list[list[float]]]]) -> FloatArray | None:
    """Patch centres from the folder's outline, or from those seen by eye, shape (24, 2); None without either."""
    right, bottom = card.columns - 1.0, card.rows - 1.0
    if name in quads:
        corners = [[-_BOX, -_BOX], [right + _BOX, -_BOX], [right + _BOX, bottom + _BOX], [-_BOX, bottom + _BOX]]
        seen = np.array(quads[name]["quad_xy_px"])
    elif name in BY_EYE:
        corners, seen = [[0.0, 0.0], [right, 0.0], [right, bottom], [0.0, bottom]], np.array(BY_EYE[name], float)
    else:
        return None
    return apply_homography(fit_homography(np.array(corners), seen), _card_points(card))


def _card_points(card: Card) -> FloatArray:
    rows, columns = np.divmod(np.arange(card.rows * card.columns), card.columns)
    return np.stack([columns, rows], axis=1).astype(np.float64)


def _pitch_px(reading: CardReading) -> float:
    across = reading.centres.reshape(reading.card.rows, reading.card.columns, 2)
    return float(np.hypot(*np.diff(across, axis=1).reshape(-1, 2).T).mean())


def _summary(sightings: dict[str, Sighting], strangers: int) -> Iterator[str]:
    whole = [name for name, (expected, _) in SIGHTS.items() if expected == FOUND]
    others = [name for name, (expected, _) in SIGHTS.items() if expected == REFUSED]
    right = sum(_is_right(sightings[name]) for name in whole)
    wrong = [name for name, each in sightings.items() if each.found and not _is_right(each)]
    refused = sum(not sightings[name].found for name in others)
    errors = [each.error_pitches for each in sightings.values() if each.error_pitches is not None]
    yield goal_line("whole known cards read right", f"{right} of {len(whole)}", "all")
    yield goal_line("cut, covered and foreign cards refused", f"{refused} of {len(others)}", "all")
    yield goal_line("cards read wrong", f"{len(wrong)} {' '.join(wrong)}".strip(), "0")
    yield goal_line("taken for a SpyderCheckr 24 when asked for one", str(strangers), "0")
    yield goal_line("farthest patch from the outlines, median", f"{100 * median(errors):.1f} % of the pitch", "")
    seconds = [each.seconds for each in sightings.values()]
    told = f"{median(seconds):.2f} median, {max(seconds):.2f} most"
    yield goal_line("CPU seconds to find or refuse the card of a photograph", told, f"<= {LONGEST:g}")


def _is_right(sight: Sighting) -> bool:
    return sight.found and sight.error_pitches is not None and sight.error_pitches <= RIGHT_PITCHES


def report_fixed_camera() -> Iterator[str]:
    """One camera that never moved: each frame calibrated on its own card, patches compared between the frames."""
    paths = sorted((PHOTOS / "fixed_camera").glob("*.jpg"))
    if not paths:
        yield f"No photographs of a fixed camera in {PHOTOS}: skipped."
        return
    card = pigtrack.load_card("colorchecker-passport")
    frames = [frame for frame in (read_frame(path, card) for path in paths) if frame is not None]
    yield goal_line("fixed camera: cards found", f"{len(frames)} of {len(paths)}", "all")
    if len(frames) < 2:
        return
    chosen = choose_method([fits for _, fits in frames])
    for method in (UNCALIBRATED.method, *frames[0][1]):
        chosen_fits = [(reading, fits.get(method, UNCALIBRATED)) for reading, fits in frames]
        labs = [xyz_to_lab(calibrate_patches(reading, fit)) for reading, fit in chosen_fits]
        away = np.array([delta_e_2000(first, second) for first, second in combinations(labs, 2)])
        goal = f"<= {REPEATABILITY}" if method == chosen else ""
        told = f"{away.mean():.2f} mean, {np.percentile(away, 95):.2f} p95, {away.max():.2f} largest"
        yield goal_line(f"  dE00 of its patches between frames, {method}{' (chosen)' if goal else ''}", told, goal)


def read_frame(path: Path, card: Card) -> tuple[CardReading, dict[str, ColourCalibration]] | None:
    """Read the card of one frame and fit every method; None without a card."""
    try:
        reading = find_card(pigtrack.read_photograph(path), card)
    except CardError:
        return None
    return reading, fit_methods(reading, know_colours())


if __name__ == "__main__":
    main()
