"""A peer's answers held against the truth: one case a card, lesion, photograph, and change of a session."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from photographs import COURSE, WHOLE, Shown, sessions_of, true_totals

from pigtrack.bench.cases import is_sought
from pigtrack.imaging.colour import delta_e_2000

RIGHT_PITCHES = 0.435
"""Half a patch's width: a centre that is farther off no longer lies on its patch for sure."""

TOUCHING = 0.1
"""Share of a true lesion that outlines must cover to count as having found it, as in pigtrack's own bench."""

ENDPOINTS = ("area", "load", "contrast")
Answer = Mapping[str, Any]


@dataclass(frozen=True)
class CardCase:
    """What became of a card: ``right, wrong, missed`` where there is one, ``taken, refused`` where there is none."""

    group: str
    kind: str
    verdict: str
    off_pitches: float
    failure: str


@dataclass(frozen=True)
class SpotCase:
    """A true lesion in one photograph beside what a peer outlined of it; errors are measured minus true."""

    group: str
    found: bool
    sought: bool
    area_error_percent: float
    contrast_error_e00: float
    delta_mi_error: float
    skin_delta_e00: float


@dataclass(frozen=True)
class PhotographCase:
    """A measured photograph as a whole."""

    group: str
    measured: bool
    invented: int
    dice: float
    cpu: float
    wall: float
    mib: float


@dataclass(frozen=True)
class ChangeCase:
    """The change of an endpoint against the first session, in percent; nan where a session could not be measured."""

    group: str
    endpoint: str
    true_percent: float
    percent: float
    verdict: str


@dataclass(frozen=True)
class Cases:
    """All cases of one peer."""

    cards: tuple[CardCase, ...]
    spots: tuple[SpotCase, ...]
    photographs: tuple[PhotographCase, ...]
    changes: tuple[ChangeCase, ...]


LoadLabels = Callable[[str], NDArray[np.int32]]


def judge(shown: Sequence[Shown], answers: Mapping[str, Answer], load: LoadLabels, *, clicks: bool) -> Cases:
    """Hold all answers of a peer against the truth; a photograph without an answer counts as failed."""
    spots: list[SpotCase] = []
    photographs: list[PhotographCase] = []
    for each in shown:
        if each.kind == COURSE:
            told, whole = judge_photograph(each, answers.get(each.id, {}), load)
            spots += told
            photographs.append(whole)
    cards = () if clicks else tuple(judge_card(each, answers.get(each.id, {"failure": "no answer"})) for each in shown)
    changes = [case for course in sessions_of(shown).values() for case in judge_changes(course, answers)]
    return Cases(cards, tuple(spots), tuple(photographs), tuple(changes))


def judge_card(shown: Shown, answer: Answer) -> CardCase:
    """Tell whether a card was found, and in the right place and order."""
    centres, off = answer.get("centres"), np.nan
    if centres is not None and shown.centres is not None:
        pitch = float(np.hypot(*(shown.centres[5] - shown.centres[0])) / 5)
        off = float(np.hypot(*(np.array(centres) - shown.centres).T).max() / pitch)
    right = off <= RIGHT_PITCHES
    if shown.kind in WHOLE:
        verdict = "missed" if centres is None else "right" if right else "wrong"
    else:
        verdict = "refused" if centres is None or right else "taken"
    return CardCase(shown.group, shown.kind, verdict, off, str(answer.get("failure", "")))


def judge_photograph(shown: Shown, answer: Answer, load: LoadLabels) -> tuple[list[SpotCase], PhotographCase]:
    """Hold outlines and colours of one photograph of a course against the truth."""
    costs = {name: float(answer.get(name, np.nan)) for name in ("cpu", "wall", "mib")}
    if not answer.get("measured"):
        return [], PhotographCase(shown.group, False, 0, np.nan, **costs)
    if shown.mask is None or shown.region is None:
        raise ValueError(f"{shown.id} has no truth to hold outlines against")
    box = bounding_box(shown.region)  # pigtrack outlines the control skin, too, which lies beside it
    mask, labels = load(str(shown.mask))[box], load(answer["labels"])[box]
    mask = np.where(np.isin(mask, [lesion.id for lesion in shown.lesions]), mask, 0)
    owners = assign(labels, mask)
    labelled = [each["label"] for each in answer["spots"] if each["label"] in owners]
    cases = [
        _spot_case(shown.group, lesion, answer, owners, labels, mask) for lesion in shown.lesions if lesion.visible
    ]
    invented = sum(owners[label] == 0 for label in labelled)
    outlined = np.isin(labels, np.array(labelled, dtype=np.int32))
    dice = 2 * float((outlined & (mask > 0)).sum()) / max(int(outlined.sum() + (mask > 0).sum()), 1)
    return cases, PhotographCase(shown.group, True, invented, dice, **costs)


