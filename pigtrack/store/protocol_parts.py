"""The parts of a protocol file: texts, numbers with their sources, lists; each fault noted with its line."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pigtrack.model.catalogue import Words
from pigtrack.model.protocol import Aftercare, PatchTest, Product, Protocol, Reaction, Step, Technique
from pigtrack.store.catalogues import list_languages
from pigtrack.store.faults import Faults
from pigtrack.store.naming import quoted
from pigtrack.store.toml_tables import LONGEST_TEXT, TomlTable, is_text, is_whole

PROTOCOL_KEYS = (
    *("base", "title", "about", "season", "source", "example", "treats", "sources", "schedule", "capture", "step"),
    *("reaction", "aftercare", "patch_test", "screen", "complications", "techniques", "product", "ingredients"),
)
PAIRS = {"sessions_usual": (1, 100), "sessions_range": (1, 100), "interval_days": (1, 730)}
"""Least and largest of the keys of [schedule] that hold two whole numbers, the fewest and the most."""

NUMBERS = {
    "visible_from_session": (1, 100),
    "clearer_from_session": (1, 100),
    "visible_from_days": (0, 1000),
    "quiet_days": (0, 180),
}
"""Least and largest of those that hold one."""

_FOR_ALL = "text"
"""The key of a text that serves all languages, where others stand in the same table."""

_MOST_ITEMS = 100
_LONGEST_HOURS = 24.0 * 365

Item = TypeVar("Item")


def read_protocol(entries: Mapping[str, Any], faults: Faults, *, name: str, digest: str) -> Protocol | None:
    """Return the protocol of a file's entries; None, or one with faults noted, where something is wrong."""
    top = TomlTable(entries, "", 0, faults)
    top.refuse_unknown(PROTOCOL_KEYS)
    for key in ("title", "source", "schedule"):
        if key not in entries:
            top.add(f"{key} is missing: give it, or name a base.")
    sources = _sources(top)
    numbers, cited = _schedule(top, sources)
    screen, complications = _named(top, "screen"), _named(top, "complications")
    parts: dict[str, Any] = {
        "title": _words(top, "title"),
        "about": _words(top, "about"),
        "season": _words(top, "season"),
        "source": _source(top, top.entries.get("source"), sources) or "",
        "example": top.truth("example") or False,
        "treats": top.truth("treats") is not False,
        "capture": _items(top, "capture", lambda told: _words_of(told, ())),
        "steps": _items(top, "step", _step),
        "reactions": _items(top, "reaction", lambda told: _reaction(told, sources, cited)),
        "aftercare": _items(top, "aftercare", lambda told: _aftercare(told, sources, cited)),
        "products": _items(top, "product", lambda told: _product(told, sources, cited)),
        "patch_test": _patch_test(top, sources, cited),
        "techniques": _techniques(top),
        "ingredients": dict(_named(top, "ingredients")),
        "screen": tuple(screen.values()),
        "screen_keys": tuple(screen),
        "complications": tuple(complications.values()),
        "complication_keys": tuple(complications),
    }
    if len(numbers) < len(PAIRS) + len(NUMBERS):
        return None
    _refuse_contradictions(TomlTable(entries["schedule"], "schedule", 0, faults), numbers, treats=parts["treats"])
    return Protocol(name=name, digest=digest, cited=cited, **parts, **numbers)


def _sources(top: TomlTable) -> Mapping[str, str]:
    value = top.entries.get("sources", {})
    if not isinstance(value, Mapping):
        top.add("[sources] must be one table: the name of a source = what it is.", "sources")
        return {}
    told = TomlTable(value, "sources", 0, top.faults)
    return {key: text for key in value if (text := told.text(key)) is not None}


def _source(told: TomlTable, value: object, sources: Mapping[str, str], key: str = "source") -> str | None:
    """A source by its name in [sources], or in so many words."""
    if value is None:
        return None
    if not is_text(value):
        told.add("source must be a text in quotes.", key)
    elif str(value) in sources:
        return sources[str(value)]
    elif " " in str(value):
        return str(value)
    else:
        told.add(f"[sources] holds no {quoted(value)}.", key)
    return None


