"""What was done at a session, and what was asked before the course, as course.toml tells it."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

TREATMENT_TEXTS = ("technique", "device", "product", "maker", "country", "lot", "dose_unit", "area", "operator", "note")
"""Keys of a treatment that hold a text; ``operator`` is a pseudonym, never a name."""

"""Keys that pigtrack knows; others are kept as they are."""

PATCH_TEST_RESULTS = ("negative", "positive", "doubtful")


@dataclass(frozen=True, slots=True)
class PatchTestRecord:
    """A patch test as it was done: the day, where, for how many hours, and its result."""

    day: date | None = None
    site: str | None = None
    hours: float | None = None
    result: str | None = None


@dataclass(frozen=True, slots=True)
class Treatment:
    """One treatment of a session; what was not told is None. ``more`` holds the keys that pigtrack does not know."""

    technique: str | None = None
    device: str | None = None
    product: str | None = None
    maker: str | None = None
    country: str | None = None
    lot: str | None = None
    ingredients: tuple[str, ...] = ()
    dose: float | None = None
    dose_unit: str | None = None
    area: str | None = None
    operator: str | None = None
    note: str | None = None
    patch_test: PatchTestRecord | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Screen:
    """The answers to the protocol's questions before a course.

    Attributes
    ----------
    answers : tuple of (str, bool)
        Key of the question, and True for a yes.
    signed_by : str or None
        Who asked, by a pseudonym.
    signed_on : date or None
    reason : str or None
        Why the course starts in spite of a yes.
    """

    answers: tuple[tuple[str, bool], ...] = ()
    signed_by: str | None = None
    signed_on: date | None = None
    reason: str | None = None

    @property
    def yes(self) -> tuple[str, ...]:
        """Keys of the questions that were answered with yes."""
        return tuple(key for key, answer in self.answers if answer)


def read_treatment(entries: Mapping[str, Any]) -> Treatment:
    """Return the record of a treatment's entries; an entry of another kind than is known goes to ``more``."""
    texts = {key: entries[key] for key in TREATMENT_TEXTS if isinstance(entries.get(key), str)}
    told: dict[str, Any] = dict(texts)
    ingredients = entries.get("ingredients")
    if isinstance(ingredients, list | tuple) and all(isinstance(each, str) for each in ingredients):
        told["ingredients"] = tuple(ingredients)
    dose = entries.get("dose")
    if isinstance(dose, int | float) and not isinstance(dose, bool):
        told["dose"] = float(dose)
    if isinstance(entries.get("patch_test"), Mapping):
        told["patch_test"] = _patch_test(entries["patch_test"])
    return Treatment(**told, more={key: value for key, value in entries.items() if key not in told})


def _patch_test(entries: Mapping[str, Any]) -> PatchTestRecord:
    hours = entries.get("hours")
    return PatchTestRecord(
        day=entries.get("date") if isinstance(entries.get("date"), date) else None,
        site=str(entries["site"]) if "site" in entries else None,
        hours=float(hours) if isinstance(hours, int | float) else None,
        result=str(entries["result"]) if "result" in entries else None,
    )


def open_keys_text(entries: Mapping[str, Any]) -> str:
    """Return a treatment's open keys as one text, JSON in the keys' order; empty where there are none.

    Examples
    --------
    >>> open_keys_text({"needle": "32G", "depth_mm": 0.5})
    '{"depth_mm": 0.5, "needle": "32G"}'
    """
    return json.dumps(_sayable(entries), ensure_ascii=False, sort_keys=True) if entries else ""


def _sayable(value: Any) -> Any:
    """A value that JSON can say; days, times and numbers that are none become texts."""
    if isinstance(value, Mapping):
        return {key: _sayable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_sayable(each) for each in value]
    odd = not isinstance(value, str | int | float) or (isinstance(value, float) and not math.isfinite(value))
    return str(value) if odd else value
