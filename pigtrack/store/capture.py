"""What a photograph's file tells of its making. Place, owner and serial numbers are never asked for."""

import math
import struct
import warnings
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from PIL import Image

from pigtrack.imaging.geometry import FULL_FRAME_DIAGONAL_MM
from pigtrack.model.photograph import CaptureFacts
from pigtrack.store.traces import program_traces

_CAMERA_IFD = 0x8769
_MAKE, _MODEL, _ORIENTATION, _SOFTWARE, _DATE = 0x010F, 0x0110, 0x0112, 0x0131, 0x0132
_EXPOSURE, _F_NUMBER, _ISO, _TAKEN, _FLASH, _COMMENT = 0x829A, 0x829D, 0x8827, 0x9003, 0x9209, 0x9286
_RENDERED, _WHITE_BALANCE, _FOCAL_35MM, _SCENE, _LENS = 0xA401, 0xA403, 0xA405, 0xA406, 0xA434
_INTEROPERABILITY_IFD, _INDEX = 0xA005, 0x0001
"""Tags of Exif 2.32 (CIPA DC-008)."""

_FOCAL, _PLANE_X, _PLANE_Y, _PLANE_UNIT, _WIDTH, _HEIGHT = 0x920A, 0xA20E, 0xA20F, 0xA210, 0xA002, 0xA003
_ZOOM, _CONTRAST, _SATURATION, _EDITED, _DEVELOPED = 0xA404, 0xA408, 0xA409, 0xA43B, 0xA43A
_PREPARED = 0x000B
"""The last three name programs: Exif 3.0, and TIFF/EP's ProcessingSoftware."""

_TRACES: tuple[tuple[int, dict[int, str]], ...] = (
    (_RENDERED, {1: "special rendering", 2: "HDR", 3: "HDR", 6: "panorama", 7: "portrait HDR", 8: "portrait"}),
    (_SCENE, {2: "portrait", 3: "night"}),
    (_CONTRAST, {1: "contrast lowered", 2: "contrast raised"}),
    (_SATURATION, {1: "saturation lowered", 2: "saturation raised"}),
)
"""Values that tell of processing. CustomRendered beyond 1 as phones write it; 4 is the plain one of an HDR pair.

CompositeImage is left out: recent phones set it in every photograph, and a warning that always comes warns of nothing.
What merging does to colours, the patches' surroundings show (check ``local_tone``)."""

_SENSOR_DIAGONALS = (3.0, 80.0)
"""Millimetres, from the smallest phone to medium format; others come from tags that an editor left behind."""

_UNITS_MM = {2: 25.4, 3: 10.0, 4: 1.0, 5: 0.001}
"""Of FocalPlaneResolutionUnit; 4 and 5 as some cameras write it."""

_SPOILT = (ValueError, TypeError, LookupError, ArithmeticError, SyntaxError, OSError, EOFError, struct.error)
"""What a damaged EXIF block makes Pillow raise."""


