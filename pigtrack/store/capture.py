"""What a photograph's file tells of its making. Place, owner and serial numbers are never asked for."""

import re
import struct
import warnings
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from PIL import Image

from pigtrack.model.photograph import CaptureFacts

_CAMERA_IFD = 0x8769
_MAKE, _MODEL, _ORIENTATION, _SOFTWARE, _DATE = 0x010F, 0x0110, 0x0112, 0x0131, 0x0132
_EXPOSURE, _F_NUMBER, _ISO, _TAKEN, _FLASH, _COMMENT = 0x829A, 0x829D, 0x8827, 0x9003, 0x9209, 0x9286
_RENDERED, _WHITE_BALANCE, _FOCAL_35MM, _SCENE, _LENS = 0xA401, 0xA403, 0xA405, 0xA406, 0xA434
_INTEROPERABILITY_IFD, _INDEX = 0xA005, 0x0001
"""Tags of Exif 2.32 (CIPA DC-008)."""

_RENDERINGS = {2: "HDR", 3: "HDR", 4: "HDR", 6: "panorama", 7: "portrait HDR", 8: "portrait"}
"""CustomRendered beyond the standard's 0 and 1, as phones write it."""

_SCENES = {2: "portrait", 3: "night"}

_EDITORS = re.compile(
    r"photoshop|lightroom|gimp|snapseed|instagram|facetune|picasa|vsco|meitu|beauty|b612|snow|pixlr|affinity"
    r"|capture one|darktable|rawtherapee|luminar|photoscape|canva|paint\.net|polarr|remini|airbrush",
    re.IGNORECASE,
)
_XMP_TRACES = (
    (rb"hdrgm:|HDRGainMap", "gain map"),
    (rb"crs:(HasSettings|ToneCurve)", "developed"),
    (rb"GDepth:|GCamera:.{0,40}[Pp]ortrait", "portrait"),
    (rb"[Ss]creenshot", "screenshot"),
)
_XMP_TOOL = re.compile(rb"CreatorTool[^>\"']*[>\"']([^<\"']{1,100})")

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

    def facts(self, traces: tuple[str, ...] = ()) -> CaptureFacts:
        """Return what is known, with ``traces`` of processing found elsewhere in the file."""
        software = _text(self._main.get(_SOFTWARE))
        flash = self._camera.get(_FLASH)
        balance = self._camera.get(_WHITE_BALANCE)
        return CaptureFacts(
            time=_time(self._camera.get(_TAKEN)) or _time(self._main.get(_DATE)),
            camera=_camera(_text(self._main.get(_MAKE)), _text(self._main.get(_MODEL))),
            lens=_text(self._camera.get(_LENS)),
            exposure_s=_number(self._camera.get(_EXPOSURE)),
            f_number=_number(self._camera.get(_F_NUMBER)),
            iso=_number(self._camera.get(_ISO)),
            white_balance={0: "auto", 1: "manual"}.get(balance) if isinstance(balance, int) else None,
            flash=bool(flash & 1) if isinstance(flash, int) else None,
            software=software,
            processing=tuple(dict.fromkeys((*self._processing(software), *traces))),
            focal_length_35mm=_number(self._camera.get(_FOCAL_35MM)),
        )

    def _processing(self, software: str | None) -> list[str]:
        found = [
            table[value]
            for table, tag in ((_RENDERINGS, _RENDERED), (_SCENES, _SCENE))
            if isinstance(value := self._camera.get(tag), int) and value in table
        ]
        if software and _EDITORS.search(software):
            found.append(f"edited with {software}")
        if software and "HDR" in software:
            found.append("HDR")
        if "screenshot" in str(self._camera.get(_COMMENT, "")).lower():
            found.append("screenshot")
        return found


def xmp_traces(xmp: bytes) -> tuple[str, ...]:
    """Return traces of processing in a block of XMP: gain map, portrait, screenshot, development, an editor's name."""
    found = [name for pattern, name in _XMP_TRACES if re.search(pattern, xmp, re.DOTALL)]
    tool = _XMP_TOOL.search(xmp)
    if tool and _EDITORS.search(name := tool[1].decode("utf-8", "replace")):
        found.append(f"edited with {_text(name)}")
    return tuple(found)


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
