"""Lays out small courses from a phantom's photographs, whole ones and spoilt ones."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pigtrack.model.course import Course
from pigtrack.store.folder import load_course
from pigtrack.store.phantom_truth import load_truth
from pigtrack.tracker import render_phantom


@dataclass(frozen=True)
class Drawn:
    """A phantom course on disk, its photographs to be borrowed for other courses."""

    folder: Path
    course: Course

    def bytes_of(self, session: int, shot: int = 1) -> bytes:
        return (self.folder / self.course.sessions[session - 1].photos[shot - 1]).read_bytes()

    def pixels_of(self, session: int, shot: int = 1) -> NDArray[np.uint8]:
        with Image.open(self.folder / self.course.sessions[session - 1].photos[shot - 1]) as picture:
            return np.array(picture)

    @property
    def settings(self) -> dict[str, object]:
        """What a course.toml must say to measure photographs of this phantom."""
        return {
            "card_patch_pitch_mm": 9.0,
            "region": [list(point) for point in self.course.region],
            "control": [list(point) for point in self.course.control],
        }


def draw(folder: Path, **plan: object) -> Drawn:
    """Draw a phantom course."""
    options = {"seed": 3, "scenario": "studio", "tone": "light", "sessions": 2, "megapixels": 0.5, **plan}
    render_phantom(out=folder, **options)
    return Drawn(folder, load_course(folder))


def lay_out(folder: Path, sessions: Sequence[Mapping[str, bytes]], settings: Mapping[str, object]) -> Path:
    """Write photographs by name and the course.toml that lists them, one mapping a session."""
    lines = ["[course]", *(f"{key} = {json.dumps(value)}" for key, value in settings.items())]
    for number, photos in enumerate(sessions, start=1):
        lines += ["[[session]]", f"date = 2026-01-{number:02}"]
        lines += [f"photos = {json.dumps(list(photos), ensure_ascii=False)}"]
        for name, data in photos.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "course.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def without_card(drawn: Drawn, session: int, shot: int = 1) -> NDArray[np.uint8]:
    """A photograph with the colour of its own skin painted over the card."""
    true = load_truth(drawn.folder)[session - 1].photographs[drawn.course.sessions[session - 1].photos[shot - 1]]
    centres, pixels = true.patch_centres, drawn.pixels_of(session, shot)
    margin = 1.5 * np.linalg.norm(centres[1] - centres[0])
    left, top = np.maximum(centres.min(axis=0) - margin, 0).astype(int)
    right, bottom = (centres.max(axis=0) + margin).astype(int)
    skin = np.array(drawn.course.region).mean(axis=0).astype(int)
    pixels[top:bottom, left:right] = pixels[skin[1], skin[0]]
    return pixels


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
