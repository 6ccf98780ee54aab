"""Hold the tables of a measured phantom course against its truth."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pigtrack.bench.cases import ChangeCase, LesionCase, diameter_mm, is_sought
from pigtrack.imaging.colour import delta_e_2000, ita
from pigtrack.model.truth import TrueLesion, TrueSession

ENDPOINTS: Mapping[str, str] = {"area": "area_mm2", "contrast": "delta_mi", "load": "pigment_load"}
"""Each endpoint with the name of its truth."""


@dataclass(frozen=True, eq=False, slots=True)
class TrueCourse:
    """A phantom course's truth, and which lesion_id of the tables follows which true lesion."""

    name: str
    sessions: tuple[TrueSession, ...]
    numbers: Mapping[int, int]

    def lesions(self, session: int) -> dict[int, TrueLesion]:
        """True lesions of a session by lesion_id, as far as they were found at all."""
        lesions = self.sessions[session - 1].lesions
        return {self.numbers[each.id]: each for each in lesions if each.id in self.numbers}


def compare_lesions(truth: TrueCourse, table: pd.DataFrame) -> Iterator[LesionCase]:
    """Compare every measured row with the true lesion that it follows."""
    for row in table.to_dict("records"):
        true = truth.lesions(row["session"]).get(row["lesion_id"])
        if true is not None and true.visible:
            yield _lesion_case(truth.name, row, true)


def _lesion_case(course: str, row: Mapping[object, float], true: TrueLesion) -> LesionCase:
    ring = np.array([row["ring_l"], row["ring_a"], row["ring_b"]], dtype=float)
    return LesionCase(
        course=course,
        session=int(row["session"]),
        truth_id=true.id,
        lesion_id=int(row["lesion_id"]),
        sought=is_sought(true),
        control=true.control,
        diameter_mm=diameter_mm(true),
        delta_e00=true.delta_e00,
        area_error_percent=_percent(row["area_mm2"], true.area_mm2),
        contrast_error_e00=_number(row["delta_e00"]) - true.delta_e00,
        delta_mi_error=_number(row["delta_mi"]) - true.delta_mi,
        load_error_percent=_percent(row["pigment_load"], true.pigment_load),
        skin_delta_e00=float(delta_e_2000(ring, np.array(true.ring_lab))) if np.isfinite(ring).all() else np.nan,
        ita_error_deg=float(ita(ring) - ita(np.array(true.ring_lab))) if np.isfinite(ring).all() else np.nan,
    )


def compare_changes(
    truth: TrueCourse, sessions: pd.DataFrame, lesions: pd.DataFrame, *, primary: str = "load"
) -> Iterator[ChangeCase]:
    """Compare every change against the baseline, of single lesions and of whole sessions, with the true one."""
    for row in lesions[lesions["session"] > 1].to_dict("records"):
        before, now = (truth.lesions(session).get(row["lesion_id"]) for session in (1, row["session"]))
        if before is not None and now is not None:
            yield from _changes(truth.name, row, before.id, [before], [now], primary)
    for row in sessions[sessions["session"] > 1].to_dict("records"):
        yield from _changes(truth.name, row, 0, *_totals(truth, lesions, row["session"]), primary)


def _totals(truth: TrueCourse, table: pd.DataFrame, session: int) -> tuple[list[TrueLesion], list[TrueLesion]]:
    """True treated lesions that the tables show in both the baseline and a session."""
    seen = table[table["status"] != "not_visible"]
    both = set(seen[seen["session"] == 1]["lesion_id"]) & set(seen[seen["session"] == session]["lesion_id"])
    first, now = truth.lesions(1), truth.lesions(session)
    kept = sorted(each for each in both if each in first and each in now and not first[each].control)
    return [first[each] for each in kept], [now[each] for each in kept]


def _changes(
    course: str,
    row: Mapping[object, float],
    truth_id: int,
    before: Sequence[TrueLesion],
    now: Sequence[TrueLesion],
    primary: str,
) -> Iterator[ChangeCase]:
    for endpoint, name in ENDPOINTS.items():
        yield ChangeCase(
            course=course,
            session=int(row["session"]),
            truth_id=truth_id,
            endpoint=endpoint,
            primary=endpoint == primary,
            true_percent=_true_change(endpoint, name, before, now),
            percent=_number(row[f"{endpoint}_change_percent"]),
            low=_number(row[f"{endpoint}_change_ci_low"]),
            high=_number(row[f"{endpoint}_change_ci_high"]),
            verdict=str(row[f"{endpoint}_verdict"]),
            delta_e00=before[0].delta_e00 if truth_id else np.nan,
            diameter_mm=diameter_mm(before[0]) if truth_id else np.nan,
        )


def _true_change(endpoint: str, name: str, before: Sequence[TrueLesion], now: Sequence[TrueLesion]) -> float:
    weights = [each.area_mm2 if endpoint == "contrast" else 1.0 for each in before]
    first = sum(weight * getattr(each, name) for weight, each in zip(weights, before, strict=True))
    last = sum(weight * getattr(each, name) for weight, each in zip(weights, now, strict=True))
    return 100 * (last / first - 1) if first > 0 else np.nan


def _percent(measured: object, true: float) -> float:
    return 100 * (_number(measured) / true - 1) if true > 0 else np.nan


def _number(value: object) -> float:
    return np.nan if value is None or pd.isna(value) else float(value)  # type: ignore[call-overload, arg-type]
