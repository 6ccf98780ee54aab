"""Writes a phantom course: photographs, ``course.toml`` and the truth beside them.

::

    course.toml
    session-01.jpg                      or session-01-shot-1.jpg … with several shots
    truth/session-01/truth.json         lesions of the session; each photograph's geometry
    truth/session-01/session-01.png     16-bit mask in the photograph's upright pixels, value = lesion id
    truth/session-01/field.png          of melasma: 16-bit map of the region's skin, thousandths of MI, 65535 excluded
"""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from pigtrack.errors import OutputError
from pigtrack.imaging.phantom import (
    DISPLACEMENT_STEP_MM,
    FIELD_STEP_MM,
    PHANTOM,
    CoursePlan,
    FieldTruth,
    PhantomPlan,
    PhotographTruth,
    RenderedPhotograph,
    Scenario,
    draw_polygons,
    field_truth,
    plan_course,
    plan_view,
    render_photograph,
    session_truth,
)
from pigtrack.model.course import Polygon
from pigtrack.model.quantity import FloatArray
from pigtrack.store.naming import quoted
from pigtrack.store.reference_data import load_card, load_spectra
from pigtrack.store.whole import refuse_unwritable

FIRST_DAY = date(2026, 1, 11)
DAYS_BETWEEN = 14
CARD = "colorchecker-classic"
CARD_PITCH_MM = 9.0

FIELD_MAP = "field.png"
FIELD_UNIT, FIELD_EXCLUDED = 0.001, 65535
"""Melanin index units of a step of the field's map, and what stands where there is no truth."""

_CAMERAS = MappingProxyType(
    {
        Scenario.STUDIO: ("Studio 24", (1, 125), (8, 1), 100),
        Scenario.WARD: ("Ward 16", (1, 60), (56, 10), 400),
        Scenario.PHONE: ("Phone 12", (1, 50), (18, 10), 250),
    }
)
"""Model, exposure time, aperture and ISO of the pretended cameras."""

_SKIN_TYPES = MappingProxyType(
    {"very-light": "I", "light": "II", "intermediate": "III", "tan": "IV", "brown": "V", "dark": "VI"}
)

Progress = Callable[[int, int], None]
"""Called after each photograph with how many are done, and of how many."""


