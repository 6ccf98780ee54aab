"""Reads the truth that stands beside a phantom course."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.model.quantity import LabelImage
from pigtrack.model.truth import TrueField, TrueLesion, TruePhotograph, TrueSession
from pigtrack.store.phantom_folder import FIELD_EXCLUDED, FIELD_UNIT


def load_truth(folder: Path) -> tuple[TrueSession, ...]:
    """Load the truth of every session of a phantom course, in order."""
    return tuple(_session(path) for path in sorted((folder / "truth").glob("session-*/truth.json")))


def load_labels(path: Path) -> LabelImage:
    """Load a 16-bit label image as int32."""
    return np.asarray(opencv.decode_png(path.read_bytes()), dtype=np.int32)


def _session(path: Path) -> TrueSession:
    entry = json.loads(path.read_text(encoding="utf-8"))
    photographs = {name: _photograph(path, name, each) for name, each in entry["photographs"].items()}
    field = _field(path, entry["field"]) if "field" in entry else None
    return TrueSession(entry["session"], tuple(_lesion(each) for each in entry["lesions"]), photographs, field)


def _field(path: Path, entry: dict[str, Any]) -> TrueField:
    pixels = load_labels(path.parent / entry["map"])
    delta_mi = np.where(pixels == FIELD_EXCLUDED, np.nan, pixels * FIELD_UNIT)
    return TrueField(delta_mi, entry["step_mm"], entry["load"], entry["half_area_mm2"])


def _lesion(entry: dict[str, Any]) -> TrueLesion:
    known: Any = {name: entry[name] for name in TrueLesion.__dataclass_fields__}
    known |= {name: tuple(known[name]) for name in ("centre_mm", "lab", "ring_lab")}
    return TrueLesion(**known)


def _photograph(path: Path, name: str, entry: dict[str, Any]) -> TruePhotograph:
    geometry = entry["skin_mm_to_px"]
    mask = path.parent / Path(name).with_suffix(".png").name
    return TruePhotograph(
        mask_name=mask.relative_to(path.parents[2]).as_posix(),
        px_per_mm=entry["px_per_mm"],
        patch_centres=np.array(entry["patch_centres_px"]),
        homography=np.array(geometry["homography"]),
        displacement_mm=np.array(geometry["displacement_mm"]),
        displacement_origin_mm=tuple(geometry["displacement_origin_mm"]),
        displacement_step_mm=geometry["displacement_step_mm"],
    )
