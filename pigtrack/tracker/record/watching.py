"""Watches a clinic's photography over its whole record: what changes could be seen, how cards age, what is rejected."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from pigtrack.model.progress import Progress
from pigtrack.model.repeatability import ReplicateKind
from pigtrack.model.roles import Verb
from pigtrack.model.watching import middle_of
from pigtrack.store.record.measurements import read_rows
from pigtrack.store.record.tables import courses, measurements, photo_rows, session_rows, shot_values
from pigtrack.tracker.record.auditing import audited_view
from pigtrack.tracker.record.desk import By, Data, actor_of, opened

ENDPOINTS = ("area", "contrast", "load")
CARD_VALUES = {"calibration_loo_mean": "loo_delta_e00_mean", "card_drift": "check_card_drift"}
"""What tells of a card, by the check that holds its limits: how well its patches fit one another, and how far they
moved since the course's baseline. A card that fades shows in both."""

LEAST_SESSIONS = 5
"""Sessions with several shots below which a month's repeatability is not told, as groups of patients are not below."""

EVERY_MONTH = "all"

_SHOT_VALUES = {"area": "area_mm2", "contrast": "contrast_mi", "load": "load_mi_mm2"}
_CHECK, _VERDICT = "check_", "_verdict"
_NOT_PASSED = ("warn", "reject")


