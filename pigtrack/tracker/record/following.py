"""Follows the lesions of a recorded course: what its reviewer sees, under one version of its measurement."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping

from pigtrack.model.catalogue import Catalogue
from pigtrack.model.correction import CorrectionKind
from pigtrack.model.course import Endpoint, Mode
from pigtrack.model.flags import QualityFlag
from pigtrack.model.following import FollowedCourse, LesionLine, MadeCorrection
from pigtrack.model.metrics import Change, Status, Verdict
from pigtrack.model.quantity import Measured, Unit
from pigtrack.model.record import Cells
from pigtrack.model.trail import OpenedEntry
from pigtrack.store.catalogues import load_catalogue
from pigtrack.store.record.changes import is_stale
from pigtrack.store.record.corrections import KeptCorrection, read_corrections
from pigtrack.store.record.courses import need_course
from pigtrack.store.record.measurements import COURSE_COLUMN, find_version, read_cells
from pigtrack.store.record.opened_trail import read_opened
from pigtrack.store.record.overview import read_series
from pigtrack.store.record.tables import corrections, lesion_rows
from pigtrack.store.record.trail import Choice, read_head
from pigtrack.tracker.record.auditing import audited_view
from pigtrack.tracker.record.desk import By, Data, actor_of, opened

_TOLD_BY_STATUS = frozenset({QualityFlag.SPLIT, QualityFlag.MERGED, QualityFlag.BELOW_LIMIT, QualityFlag.NOT_VISIBLE})
"""Flags that the status says already."""

_NAMED = frozenset(
    {
        QualityFlag.AT_EDGE,
        QualityFlag.SMALL,
        QualityFlag.HAIR,
        QualityFlag.PALER_THAN_RING,
        QualityFlag.DOUBTFUL_MARK,
        QualityFlag.DECOY,
        QualityFlag.REDNESS,
        QualityFlag.CORRECTED_BY_HAND,
        QualityFlag.EXCLUDED_BY_HAND,
    }
)
"""Flags that the catalogue has a short name for; of others the sentence is told."""

_FLAGS: Mapping[str, QualityFlag] = {each.value: each for each in QualityFlag}

_POINTED = ("new", "grew", "darkened", "gained")


def follow(*, label: str, data: Data = None, by: By = None, measurement: int | None = None) -> FollowedCourse:
    """Return a course for its reviewer, under the measurement it stands at or the named one.

    Raises
    ------
    PigtrackError
        If there is no such course or measurement, or who asks may not see it.
    """
    with opened(data) as record:
        actor = actor_of(record, by)
        with record.reading() as connection:
            course = need_course(connection, label)
            chosen = None if measurement is None else find_version(connection, course, measurement)
        told: dict[str, Any] = {"what": "review", "measurement": measurement}
        with audited_view(record, actor, "courses", course=course, **told) as connection:
            return _followed(connection, course, chosen)


def _followed(connection: Connection, course: RowMapping, named: RowMapping | None) -> FollowedCourse:
    series = read_series(connection, course, measurement=named)
    shown = find_version(connection, course) if named is None and series.version is not None else named
    rows = () if shown is None else _rows(connection, course, shown)
    words = load_catalogue("en")
    of_session = {each.session: frozenset(each.flags) for each in series.sessions}
    pointed = {int(row["lesion_id"]) for row in rows if QualityFlag.REFERRAL in _flags(row)}
    lines = tuple(_line(row, of_session.get(int(row["session"]), frozenset()), pointed, words) for row in rows)
    return FollowedCourse(
        series=series,
        mode=Mode(course["mode"]),
        lesions=lines,
        pointed=_tell_pointed(rows, lines, words),
        corrections=_made(connection, course),
        current=series.overview.version,
        stale=is_stale(connection, course["id"]),
    )


def _rows(connection: Connection, course: RowMapping, measurement: RowMapping) -> tuple[Cells, ...]:
    return read_cells(connection, lesion_rows, measurement, label=COURSE_COLUMN, subject=course["subject_id"])


def _flags(row: Cells) -> frozenset[str]:
    return frozenset(row.get("flags", "").split(";")) - {""}


def _line(row: Cells, of_session: frozenset[str], pointed: set[int], words: Catalogue) -> LesionLine:
    status, flags = Status(row["status"]), _flags(row)
    return LesionLine(
        lesion=int(row["lesion_id"]),
        session=int(row["session"]),
        status=status,
        state=words.say(f"words.status.{status.value}"),
        area=_measured(row, "area_mm2", Unit.SQUARE_MILLIMETRE),
        contrast=_measured(row, "delta_mi", Unit.MELANIN_INDEX),
        load=_measured(row, "pigment_load", Unit.PIGMENT_LOAD),
        changes=tuple(_change(row, each) for each in Endpoint if row.get(f"{each.value}_verdict")),
        verdict=Verdict(row["verdict"]),
        remarks=_remarks(flags - of_session, words),
        pointed=int(row["lesion_id"]) in pointed,
        excluded=QualityFlag.EXCLUDED_BY_HAND in flags,
    )


def _measured(row: Cells, column: str, unit: Unit) -> Measured | None:
    value, u = row.get(column), row.get(f"{column}_u")
    return Measured(float(value), float(u), unit) if value and u else None


def _change(row: Cells, endpoint: Endpoint) -> Change:
    told = (row.get(f"{endpoint.value}_change_{part}") for part in ("percent", "ci_low", "ci_high"))
    percent, low, high = (float(each) if each else None for each in told)
    return Change(endpoint, percent, low, high, Verdict(row[f"{endpoint.value}_verdict"]))


def _remarks(flags: Iterable[str], words: Catalogue) -> tuple[str, ...]:
    """Say what was noted of a spot; a flag that this version of pigtrack does not know by its bare name."""
    told = []
    for name in sorted(flags):
        flag = _FLAGS.get(name)
        if flag is None:
            told.append(name.replace("_", " "))
        elif flag not in _TOLD_BY_STATUS and flag is not QualityFlag.REFERRAL:
            told.append(words.say(f"words.flag.{name}") if flag in _NAMED else words.meaning(flag))
    return tuple(told)


def _tell_pointed(rows: Sequence[Cells], lines: Sequence[LesionLine], words: Catalogue) -> tuple[str, ...]:
    """Say which spots are to be looked at, in the report's words: of each its last row that says so."""
    told_by = zip(rows, lines, strict=True)
    last = {line.lesion: line for row, line in told_by if QualityFlag.REFERRAL in _flags(row)}
    calm = {line.lesion for line in lines if not line.excluded} - last.keys()
    told = []
    for what in _POINTED:
        spots = sorted(lesion for lesion, line in last.items() if _what(line) == what)
        if spots:
            key = f"report.pointed.{what}{'' if calm or what == 'new' else '_alone'}"
            told.append(words.count(key, len(spots), spots=_list_words(spots, words)))
    return tuple(told)


