"""What a course is judged by: the usual noise or its clinic's own, and the days that its protocol keeps out."""

from pathlib import Path

from pigtrack.imaging.change import ChangeSettings, with_clinic_noise
from pigtrack.model.course import Course
from pigtrack.model.protocol import Protocol
from pigtrack.pipeline.course import with_protocol
from pigtrack.store.noise_file import load_noise


def noise_settings(folder: Path, course: Course, protocol: Protocol | None = None) -> ChangeSettings:
    """Return the settings of a course's judgement: with the clinic's own noise and the protocol's quiet days.

    Each only where the course names it.
    """
    settings = with_protocol(ChangeSettings(), protocol)
    return settings if course.noise is None else with_clinic_noise(settings, load_noise(Path(folder) / course.noise))


def noise_entries(settings: ChangeSettings, course: Course) -> dict[str, object]:
    """Return what `run.json` tells of that noise."""
    entries: dict[str, object] = {"file": course.noise}
    for name in ("area", "contrast", "load"):
        noise = getattr(settings, name)
        entries[name] = {part: getattr(noise, part) for part in ("common", "veil", "own", "chance", "floor")}
    return entries