def _schedule(top: TomlTable, sources: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Numbers by name, and where each comes from."""
    numbers: dict[str, Any] = {}
    cited: dict[str, str] = {}
    value = top.entries.get("schedule", {})
    if not isinstance(value, Mapping):
        top.add("[schedule] must be one table.", "schedule")
        return numbers, cited
    told = TomlTable(value, "schedule", 0, top.faults)
    told.refuse_unknown((*PAIRS, *NUMBERS))
    for key in (*PAIRS, *NUMBERS):
        if key not in value:
            if "schedule" in top.entries:
                told.add(f"{key} is missing in [schedule].")
            continue
        number = _bare(told, key, sources, cited, key)
        found = _pair(told, key, number) if key in PAIRS else _whole(told, key, number)
        if found is not None:
            numbers[key] = found
    return numbers, cited


def _bare(told: TomlTable, key: str, sources: Mapping[str, str], cited: dict[str, str], name: str) -> object:
    """The value of a number that may carry its source: 7, or { value = 7, source = "…" }."""
    value = told.entries[key]
    if not isinstance(value, Mapping):
        return value
    told.inner(key, value).refuse_unknown(("value", "source"))
    source = _source(told, value.get("source"), sources, key)
    if source is not None:
        cited[name] = source
    return value.get("value")


def _pair(told: TomlTable, key: str, value: object) -> tuple[int, int] | None:
    least, largest = PAIRS.get(key, (0, 1000))
    if (
        isinstance(value, list)
        and len(value) == 2
        and all(is_whole(each) and least <= each <= largest for each in value)
    ):
        if value[0] <= value[1]:
            return value[0], value[1]
        told.add(f"{key} must name the smaller number first.", key)
        return None
    told.add(f"{key} must be two whole numbers from {least} to {largest}: [fewest, most].", key)
    return None


def _whole(told: TomlTable, key: str, value: object) -> int | None:
    least, largest = NUMBERS[key]
    if is_whole(value) and least <= int(str(value)) <= largest:
        return int(str(value))
    told.add(f"{key} must be a whole number from {least} to {largest}.", key)
    return None


def _refuse_contradictions(schedule: TomlTable, numbers: Mapping[str, Any], *, treats: bool) -> None:
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


def _words(told: TomlTable, key: str) -> Words:
    """A text for all languages, or by language; empty where there is none."""
    if key not in told.entries:
        return {}
    value = told.entries[key]
    if isinstance(value, Mapping):
        return _words_of(told.inner(key, value), ())
    text = told.text(key)
    return {} if text is None else {"": text}


def _words_of(told: TomlTable, others: tuple[str, ...]) -> Words:
    """The text of a table that holds it by language, beside other keys."""
    languages = list_languages()
    told.refuse_unknown((*others, *languages, _FOR_ALL))
    given = {key: value for key, value in told.entries.items() if key in (*languages, _FOR_ALL)}
    if not given:
        told.add(f'a text is missing: {" or ".join(languages)} = "…", or {_FOR_ALL} = "…" for all languages.')
    for key, value in given.items():
        if not is_text(value):
            told.add(f"{key} must be one line of 1 to {LONGEST_TEXT} letters.", key)
    return {"" if key == _FOR_ALL else key: str(value) for key, value in given.items()}


def _items(top: TomlTable, key: str, read: Callable[[TomlTable], Item]) -> tuple[Item, ...]:
    """A list of tables, [[key]]; a plain text stands for a table with that text for all languages."""
    value = top.entries.get(key, [])
    if not isinstance(value, list) or len(value) > _MOST_ITEMS:
        top.add(f"{key} must be a list of up to {_MOST_ITEMS}, each [[{key}]] or a text.", key)
        return ()
    items = []
    for index, each in enumerate(value):
        if isinstance(each, Mapping):
            items.append(read(TomlTable(each, key, index, top.faults)))
        elif is_text(each):
            items.append(read(top.inner(key, {_FOR_ALL: each}, each)))
        else:
            top.add(f"{key} must be a list of up to {_MOST_ITEMS}, each [[{key}]] or a text.", key)
    return tuple(items)


def _named(top: TomlTable, key: str, others: tuple[str, ...] = ()) -> dict[str, Words]:
    """Texts by name: [key], name = "…" or name = { en = "…", de = "…" }."""
    return {name: _words_of(told, others) for name, told in _tables(top, key).items()}


def _tables(top: TomlTable, key: str) -> dict[str, TomlTable]:
    value = top.entries.get(key, {})
    if not isinstance(value, Mapping) or len(value) > _MOST_ITEMS:
        top.add(f"[{key}] must be one table of up to {_MOST_ITEMS} names, each with its text.", key)
        return {}
    return {name: _table(TomlTable(value, key, 0, top.faults), name) for name in value}


def _table(told: TomlTable, name: str) -> TomlTable:
    each = told.entries[name]
    if not is_text(name):
        told.add(f"a name must be one line of 1 to {LONGEST_TEXT} letters.", name)
    return told.inner(name, each if isinstance(each, Mapping) else {_FOR_ALL: each})


def _techniques(top: TomlTable) -> tuple[Technique, ...]:
    return tuple(
        Technique(name, _words_of(told, ("needles",)), told.truth("needles"))
        for name, told in _tables(top, "techniques").items()
    )


def _step(told: TomlTable) -> Step:
    words = _words_of(told, ("minutes", "photograph"))
    minutes = _pair(told, "minutes", told.entries["minutes"]) if "minutes" in told.entries else None
    return Step(words, minutes, told.truth("photograph") or False)


def _reaction(told: TomlTable, sources: Mapping[str, str], cited: dict[str, str]) -> Reaction:
    words = _words_of(told, ("days",))
    if "days" not in told.entries:
        told.add("days is missing: from which to which day it is usually gone, days = [1, 3].")
        return Reaction(words, (0, 0))
    days = _pair(told, "days", _bare(told, "days", sources, cited, f"reaction {told.index + 1}"))
    return Reaction(words, days or (0, 0))


def _aftercare(told: TomlTable, sources: Mapping[str, str], cited: dict[str, str]) -> Aftercare:
    words = _words_of(told, ("hours",))
    return Aftercare(_hours(told, sources, cited, f"aftercare {told.index + 1}"), words)


def _hours(told: TomlTable, sources: Mapping[str, str], cited: dict[str, str], name: str) -> float | None:
    if "hours" not in told.entries:
        return None
    bare = TomlTable({"hours": _bare(told, "hours", sources, cited, name)}, told.table, told.index, told.faults)
    return bare.number("hours", "a number of hours above 0; leave it out for the whole course", most=_LONGEST_HOURS)


def _product(told: TomlTable, sources: Mapping[str, str], cited: dict[str, str]) -> Product:
    told.refuse_unknown(("name", "maker", "country", "ingredients", "used_for", "sessions"))
    name = told.text("name")
    if "name" not in told.entries:
        told.add("a product needs its name.")
    sessions = None
    if "sessions" in told.entries:
        sessions = _pair(told, "sessions", _bare(told, "sessions", sources, cited, f"product {name}"))
    ingredients = told.texts("ingredients")
    return Product(
        name or "", told.text("maker"), told.text("country"), ingredients, _words(told, "used_for"), sessions
    )


def _patch_test(top: TomlTable, sources: Mapping[str, str], cited: dict[str, str]) -> PatchTest | None:
    if "patch_test" not in top.entries:
        return None
    value = top.entries["patch_test"]
    if not isinstance(value, Mapping):
        top.add("[patch_test] must be one table with site and hours.", "patch_test")
        return None
    told = TomlTable(value, "patch_test", 0, top.faults)
    told.refuse_unknown(("site", "hours"))
    hours = _hours(told, sources, cited, "patch_test hours")
    if "hours" not in value or "site" not in value:
        told.add("a patch test needs its site and its hours.")
    return PatchTest(_words(told, "site"), hours or 0.0)
