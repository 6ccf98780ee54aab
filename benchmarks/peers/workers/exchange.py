"""How a peer answers: a job file of photographs in, one JSON line a photograph out, with seconds and memory.

Imported by every worker in its own environment, so it needs only what all of them have: NumPy and OpenCV.
"""

import json
import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from readout import lab_of_places

Photograph = Mapping[str, Any]
"""Of the job: ``id, path, pitch_mm, patch_width, clicked`` (24 patch centres as a person would click them), and for a
photograph to be measured ``region, exclude`` (polygons), ``places`` (rings of skin), ``labels`` (to be written)."""


@dataclass(frozen=True, eq=False)
class Reading:
    """What a peer made of one photograph.

    Attributes
    ----------
    centres : ndarray, shape (24, 2), or None
        Patch centres in the order of the card, x and y in pixels; None: no card found.
    mm_per_px : float or None
        Millimetres a pixel.
    image : ndarray, shape (rows, columns, 3), or None
        The corrected photograph, R, G, B, encoded sRGB, 8-bit or from 0 to 1.
    labels : ndarray, shape (rows, columns), or None
        Outlines in the photograph's pixels, 0 for skin.
    spots : list of mapping
        ``label, area_mm2, delta_e00, delta_mi`` of each outline.
    """

    centres: NDArray[np.float64] | None
    mm_per_px: float | None = None
    image: NDArray[Any] | None = None
    labels: NDArray[np.int32] | None = None
    spots: list[dict[str, float]] = field(default_factory=list)


Measure = Callable[[Photograph, Mapping[str, Any]], Reading]
"""A photograph of the job and the peer's settings → what the peer made of it."""


OUTLINE_SETTINGS = ("channel", "threshold", "blur_mm", "block_mm", "offset", "least_mm2")
"""Settings that come after the corrected photograph."""

_KEPT: dict[str, Any] = {}


def prepare_once(prepare: Callable[..., Any], photograph: Photograph, settings: Mapping[str, Any]) -> Any:
    """Prepare a photograph; where many outlines are tried on it (``again``), keep what was made until the next."""
    if not photograph.get("again"):
        return prepare(photograph, settings)
    known = {name: value for name, value in settings.items() if name not in OUTLINE_SETTINGS}
    key = json.dumps([photograph["path"], known], sort_keys=True)
    if key not in _KEPT:
        _KEPT.clear()
        _KEPT[key] = prepare(photograph, settings)
    return _KEPT[key]


class NoCardError(Exception):
    """The peer says that it finds no card."""


def main(measure: Measure) -> None:
    """Answer the job named on the command line."""
    cv2.setNumThreads(1)
    job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    if job["photographs"]:
        answer(measure, job["photographs"][0], job["settings"])  # warm-up: not told
    with Path(job["answers"]).open("a", encoding="utf-8") as answers:
        for photograph in job["photographs"]:
            answers.write(json.dumps({"id": photograph["id"], "begun": True}) + "\n")
            answers.flush()
            settings = photograph.get("settings", job["settings"])
            answers.write(json.dumps(answer(measure, photograph, settings)) + "\n")
            answers.flush()


def answer(measure: Measure, photograph: Photograph, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Measure one photograph; a peer's failure is an answer, too."""
    costs: dict[str, float] = {}
    try:
        with weighed(costs):
            reading = measure(photograph, settings)
    except NoCardError:
        return {"id": photograph["id"], "centres": None, **costs}
    except Exception as failure:  # noqa: BLE001 - whatever a peer raises is counted and shown, not ours to mend
        told = f"{type(failure).__name__}: {failure}".strip()
        return {"id": photograph["id"], "centres": None, "failure": told[:300], **costs}
    return {"id": photograph["id"], **told_of(photograph, reading), **costs}


def told_of(photograph: Photograph, reading: Reading) -> dict[str, Any]:
    """A reading as plain numbers; outlines are written where the job says, the skin is read at the job's places."""
    if reading.labels is not None:
        cv2.imwrite(photograph["labels"], reading.labels.astype(np.uint16))
    skin: dict[str, list[float]] = {}
    if reading.image is not None and photograph.get("places"):
        skin = lab_of_places(reading.image, cv2.imread(photograph["places"], cv2.IMREAD_UNCHANGED))
    return {
        "centres": None if reading.centres is None else np.asarray(reading.centres, dtype=float).tolist(),
        "mm_per_px": reading.mm_per_px,
        "measured": reading.labels is not None,
        "spots": reading.spots,
        "skin": skin,
    }


@contextmanager
def weighed(costs: dict[str, float]) -> Iterator[None]:
    """Note wall and CPU seconds and the most memory held meanwhile, in MiB, even where it fails."""
    forget_peak()
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        yield
    finally:
        costs.update(wall=time.perf_counter() - wall, cpu=time.process_time() - cpu)
        costs.update(mib=peak_mib())


def forget_peak() -> None:
    """Let Linux forget the most memory held so far; elsewhere it stays the most since the start."""
    reset = Path("/proc/self/clear_refs")
    if reset.is_file():
        reset.write_text("5")


def peak_mib() -> float:
    """Most memory held since `forget_peak`, or since the start where the system keeps no other record."""
    status = Path("/proc/self/status")
    if status.is_file():
        lines = status.read_text().splitlines()
        return next(float(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 1024**2 if sys.platform == "darwin" else most / 1024
