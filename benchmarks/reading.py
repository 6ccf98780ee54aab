"""How long photographs take to read and to calibrate, how much memory that needs, and what damaged files do.

    python benchmarks/reading.py                     every container at 12 megapixels, one core
    python benchmarks/reading.py --megapixels 24
    python benchmarks/reading.py --damaged 10000     that many damaged files, in child processes

Every file is read in a process of its own, so that its peak memory can be told. HEIC at full size needs an encoder:
it is drawn where ``pillow_heif`` is installed, and left out, said, where it is not.
"""

import argparse
import collections
import importlib
import json
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from pigtrack.errors import PhotographError
from pigtrack.imaging import opencv
from pigtrack.imaging.calibrate import UNCALIBRATED, calibrate_image
from pigtrack.model.calibration import ColourCalibration
from pigtrack.model.photograph import Encoding, Photograph, WorkingGrid
from pigtrack.store.photographs import read_photograph

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
drawn_files = importlib.import_module("drawn_files")

REPEATS = 5
BATCH = 500
"""Damaged files a child process reads: a crash of a library costs one batch, and is reported."""


def draw_picture(megapixels: float) -> np.ndarray:
    """Smooth blotches with a camera's noise, 4:3."""
    rng = np.random.default_rng(0)
    rows, columns = int(np.sqrt(megapixels * 1e6 * 3 / 4)), int(np.sqrt(megapixels * 1e6 * 4 / 3))
    coarse = rng.integers(30, 220, (rows // 60, columns // 60, 3)).astype(np.float32)
    smooth = opencv.resize_linear(coarse, (rows, columns))
    return np.clip(smooth + rng.normal(0, 3, smooth.shape), 0, 255).astype(np.uint8)


def draw_files(picture: np.ndarray) -> dict[str, bytes]:
    """The picture in every container, by file name."""
    deep = picture.astype(np.uint16) * 257
    files = drawn_files.readable_files(picture, deep)
    small = {"plain.heic", "turned.heic"}
    raw = {"camera.dng": drawn_files.dng(deep[..., 1] // 4)}
    return {name: data for name, data in files.items() if name not in small} | raw | _draw_heic(picture)


def _draw_heic(picture: np.ndarray) -> dict[str, bytes]:
    try:
        import pillow_heif
    except ImportError:
        print("HEIC is left out: pillow_heif, which can write it, is not installed.")
        return {}
    pillow_heif.register_heif_opener()
    return {"plain.heic": drawn_files.encoded(picture, "HEIF", quality=85)}


def report_reading(megapixels: float) -> None:
    """Print CPU time and peak memory of reading each container."""
    print(f"read_photograph at {megapixels:g} megapixels: CPU seconds, best of {REPEATS}; peak memory of the process")
    with tempfile.TemporaryDirectory() as folder:
        for name, data in draw_files(draw_picture(megapixels)).items():
            path = Path(folder, name)
            path.write_bytes(data)
            told = _in_child("--one", str(path))
            print(f"  {name:18} {len(data) / 1e6:7.1f} MB  {told['seconds']:6.3f} s  {told['peak_mb']:6.0f} MB")
            path.unlink()


def report_calibrating() -> None:
    """Print CPU time of calibrating two thirds of a 12-megapixel photograph at 4 megapixels."""
    photograph = Photograph("drawn", draw_picture(12), Encoding.SRGB, "0" * 64)
    rows, columns = (int(np.sqrt(2 / 3) * side) for side in photograph.pixels.shape[:2])
    step = float(np.sqrt(rows * columns / 4e6))
    grid = WorkingGrid((int(rows / step), int(columns / step)), (300.0, 200.0), step, None)
    for terms in (3, 6):
        best = min(_time(lambda: calibrate_image(photograph, _calibration(terms), grid, card=None)) for _ in range(9))  # noqa: B023
        print(f"calibrate_image, 8 to 4 megapixels, {terms} terms: {best:.3f} s CPU")


def _calibration(terms: int) -> ColourCalibration:
    matrix = np.hstack([UNCALIBRATED.matrix, np.full((3, 3), 0.01)])[:, :terms]
    return replace(UNCALIBRATED, matrix=matrix, light=np.array([2e-5, -3e-5]))


def _time(step) -> float:
    start = time.process_time()
    step()
    return time.process_time() - start


def report_damaged(count: int) -> None:
    """Print what became of damaged files: read or refused, how slow, how large."""
    outcomes: collections.Counter[str] = collections.Counter()
    slowest, peak = (0.0, ""), 0.0
    for first in range(0, count, BATCH):
        told = _in_child("--batch", str(first // BATCH), str(min(BATCH, count - first)))
        outcomes.update(told["outcomes"])
        slowest, peak = max(slowest, tuple(told["slowest"])), max(peak, told["peak_mb"])
    print(f"{sum(outcomes.values())} damaged files of {len(drawn_files.small_files())} kinds")
    for said, times in outcomes.most_common():
        print(f"  {times:6}  {said}")
    print(f"slowest {slowest[0]:.2f} s ({slowest[1]}), peak memory {peak:.0f} MB")


def _in_child(*arguments: str) -> dict:
    run = subprocess.run([sys.executable, __file__, *arguments], capture_output=True, text=True, check=False)
    if run.returncode or run.stderr:
        raise SystemExit(f"{arguments}: status {run.returncode}\n{run.stderr}")
    return json.loads(run.stdout)


def read_one(path: str) -> dict:
    """Read one file several times; called in a child process."""
    seconds = [_time(lambda: read_photograph(path)) for _ in range(REPEATS)]
    return {"seconds": min(seconds), "peak_mb": _peak_mb()}


def read_batch(number: int, count: int) -> dict:
    """Read damaged files; called in a child process."""
    files, chance = drawn_files.small_files(), random.Random(f"batch {number}")
    outcomes: collections.Counter[str] = collections.Counter()
    slowest = (0.0, "")
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(count):
            name, data = drawn_files.damage(files, chance)
            path = Path(folder, name)
            path.write_bytes(data)
            start = time.perf_counter()
            outcomes[_outcome(path)] += 1
            slowest = max(slowest, (time.perf_counter() - start, name))
            path.unlink()
    return {"outcomes": outcomes, "slowest": slowest, "peak_mb": _peak_mb()}


def _outcome(path: Path) -> str:
    try:
        read_photograph(path)
    except PhotographError as refusal:
        return re.sub(r"\d+", "N", refusal.problem.replace(f'The photograph "{path.name}" ', ""))
    return "read"


def _peak_mb() -> float:
    """Peak memory of this process alone: Linux counts what its parent had before it started into ``ru_maxrss``."""
    status = Path("/proc/self/status")
    if status.is_file():
        return float(re.search(r"VmHWM:\s+(\d+) kB", status.read_text())[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megapixels", type=float, default=12.0)
    parser.add_argument("--damaged", type=int, default=0, metavar="COUNT")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--batch", nargs=2, type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    opencv.use_threads(1)
    if asked.one:
        print(json.dumps(read_one(asked.one)))
    elif asked.batch:
        print(json.dumps(read_batch(*asked.batch)))
    elif asked.damaged:
        report_damaged(asked.damaged)
    else:
        report_reading(asked.megapixels)
        report_calibrating()


if __name__ == "__main__":
    main()