def assign(labels: NDArray[np.int32], mask: NDArray[np.int32]) -> dict[int, int]:
    """For each outline the true lesion of which it covers most pixels, 0 where it touches none."""
    top = int(mask.max()) + 1
    pairs = np.bincount((labels.astype(np.int64) * top + mask).ravel(), minlength=(int(labels.max()) + 1) * top)
    table = pairs.reshape(-1, top)[: int(labels.max()) + 1]
    shared = table[:, 1:]
    return {
        label: int(shared[label].argmax()) + 1 if shared[label].any() else 0
        for label in range(1, len(table))
        if table[label].any()
    }


def bounding_box(region: NDArray[np.float64]) -> tuple[slice, slice]:
    """Rows and columns of a polygon's bounding box."""
    (left, top), (right, bottom) = np.maximum(np.floor(region.min(axis=0)), 0), np.ceil(region.max(axis=0))
    return slice(int(top), int(bottom) + 1), slice(int(left), int(right) + 1)


def _spot_case(
    group: str,
    lesion: Any,
    answer: Answer,
    owners: Mapping[int, int],
    labels: NDArray[np.int32],
    mask: NDArray[np.int32],
) -> SpotCase:
    own = [each for each in answer["spots"] if owners.get(each["label"]) == lesion.id]
    inside = mask == lesion.id
    covered = np.isin(labels[inside], [each["label"] for each in own]).mean() if inside.any() and own else 0.0
    found = bool(covered >= TOUCHING)
    area = sum(each["area_mm2"] for each in own)
    whole = max(own, key=lambda each: float(each["area_mm2"]), default={}) if found else {}
    e00, mi = np.nan, np.nan
    if "lab" in whole:
        e00 = float(delta_e_2000(np.array(whole["lab"]), np.array(whole["ring_lab"]))) - lesion.delta_e00
        mi = whole["delta_mi"] - lesion.delta_mi
    skin = answer.get("skin", {}).get(str(lesion.id), whole.get("ring_lab"))
    return SpotCase(
        group=group,
        found=found,
        sought=is_sought(lesion),
        area_error_percent=100 * (area / lesion.area_mm2 - 1) if found and lesion.area_mm2 else np.nan,
        contrast_error_e00=e00,
        delta_mi_error=mi,
        skin_delta_e00=np.nan if skin is None else float(delta_e_2000(np.array(skin), np.array(lesion.ring_lab))),
    )


def judge_changes(course: Sequence[Shown], answers: Mapping[str, Answer]) -> Iterator[ChangeCase]:
    """Changes of the sums over all spots, or the peer's own changes where it tells some."""
    first, start = course[0], totals(answers.get(course[0].id, {}))
    for shown in course[1:]:
        answer = answers.get(shown.id, {})
        own, now = answer.get("own"), totals(answer)
        for name in ENDPOINTS:
            true = 100 * (true_totals(shown)[name] / true_totals(first)[name] - 1)
            if own is not None:
                percent, verdict = own.get(name, np.nan), own.get(f"{name}_verdict", "")
            else:
                percent, verdict = change_percent(start[name], now[name]), ""
            yield ChangeCase(shown.group, name, true, float(percent), verdict)


def totals(answer: Answer) -> dict[str, float]:
    """Sum of areas, of areas times contrast, and the mean contrast weighted by area; nan where not measured."""
    if not answer.get("measured"):
        return dict.fromkeys(ENDPOINTS, np.nan)
    spots = [each for each in answer["spots"] if "delta_mi" in each]
    area = sum(each["area_mm2"] for each in answer["spots"])
    load = sum(each["area_mm2"] * each["delta_mi"] for each in spots)
    weight = sum(each["area_mm2"] for each in spots)
    return {"area": area, "load": load, "contrast": load / weight if weight else np.nan}


def change_percent(before: float, now: float) -> float:
    """Change in percent; nan where there is nothing to compare with."""
    return 100 * (now / before - 1) if before > 0 else np.nan