@dataclass(slots=True)
class _Gathered:
    """Values by month, as courses are read one after another."""

    detectable: defaultdict[tuple[str, str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    cards: defaultdict[tuple[str, str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    quality: Counter[tuple[str, str]] = field(default_factory=Counter)
    reasons: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    shots: defaultdict[tuple[str, str, str], list[list[float]]] = field(default_factory=lambda: defaultdict(list))
    unkept: int = 0
    courses: int = 0


def watch_clinic(*, data: Data = None, by: By = None, progress: Progress | None = None) -> dict[str, Any]:
    """Return what the rows of all measured courses tell of the clinic's photographs, month by month.

    Each course counts under the measurement that it stands at. Nothing of it names a patient or a user.

    Raises
    ------
    RecordError
        If the record can't be read, or the user may not.
    """
    with opened(data) as record:
        actor = actor_of(record, by, to=Verb.VERIFY)
        with audited_view(record, actor, "overview", over_time=True) as connection:
            joined = courses.join(measurements, courses.c.measurement_id == measurements.c.id)
            columns = (courses.c.subject_id, measurements.c.id, measurements.c.session_columns)
            wanted = select(*columns, measurements.c.photo_columns).select_from(joined).order_by(measurements.c.id)
            found = connection.execute(wanted).mappings().all()
            gathered = _Gathered()
            for number, row in enumerate(found, start=1):
                _gather(connection, row, gathered)
                if progress is not None:
                    progress(number, len(found), "Courses read")
    return _told(gathered)


def _gather(connection: Connection, row: RowMapping, gathered: _Gathered) -> None:
    """Add what one course tells; an erased patient's has no days any more and adds nothing."""
    months: dict[str, str] = {}
    for cells in _rows(connection, row, "session"):
        month = months[cells["session"]] = cells.get("date", "")[:7]
        shots = "one" if cells.get("photos") == "1" else "several"
        for endpoint in ENDPOINTS if month else ():
            value = cells.get(f"{endpoint}_detectable_percent", "")
            if value:
                gathered.detectable[endpoint, month, shots].append(float(value))
    gathered.courses += bool(months)
    usable: Counter[str] = Counter()
    for cells in _rows(connection, row, "photo"):
        usable[cells["session"]] += cells["qc_status"] != "reject"
        if month := months.get(cells["session"], ""):
            _gather_photo(cells, month, gathered)
    several = {session: month for session, month in months.items() if month and usable[session] > 1}
    if several:
        _gather_shots(connection, row["id"], several, gathered)


def _gather_shots(connection: Connection, measurement: str, several: Mapping[str, str], gathered: _Gathered) -> None:
    """Add what single shots came to in the sessions with several; ``several``: the month of each."""
    wanted = select(shot_values).where(shot_values.c.measurement_id == measurement)
    found: defaultdict[str, list[RowMapping]] = defaultdict(list)
    for shot in connection.execute(wanted.order_by(shot_values.c.session, shot_values.c.shot)).mappings():
        found[str(shot["session"])].append(shot)
    for session, month in several.items():
        shots = found[session]
        gathered.unkept += not shots
        for endpoint, column in _SHOT_VALUES.items():
            values = [shot[column] for shot in shots if shot[column] is not None]
            if len(values) > 1:
                kind = ReplicateKind.RESEATED if shots[0]["reseated"] else ReplicateKind.SHOTS
                gathered.shots[kind.value, endpoint, month].append(values)


def _gather_photo(cells: Mapping[str, str], month: str, gathered: _Gathered) -> None:
    gathered.quality[month, cells["qc_status"]] += 1
    for check, column in CARD_VALUES.items():
        if cells.get("card") and cells.get(column):
            gathered.cards[cells["card"], check, month].append(float(cells[column]))
    for name, value in cells.items():
        if value in _NOT_PASSED and name.startswith(_CHECK) and name.endswith(_VERDICT):
            gathered.reasons[name[len(_CHECK) : -len(_VERDICT)], month, value] += 1


def _rows(connection: Connection, row: RowMapping, kind: str) -> Iterator[dict[str, str]]:
    table = session_rows if kind == "session" else photo_rows
    columns = json.loads(row[f"{kind}_columns"])
    for cells in read_rows(connection, table, row, row["subject_id"]):
        yield dict(zip(columns, cells, strict=True))


def _told(gathered: _Gathered) -> dict[str, Any]:
    from pigtrack.imaging.quality.limits import LIMITS

    months = sorted({month for month, _ in gathered.quality})
    return {
        "courses": gathered.courses,
        "months": months,
        "detectable": [
            {"endpoint": endpoint, "month": month, "shots": shots, **asdict(middle_of(values))}
            for (endpoint, month, shots), values in sorted(gathered.detectable.items())
        ],
        "repeats": list(_repeats(gathered)),
        "unkept": gathered.unkept,
        "cards": [
            {"card": card, "check": check, "month": month, **asdict(middle_of(values))}
            for (card, check, month), values in sorted(gathered.cards.items())
        ],
        "card_limits": {check: LIMITS[check].warn for check in CARD_VALUES},
        "checks": {
            check: {"meaning": LIMITS[check].meaning, "remedy": LIMITS[check].usual_remedy}
            for check in sorted({each for each, _, _ in gathered.reasons})
            if check in LIMITS
        },
        "quality": [{"month": month, **_counts(gathered, month)} for month in months],
        "reasons": _reasons(gathered),
    }


def _repeats(gathered: _Gathered) -> Iterator[dict[str, Any]]:
    """Yield how far shots of one session scatter, percent, by kind, endpoint and month, and over all months last."""
    for kind, endpoint in sorted({(kind, endpoint) for kind, endpoint, _ in gathered.shots}):
        mine = {each[2]: groups for each, groups in gathered.shots.items() if each[:2] == (kind, endpoint)}
        for month in sorted(mine):
            yield {"kind": kind, "endpoint": endpoint, "month": month, **_scatter(mine[month])}
        everything = [group for groups in mine.values() for group in groups]
        yield {"kind": kind, "endpoint": endpoint, "month": EVERY_MONTH, **_scatter(everything)}


def _scatter(groups: list[list[float]]) -> dict[str, Any]:
    from pigtrack.imaging.change import pool_spread

    counts = {"n": len(groups), "photographs": sum(map(len, groups))}
    if len(groups) < LEAST_SESSIONS:
        return {**counts, "median": None, "low": None, "high": None}
    spread = pool_spread(groups)
    return {**counts, "median": 100 * spread.value, "low": 100 * spread.low, "high": 100 * spread.high}


def _counts(gathered: _Gathered, month: str) -> dict[str, int]:
    return {verdict: gathered.quality[month, verdict] for verdict in ("pass", *_NOT_PASSED)}


def _reasons(gathered: _Gathered) -> list[dict[str, Any]]:
    """Return how many photographs each check did not pass, by month, the most frequent check first."""
    total: Counter[str] = Counter()
    for (check, _, _), count in gathered.reasons.items():
        total[check] += count
    listed = []
    for check, _ in total.most_common():
        for month in sorted({each for name, each, _ in gathered.reasons if name == check}):
            counts = {verdict: gathered.reasons[check, month, verdict] for verdict in _NOT_PASSED}
            listed.append({"check": check, "month": month, **counts})
    return listed
