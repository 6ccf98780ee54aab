"""[[correction]]: what was corrected by hand, each with its reason."""

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Any

from pigtrack.model.correction import Correction, CorrectionKind, Point
from pigtrack.model.course import Mode, Session
from pigtrack.store.course_file.polygons import read_polygon
from pigtrack.store.faults import Faults
from pigtrack.store.naming import quoted
from pigtrack.store.toml_tables import TomlTable, is_number

_KIND = CorrectionKind
_SAID = ("kind", "reason", "by", "blinded")
_DRAWN = {
    _KIND.EXCLUDE: ("at", "outline"),
    _KIND.MERGE: ("at",),
    _KIND.SPLIT: ("at", "line", "outline"),
    _KIND.OUTLINE: ("at", "outline"),
    _KIND.REGION: ("outline",),
    _KIND.CONTROL: ("outline",),
    _KIND.PHOTOGRAPH: ("photo",),
}
"""What each kind may be told by."""

CORRECTION_KEYS = (*_SAID[:2], "at", "outline", "line", "photo", *_SAID[2:])

_NOT_OF_A_FIELD = frozenset({_KIND.MERGE, _KIND.SPLIT, _KIND.OUTLINE})

_MOST_POINTS = 100


def read_corrections(
    entries: object, sessions: Sequence[Session], mode: Mode, faults: Faults
) -> tuple[Correction, ...]:
    """Return the corrections in the order of the file; those with a fault are noted and left out."""
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        faults.add("corrections are written [[correction]], in double brackets.", "correction")
        return ()
    photos = frozenset(photo for session in sessions for photo in session.photos)
    read = [
        _correction(TomlTable(entry, "correction", index, faults), photos, mode) for index, entry in enumerate(entries)
    ]
    _refuse_twice(read, faults)
    return tuple(each for each in read if each is not None)


def correction_entries(correction: Correction) -> dict[str, Any]:
    """Return a correction as the entries of its table, in the manual's order; what says nothing is left out."""
    at: Any = [list(map(_number, point)) for point in correction.at]
    told = {
        "kind": correction.kind.value,
        "reason": correction.reason,
        "at": at[0] if len(at) == 1 else at,
        "outline": [list(map(_number, point)) for point in correction.outline or ()],
        "line": [list(map(_number, point)) for point in correction.line or ()],
        "photo": correction.photo,
        "by": correction.by,
        "blinded": correction.blinded,
    }
    return {key: value for key, value in told.items() if value}


def _number(value: float) -> float:
    """A coordinate as people write it: whole pixels without a point."""
    return int(value) if float(value).is_integer() else float(value)


def _correction(told: TomlTable, photos: frozenset[str], mode: Mode) -> Correction | None:
    if told.entries.get("kind") not in tuple(_KIND):
        told.add(f"kind must be one of {', '.join(_KIND)}.", "kind")
        return None
    kind = _KIND(told.entries["kind"])
    told.refuse_unknown(CORRECTION_KEYS)
    _refuse_idle(told, kind)
    if "reason" not in told.entries:
        told.add('a correction needs its reason: reason = "…".')
    correction = Correction(
        kind=kind,
        reason=told.text("reason") or "",
        at=_points(told),
        outline=_outline(told),
        line=_line(told),
        photo=_photo(told, photos),
        by=told.text("by"),
        blinded=told.truth("blinded") or False,
    )
    whole = _is_whole(told, correction, mode)
    return correction if whole and correction.reason else None


def _refuse_idle(told: TomlTable, kind: CorrectionKind) -> None:
    """Note keys that are known, but mean nothing to this kind."""
    for key in told.entries:
        if key in CORRECTION_KEYS and key not in (*_SAID, *_DRAWN[kind]):
            told.add(f"a correction of the kind {quoted(kind)} has no {key}; it has {', '.join(_DRAWN[kind])}.", key)


def _points(told: TomlTable) -> tuple[Point, ...]:
    if "at" not in told.entries:
        return ()
    value = told.entries["at"]
    several = value if isinstance(value, list) and all(isinstance(each, list) for each in value) else [value]
    if 0 < len(several) <= _MOST_POINTS and all(map(_is_point, several)):
        return tuple((float(x), float(y)) for x, y in several)
    told.add("at must be a point [x, y] in pixels, or a list of points.", "at")
    return ()


def _is_point(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(is_number, value))


def _outline(told: TomlTable) -> tuple[Point, ...] | None:
    if "outline" not in told.entries:
        return None
    return read_polygon(told.entries["outline"], "outline", told.faults, told.table, told.index)


def _line(told: TomlTable) -> tuple[Point, Point] | None:
    if "line" not in told.entries:
        return None
    value = told.entries["line"]
    if isinstance(value, list) and len(value) == 2 and all(map(_is_point, value)) and value[0] != value[1]:
        (x1, y1), (x2, y2) = value
        return (float(x1), float(y1)), (float(x2), float(y2))
    told.add("line must be two different points: [[x, y], [x, y]].", "line")
    return None


def _photo(told: TomlTable, photos: frozenset[str]) -> str | None:
    name = told.text("photo")
    if name is None:
        return None
    named = str(PurePosixPath(name))
    if named in photos:
        return named
    told.add(f"no session has a photograph {quoted(name)}.", "photo")
    return None


def _is_whole(told: TomlTable, correction: Correction, mode: Mode) -> bool:
    """Note what a kind needs and was not told; a key that was told wrongly has been noted already."""
    kind, keys = correction.kind, told.entries.keys()
    if mode is Mode.FIELD and (kind in _NOT_OF_A_FIELD or (kind is _KIND.EXCLUDE and "at" in keys)):
        told.add(_not_of_a_field(kind), "kind")
        return False
    wanted = {
        _KIND.EXCLUDE: ("a point on the spot (at), or an outline", bool(keys & {"at", "outline"})),
        _KIND.MERGE: ("two points or more (at)", "at" in keys and len(correction.at) != 1),
        _KIND.SPLIT: ("a point (at), and a line or an outline", "at" in keys and len(keys & {"line", "outline"}) == 1),
        _KIND.OUTLINE: ("an outline", "outline" in keys),
        _KIND.REGION: ("an outline", "outline" in keys),
        _KIND.CONTROL: ("an outline", "outline" in keys),
        _KIND.PHOTOGRAPH: ("the name of a photograph (photo)", "photo" in keys),
    }
    needs, told_enough = wanted[kind]
    if not told_enough:
        told.add(f"a correction of the kind {quoted(kind)} needs {needs}.", "kind")
    if kind is not _KIND.MERGE and len(correction.at) > 1:
        told.add(f"a correction of the kind {quoted(kind)} has one point (at): write one for each spot.", "at")
        return False
    return told_enough and all(getattr(correction, key) for key in _DRAWN[kind] if key in keys)


def _not_of_a_field(kind: CorrectionKind) -> str:
    if kind is _KIND.EXCLUDE:
        return "a field has no single spots: exclude a part of it by an outline, without a point (at)."
    return f"a field has no single spots, so there is nothing to correct by {quoted(kind)}."


def _refuse_twice(corrections: Iterable[Correction | None], faults: Faults) -> None:
    seen = set()
    for index, each in enumerate(corrections):
        if each is None or each.photo is None:
            continue
        if each.photo in seen:
            faults.add(f"the photograph {quoted(each.photo)} is left out twice.", "correction", index, "photo")
        seen.add(each.photo)