def write_phantom(
    folder: Path, plan: PhantomPlan, *, name: str | None = None, progress: Progress | None = None
) -> Path:
    """Draw a phantom course and write it whole, or not at all.

    Parameters
    ----------
    folder : Path
        Must not exist yet, or be empty.
    plan : PhantomPlan
        Equal plans write equal bytes.
    name : str, optional
        The course's id; the folder's name where none is given.
    progress : callable, optional
        Told of each photograph done.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    OutputError
        If the folder holds something already or cannot be written.
    """
    _check_free(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(mkdtemp(prefix=".pigtrack-phantom-", dir=folder.parent))
    except OSError as fault:
        raise _unwritable(folder, fault) from fault
    try:
        _fill(draft, plan, progress, name=name or folder.name)
        draft.chmod(0o755)
        if folder.is_dir():
            folder.rmdir()
        draft.rename(folder)
    except OSError as fault:
        raise _unwritable(folder, fault) from fault
    finally:
        rmtree(draft, ignore_errors=True)
    return folder


def _check_free(folder: Path) -> None:
    refuse_unwritable(folder)
    try:
        if os.path.lexists(folder) and not folder.is_dir():
            raise OutputError(f"{quoted(folder)} is a file.", "Name a folder that does not exist yet.")
        if folder.is_dir() and any(folder.iterdir()):
            raise OutputError(
                f"The folder {quoted(folder)} is not empty.", "Name a folder that does not exist yet, or empty it."
            )
    except OSError as fault:
        raise _unwritable(folder, fault) from fault


def _unwritable(folder: Path, fault: OSError) -> OutputError:
    return OutputError(
        f"{quoted(folder)} cannot be written ({fault.strerror}).", "Free some space there, or name another folder."
    )


def _fill(draft: Path, plan: PhantomPlan, progress: Progress | None, *, name: str) -> None:
    course, tables, card = plan_course(plan), load_spectra(), load_card(CARD)
    (draft / "course.toml").write_text(course_toml(course, name), encoding="utf-8")
    for session in range(1, plan.sessions + 1):
        truth = draft / "truth" / f"session-{session:02}"
        truth.mkdir(parents=True)
        photographs = {}
        for shot in range(1, plan.shots + 1):
            drawn = render_photograph(course, session, shot, tables, card)
            file = photograph_name(plan, session, shot)
            (draft / file).write_bytes(_jpeg(drawn, plan))
            (truth / file).with_suffix(".png").write_bytes(_png(drawn.truth.mask))
            photographs[file] = _photograph_entry(course, session, shot, drawn.truth)
            if progress is not None:
                progress((session - 1) * plan.shots + shot, plan.sessions * plan.shots)
        entry = _session_entry(course, session, photographs)
        if course.field is not None:
            field = field_truth(course, session, load_spectra())
            (truth / FIELD_MAP).write_bytes(_png(_field_pixels(field)))
            entry["field"] = _field_entry(field)
        (truth / "truth.json").write_text(json.dumps(entry, indent=1) + "\n", encoding="utf-8")


def photograph_name(plan: PhantomPlan, session: int, shot: int) -> str:
    """File name of a photograph: ``session-01.jpg``, or ``session-01-shot-2.jpg`` where a session has several."""
    return f"session-{session:02}.jpg" if plan.shots == 1 else f"session-{session:02}-shot-{shot}.jpg"


def _taken(session: int, shot: int) -> datetime:
    day = FIRST_DAY + timedelta(days=DAYS_BETWEEN * (session - 1))
    return datetime(day.year, day.month, day.day, 10, shot - 1)


def _jpeg(drawn: RenderedPhotograph, plan: PhantomPlan) -> bytes:
    model, exposure, aperture, iso = _CAMERAS[plan.scenario]
    time = _taken(drawn.session, drawn.shot).strftime("%Y:%m:%d %H:%M:%S")
    exif = Image.Exif()
    maker, software = "pigtrack phantom", f"phantom {PHANTOM.version}"
    exif.update({0x010F: maker, 0x0110: model, 0x0112: 1, 0x0132: time, 0x0131: software})
    exif.get_ifd(0x8769).update(
        {
            0x829A: IFDRational(*exposure),
            0x829D: IFDRational(*aperture),
            0x8827: iso,
            0x9003: time,
            0x9004: time,
            0xA001: 1,
            0x9209: 0,
            0xA403: 0,
            0xA405: round(drawn.focal_length_35mm),
        }
    )
    file = BytesIO()
    Image.fromarray(drawn.pixels).save(
        file, "JPEG", quality=drawn.jpeg_quality, subsampling=2 if drawn.colour_subsampling else 0, exif=exif
    )
    return file.getvalue()


def _png(pixels: NDArray[np.uint16]) -> bytes:
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG", optimize=True)
    return file.getvalue()


def _field_pixels(field: FieldTruth) -> NDArray[np.uint16]:
    known = np.isfinite(field.delta_mi)
    return np.where(known, np.round(np.where(known, field.delta_mi, 0) / FIELD_UNIT), FIELD_EXCLUDED).astype(np.uint16)


def _field_entry(field: FieldTruth) -> dict[str, object]:
    numbers: dict[str, object] = {"load": field.load, "half_area_mm2": field.half_area_mm2}
    return {"map": FIELD_MAP, "step_mm": FIELD_STEP_MM, **_rounded(numbers)}


def _session_entry(course: CoursePlan, session: int, photographs: Mapping[str, object]) -> dict[str, object]:
    lesions = [_rounded(asdict(lesion)) for lesion in session_truth(course, session, load_spectra())]
    return {
        "session": session,
        "date": _taken(session, 1).date().isoformat(),
        "lesions": lesions,
        "photographs": photographs,
        "made_by": {
            "pigtrack": version("pigtrack"),
            "algorithm": {"name": PHANTOM.name, "version": PHANTOM.version},
            "plan": _plan_entry(course.plan),
        },
    }


def _plan_entry(plan: PhantomPlan) -> dict[str, object]:
    entries = {
        **asdict(plan),
        "scenario": plan.scenario.value,
        "change": plan.change.value,
        "scene": plan.scene.value,
        "nuisances": sorted(n.value for n in plan.nuisances),
    }
    # Younger than the sample courses: told only where they are asked for, so that those keep their bytes.
    unused = {name for name in ("fall", "reseated", "freckles") if not entries[name]}
    return {name: value for name, value in entries.items() if name not in unused}


def _photograph_entry(course: CoursePlan, session: int, shot: int, truth: PhotographTruth) -> dict[str, object]:
    taken = plan_view(course, session, shot).condition
    return {
        "shape": list(truth.mask.shape),
        "px_per_mm": round(truth.px_per_mm, 6),
        "tilt_deg": round(truth.tilt_deg, 4),
        "patch_centres_px": _numbers(truth.patch_centres, 4),
        "skin_mm_to_px": {
            "homography": _numbers(truth.homography, 12),
            "displacement_step_mm": DISPLACEMENT_STEP_MM,
            "displacement_origin_mm": list(truth.displacement_origin_mm),
            "displacement_mm": _numbers(truth.displacement_mm, 5),
        },
        "lamp": dict(taken.lamp),
        "jpeg_quality": taken.jpeg_quality,
    }


def _numbers(values: FloatArray, digits: int) -> object:
    return (np.round(values, digits) + 0.0).tolist()


def _rounded(entry: dict[str, object]) -> dict[str, object]:
    """Truth to six digits, which is more than it is true to, and the same text on every machine."""
    return {
        key: round(value, 6)
        if isinstance(value, float)
        else [round(part, 6) for part in value]
        if isinstance(value, tuple)
        else value
        for key, value in entry.items()
    }


def course_toml(course: CoursePlan, name: str) -> str:
    """Text of the course's ``course.toml``."""
    plan, drawn = course.plan, draw_polygons(course)
    mode = [] if course.field is None else ['mode = "field"']
    diagnosis, cause = ("solar lentigo", "sun") if course.field is None else ("melasma", "hormones")
    lines = [
        "[course]",
        f"id = {json.dumps(name)}",
        f'subject = "phantom-{plan.seed}"',
        'site = "left cheek"',
        f'diagnosis = "{diagnosis}"',
        f'cause = "{cause}"',
        f'skin_type = "{_SKIN_TYPES[plan.tone]}"',
        *mode,
        f'card = "{CARD}"',
        f"card_patch_pitch_mm = {CARD_PITCH_MM}",
        f"region = {_polygon(drawn['region'][0])}",
        f"control = {_polygon(drawn['control'][0])}",
        f"exclude = [{', '.join(_polygon(p) for p in drawn['exclude'])}]",
    ]
    if plan.reseated:
        lines.append("reseated_shots = true")
    for session in range(1, plan.sessions + 1):
        names = ", ".join(f'"{photograph_name(plan, session, shot)}"' for shot in range(1, plan.shots + 1))
        lines += ["", "[[session]]", f"date = {_taken(session, 1).date().isoformat()}", f"photos = [{names}]"]
        if session < plan.sessions:
            lines.append('treatment = { technique = "manual injection", product = "F-RADIANCE" }')
    return "\n".join(lines) + "\n"


def _polygon(points: Polygon) -> str:
    return "[" + ", ".join(f"[{x}, {y}]" for x, y in points) + "]"