def _what(line: LesionLine) -> str:
    if line.status is Status.NEW:
        return "new"
    risen = {each.endpoint for each in line.changes if _is_rise(each)}
    return "grew" if Endpoint.AREA in risen else "darkened" if Endpoint.CONTRAST in risen else "gained"


def _is_rise(change: Change) -> bool:
    if change.verdict is Verdict.NOT_MEASURABLE:
        return change.low is not None and change.low > 0
    return change.verdict is Verdict.WORSENED


def _list_words(numbers: Sequence[int], words: Catalogue) -> str:
    *first, last = map(str, numbers)
    return words.say("words.and", first=", ".join(first), last=last) if first else last


def _made(connection: Connection, course: RowMapping) -> tuple[MadeCorrection, ...]:
    """Return the corrections with what the trail tells of them: when each was made, and who withdrew it and why."""
    kept = read_corrections(connection, course)
    if not kept:
        return ()
    choice = Choice(course=course["id"], owner=course["subject_id"], entity=corrections.name)
    told: dict[tuple[str, str], OpenedEntry] = {}
    for entry in read_opened(connection, until=read_head(connection).seq, choice=choice):
        told[str(entry.body["id"]), str(entry.body["action"])] = entry
    return tuple(_to_made(each, told.get((each.id, "create")), told.get((each.id, "withdraw"))) for each in kept)


def _to_made(kept: KeptCorrection, made: OpenedEntry | None, withdrawn: OpenedEntry | None) -> MadeCorrection:
    told: Mapping[str, object] = kept.told
    return MadeCorrection(
        number=kept.number,
        kind=CorrectionKind(str(told["kind"])),
        reason=str(told["reason"]),
        active=kept.active,
        by=str(told["by"]) if "by" in told else None if made is None else str(made.body["actor"]),
        at=None if made is None else str(made.body["at"]),
        withdrawn_by=None if withdrawn is None else str(withdrawn.body["actor"]),
        withdrawn_at=None if withdrawn is None else str(withdrawn.body["at"]),
        withdrawn_why=None if withdrawn is None else _reason(withdrawn),
        blinded=bool(told.get("blinded")),
    )


def _reason(entry: OpenedEntry) -> str | None:
    reason = entry.words.get("reason")
    return None if reason is None else str(reason)
