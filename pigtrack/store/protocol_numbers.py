"""The numbers of a protocol file, each with its source, and what would contradict itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pigtrack.store.naming import quoted
from pigtrack.store.toml_tables import TomlTable, is_text, is_whole

PAIRS = {
    "sessions_usual": (1, 100),
    "sessions_range": (1, 100),
    "interval_days": (1, 730),
    "darkening_days": (0, 1000),
}
"""Least and largest of the keys of [schedule] that hold two whole numbers, the fewest and the most."""

NUMBERS = {
    "visible_from_session": (1, 100),
    "clearer_from_session": (1, 100),
    "visible_from_days": (0, 1000),
    "quiet_days": (0, 180),
}
"""Least and largest of those that hold one."""

OPTIONAL = frozenset({"darkening_days"})
"""What most treatments know nothing of."""

UNTREATED = {"visible_from_session": 1, "clearer_from_session": 1, "visible_from_days": 0, "quiet_days": 0}
"""What needs not be said where nobody is treated."""

_NEEDLES_DAYS = 3
"""Redness and bruises of needles are usually gone after one to three days: fewer are never kept out of the trend."""

_LONGEST_HOURS = 24.0 * 365


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources of a file by name, and, as the file is read, where each of its numbers comes from."""

    known: Mapping[str, str]
    cited: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def find(self, told: TomlTable, value: object, key: str = "source") -> tuple[str, ...]:
        """Return one source or several, each by its name or in so many words; none where nothing is told."""
        if value is None:
            return ()
        several: list[Any] = value if isinstance(value, list) else [value]
        if not several or not all(map(is_text, several)):
            told.add("source must be a text in quotes, or a list of such.", key)
            return ()
        for each in several:
            if each not in self.known and " " not in each:
                told.add(f"[sources] holds no {quoted(each)}.", key)
        return tuple(self.known.get(each, each) for each in several)

    def value(self, told: TomlTable, key: str, name: str) -> object:
        """Return the value of a number that may carry its source: 7, or { value = 7, source = "…" }."""
        value = told.entries[key]
        if not isinstance(value, Mapping):
            return value
        told.inner(key, value).refuse_unknown(("value", "source"))
        sources = self.find(told, value.get("source"), key)
        if sources:
            self.cited[name] = sources
        return value.get("value")


def read_sources(top: TomlTable) -> Sources:
    """Return the sources of [sources]."""
    value = top.entries.get("sources", {})
    if not isinstance(value, Mapping):
        top.add("[sources] must be one table: the name of a source = what it is.", "sources")
        return Sources({})
    told = TomlTable(value, "sources", 0, top.faults)
    return Sources({key: text for key in value if (text := told.text(key)) is not None})


def read_schedule(top: TomlTable, sources: Sources, needed: Iterable[str]) -> dict[str, Any]:
    """Return the numbers of [schedule] by name."""
    numbers: dict[str, Any] = {}
    value = top.entries.get("schedule", {})
    if not isinstance(value, Mapping):
        top.add("[schedule] must be one table.", "schedule")
        return numbers
    told = TomlTable(value, "schedule", 0, top.faults)
    told.refuse_unknown((*PAIRS, *NUMBERS))
    for key in (*PAIRS, *NUMBERS):
        if key not in value:
            if "schedule" in top.entries and key in needed:
                told.add(f"{key} is missing in [schedule].")
            continue
        number = sources.value(told, key, key)
        found = read_pair(told, key, number) if key in PAIRS else _whole(told, key, number)
        if found is not None:
            numbers[key] = found
    return numbers


def read_pair(told: TomlTable, key: str, value: object) -> tuple[int, int] | None:
    """Return two whole numbers, the smaller one first."""
    least, largest = PAIRS.get(key, (0, 1000))
    whole = isinstance(value, list) and len(value) == 2 and all(is_whole(n) and least <= n <= largest for n in value)
    if not isinstance(value, list) or not whole:
        told.add(f"{key} must be two whole numbers from {least} to {largest}: [fewest, most].", key)
    elif value[0] > value[1]:
        told.add(f"{key} must name the smaller number first.", key)
    else:
        return value[0], value[1]
    return None


def _whole(told: TomlTable, key: str, value: object) -> int | None:
    least, largest = NUMBERS[key]
    if is_whole(value) and least <= int(str(value)) <= largest:
        return int(str(value))
    told.add(f"{key} must be a whole number from {least} to {largest}.", key)
    return None


def refuse_contradictions(
    schedule: TomlTable, numbers: Mapping[str, Any], *, treats: bool, needles: bool = False
) -> None:
    """Note numbers that cannot be true together."""
    usual, possible = numbers["sessions_usual"], numbers["sessions_range"]
    if not possible[0] <= usual[0] <= usual[1] <= possible[1]:
        schedule.add(
            f"sessions_usual ({usual[0]} to {usual[1]}) must lie within "
            f"sessions_range ({possible[0]} to {possible[1]}).",
            "sessions_usual",
        )
    visible, clearer = numbers["visible_from_session"], numbers["clearer_from_session"]
    if clearer < visible:
        schedule.add(
            f"clearer_from_session ({clearer}) comes before visible_from_session ({visible}).", "clearer_from_session"
        )
    quiet, shortest = numbers["quiet_days"], numbers["interval_days"][0]
    if treats and quiet > shortest:
        schedule.add(
            f"quiet_days ({quiet}) are more than the least of interval_days ({shortest}): "
            "the photograph of a next session in time would be kept out of the trend.",
            "quiet_days",
        )
    if needles and quiet < _NEEDLES_DAYS:
        schedule.add(
            f"quiet_days ({quiet}) are fewer than {_NEEDLES_DAYS}: needles redden and bruise so long.", "quiet_days"
        )


def read_hours(told: TomlTable, sources: Sources, name: str) -> float | None:
    """Return a number of hours; None where there is none: for the whole course."""
    if "hours" not in told.entries:
        return None
    bare = TomlTable({"hours": sources.value(told, "hours", name)}, told.table, told.index, told.faults)
    return bare.number("hours", "a number of hours above 0; leave it out for the whole course", most=_LONGEST_HOURS)
