"""The noise that a course is judged by: the usual one, or its clinic's own."""

from pathlib import Path

from pigtrack.imaging.change import ChangeSettings, with_clinic_noise
from pigtrack.model.course import Course
from pigtrack.store.noise_file import load_noise


def noise_settings(folder: Path, course: Course) -> ChangeSettings:
    """Return the settings of a course's judgement: with the clinic's own noise where the course names it."""
    settings = ChangeSettings()
    return settings if course.noise is None else with_clinic_noise(settings, load_noise(Path(folder) / course.noise))


def noise_entries(settings: ChangeSettings, course: Course) -> dict[str, object]:
    """Return what `run.json` tells of that noise."""
    entries: dict[str, object] = {"file": course.noise}
    for name in ("area", "contrast", "load"):
        noise = getattr(settings, name)
        entries[name] = {part: getattr(noise, part) for part in ("common", "veil", "own", "chance", "floor")}
    return entries