class Exif:
    """The few tags that matter, out of a block of EXIF; a damaged block reads as empty."""

    def __init__(self, block: bytes | None) -> None:
        self._main: Mapping[int, Any] = {}
        self._camera: Mapping[int, Any] = {}
        self._index = ""
        if block:
            self._read(block)

    def _read(self, block: bytes) -> None:
        exif = Image.Exif()
        steps: tuple[Callable[[], Any], ...] = (
            lambda: exif.load(block),
            lambda: setattr(self, "_main", dict(exif)),
            lambda: setattr(self, "_camera", dict(exif.get_ifd(_CAMERA_IFD))),
            lambda: setattr(self, "_index", str(exif.get_ifd(_INTEROPERABILITY_IFD).get(_INDEX, ""))),
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for step in steps:
                if not _survives(step):
                    return

    @property
    def orientation(self) -> int:
        """From 1 (upright) to 8, as EXIF counts them."""
        value = self._main.get(_ORIENTATION, 1)
        return value if isinstance(value, int) and 1 <= value <= 8 else 1

    @property
    def says_adobe_rgb(self) -> bool:
        """Whether the camera's DCF option file mark stands for Adobe RGB."""
        return self._index.startswith("R03")

    @property
    def camera(self) -> str | None:
        """Maker and model."""
        return _camera(_text(self._main.get(_MAKE)), _text(self._main.get(_MODEL)))

    def facts(self, traces: tuple[str, ...] = ()) -> CaptureFacts:
        """Return what is known, with ``traces`` of processing found elsewhere in the file."""
        software = _text(self._main.get(_SOFTWARE))
        flash = self._camera.get(_FLASH)
        balance = self._camera.get(_WHITE_BALANCE)
        return CaptureFacts(
            time=_time(self._camera.get(_TAKEN)) or _time(self._main.get(_DATE)),
            camera=self.camera,
            lens=_text(self._camera.get(_LENS)),
            exposure_s=_number(self._camera.get(_EXPOSURE)),
            f_number=_number(self._camera.get(_F_NUMBER)),
            iso=_number(self._camera.get(_ISO)),
            white_balance={0: "auto", 1: "manual"}.get(balance) if isinstance(balance, int) else None,
            flash=bool(flash & 1) if isinstance(flash, int) else None,
            software=software,
            processing=tuple(dict.fromkeys((*self._processing(software), *traces))),
            focal_length_35mm=_number(self._camera.get(_FOCAL_35MM)) or self._equivalent_focal_length(),
        )

    def _equivalent_focal_length(self) -> float | None:
        """Focal length times the sensor's crop factor, where pixels per millimetre of the sensor are told."""
        asked = (_FOCAL, _PLANE_X, _PLANE_Y, _WIDTH, _HEIGHT)
        focal, per_x, per_y, width, height = (_number(self._camera.get(tag)) for tag in asked)
        unit = _UNITS_MM.get(self._camera.get(_PLANE_UNIT, 2))
        if not (focal and per_x and per_y and width and height and unit):
            return None
        diagonal = math.hypot(width / per_x, height / per_y) * unit
        if not _SENSOR_DIAGONALS[0] <= diagonal <= _SENSOR_DIAGONALS[1]:
            return None
        return round(focal * FULL_FRAME_DIAGONAL_MM / diagonal, 1)

    def _processing(self, software: str | None) -> list[str]:
        values = ((self._camera.get(tag), words) for tag, words in _TRACES)
        found = [words[value] for value, words in values if isinstance(value, int) and value in words]
        zoom = _number(self._camera.get(_ZOOM))
        if zoom is not None and zoom > 1:
            found.append(f"digital zoom {zoom:.3g}x")
        for program in (software, _text(self._main.get(_PREPARED))):
            found += program_traces(program)
        for tag, done in ((_EDITED, "edited"), (_DEVELOPED, "developed")):
            if program := _text(self._camera.get(tag)):
                found.append(f"{done} with {program}")
        if "screenshot" in str(self._camera.get(_COMMENT, "")).lower():
            found.append("screenshot")
        return found


def _survives(step: Callable[[], Any]) -> bool:
    try:
        step()
    except _SPOILT:
        return False
    return True


def _text(value: object) -> str | None:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        return None
    shown = "".join(letter for letter in value if letter.isprintable()).strip()
    return shown[:100] or None


def _camera(make: str | None, model: str | None) -> str | None:
    if make and model and not model.lower().startswith(make.split()[0].lower()):
        return f"{make} {model}"
    return model or make


def _number(value: object) -> float | None:
    if isinstance(value, tuple) and value:
        value = value[0]
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, ArithmeticError):
        return None
    return number if 0 < number < 1e7 else None


def _time(value: object) -> datetime | None:
    """Local time as the camera's clock showed it, without zone: a course's days are the clinic's days."""
    text = _text(value)
    try:
        return datetime.strptime(text, "%Y:%m:%d %H:%M:%S") if text else None
    except ValueError:
        return None
