"""[course]: who, where, and how it is to be measured."""

import math
from typing import Any

from pigtrack.model.course import Endpoint, Mode
from pigtrack.store.catalogues import list_languages
from pigtrack.store.course_file.polygons import read_polygon, read_polygons
from pigtrack.store.faults import Faults
from pigtrack.store.toml_tables import TomlTable, is_number

_TEXTS = ("id", "subject", "site", "diagnosis", "cause", "depth", "skin_type", "protocol", "card", "noise")
COURSE_KEYS = (
    *(*_TEXTS, "mode", "primary", "card_patch_pitch_mm", "scale_sticker_mm"),
    *("region", "control", "exclude", "reseated_shots", "population", "patient_language"),
)
_SMALLEST_PITCH_MM, _LARGEST_PITCH_MM = 1.0, 100.0
"""The largest card on sale, the mega size for film, has patches 90 mm apart; below a millimetre somebody wrote
another unit. The same bounds as a card file's ``pitch_mm``."""

STICKERS_MM, _STICKER_TOLERANCE = (10.0, 20.0), 0.2
"""Sides that ``pigtrack cards --sticker`` prints, and how far a printer may be off before it is another size."""


def read_about(entries: object, faults: Faults) -> dict[str, Any]:
    """Return the fields of a `Course` that [course] tells."""
    if not isinstance(entries, dict):
        faults.add("[course] must be one table.", "course")
        return {}
    about = TomlTable(entries, "course", 0, faults)
    about.refuse_unknown(COURSE_KEYS)
    fields: dict[str, Any] = {key: about.text(key) for key in _TEXTS}
    fields["mode"] = about.choice("mode", Mode, Mode.SPOTS)
    fields["primary"] = about.choice("primary", Endpoint, Endpoint.LOAD)
    fields["patient_language"] = about.one_of("patient_language", list_languages())
    fields["card_patch_pitch_mm"] = about.number(
        "card_patch_pitch_mm",
        f"a number of millimetres from {_SMALLEST_PITCH_MM:.0f} to {_LARGEST_PITCH_MM:.0f}",
        above=math.nextafter(_SMALLEST_PITCH_MM, 0.0),
        most=_LARGEST_PITCH_MM,
    )
    fields["scale_sticker_mm"] = _sticker(about)
    for key in ("region", "control"):
        if key in entries:
            fields[key] = read_polygon(entries[key], key, faults)
    fields["exclude"] = read_polygons(entries.get("exclude", []), faults)
    for key in ("population", "reseated_shots"):
        fields[key] = about.truth(key)
    return {key: value for key, value in fields.items() if value is not None}


def _sticker(about: TomlTable) -> float | None:
    if "scale_sticker_mm" not in about.entries:
        return None
    value = about.entries["scale_sticker_mm"]
    if is_number(value) and any(abs(float(value) / size - 1) <= _STICKER_TOLERANCE for size in STICKERS_MM):
        return float(value)
    sizes = " or ".join(f"{size:.0f}" for size in STICKERS_MM)
    about.add(
        f"scale_sticker_mm must be the measured side of a printed sticker of about {sizes} mm.", "scale_sticker_mm"
    )
    return None
