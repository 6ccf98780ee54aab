"""The parts of a protocol file: texts, numbers with their sources, lists; each fault noted with its line."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pigtrack.model.catalogue import Words
from pigtrack.model.protocol import Aftercare, PatchTest, Product, Protocol, Reaction, Step, Technique
from pigtrack.store.catalogues import list_languages
from pigtrack.store.faults import Faults
from pigtrack.store.protocol_numbers import (
    NUMBERS,
    OPTIONAL,
    PAIRS,
    UNTREATED,
    Sources,
    read_hours,
    read_pair,
    read_schedule,
    read_sources,
    refuse_contradictions,
)
from pigtrack.store.toml_tables import LONGEST_TEXT, TomlTable, is_text

PROTOCOL_KEYS = (
    *("base", "title", "about", "season", "source", "example", "treats", "sources", "schedule", "capture", "step"),
    *("reaction", "aftercare", "patch_test", "screen", "complications", "techniques", "product", "ingredients", "note"),
)
_FOR_ALL = "text"
"""The key of a text that serves all languages, where others stand in the same table."""

_MOST_ITEMS = 100

Item = TypeVar("Item")


def read_protocol(entries: Mapping[str, Any], faults: Faults, *, name: str, digest: str) -> Protocol | None:
    """Return the protocol of a file's entries; None, or one with faults noted, where something is wrong."""
    top = TomlTable(entries, "", 0, faults)
    top.refuse_unknown(PROTOCOL_KEYS)
    for key in ("title", "source", "schedule"):
        if key not in entries:
            top.add(f"{key} is missing: give it, or name a base.")
    sources = read_sources(top)
    treats = top.truth("treats") is not False
    needed = {*PAIRS, *NUMBERS} - OPTIONAL
    numbers = read_schedule(top, sources, needed if treats else needed - {*UNTREATED})
    screen, complications = _named(top, "screen"), _named(top, "complications")
    parts: dict[str, Any] = {
        "title": _words(top, "title"),
        "about": _words(top, "about"),
        "season": _words(top, "season"),
        "source": "; ".join(sources.find(top, top.entries.get("source"))),
        "example": top.truth("example") or False,
        "treats": treats,
        "notes": _items(top, "note", lambda told: _words_of(told, ())),
        "capture": _items(top, "capture", lambda told: _words_of(told, ())),
        "steps": _items(top, "step", lambda told: _step(told, sources)),
        "reactions": _items(top, "reaction", lambda told: _reaction(told, sources)),
        "aftercare": _items(top, "aftercare", lambda told: _aftercare(told, sources)),
        "products": _items(top, "product", lambda told: _product(told, sources)),
        "patch_test": _patch_test(top, sources),
        "techniques": _techniques(top),
        "ingredients": dict(_named(top, "ingredients")),
        "screen": tuple(screen.values()),
        "screen_keys": tuple(screen),
        "complications": tuple(complications.values()),
        "complication_keys": tuple(complications),
    }
    numbers = numbers if treats else {**UNTREATED, **numbers}
    if not needed <= {*numbers}:
        return None
    needles = any(each.needles for each in parts["techniques"])
    schedule = TomlTable(entries["schedule"], "schedule", 0, faults)
    refuse_contradictions(schedule, numbers, treats=treats, needles=needles)
    return Protocol(name=name, digest=digest, cited=sources.cited, **parts, **numbers)


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


def _step(told: TomlTable, sources: Sources) -> Step:
    words = _words_of(told, ("minutes", "photograph"))
    minutes = None
    if "minutes" in told.entries:
        minutes = read_pair(told, "minutes", sources.value(told, "minutes", f"step {told.index + 1}"))
    return Step(words, minutes, told.truth("photograph") or False)


def _reaction(told: TomlTable, sources: Sources) -> Reaction:
    words = _words_of(told, ("name", "days"))
    if "days" not in told.entries:
        told.add("days is missing: from which to which day it is usually gone, days = [1, 3].")
        return Reaction(words, (0, 0))
    days = read_pair(told, "days", sources.value(told, "days", f"reaction {told.index + 1}"))
    return Reaction(words, days or (0, 0), told.text("name"))


def _aftercare(told: TomlTable, sources: Sources) -> Aftercare:
    words = _words_of(told, ("hours",))
    return Aftercare(read_hours(told, sources, f"aftercare {told.index + 1}"), words)


def _product(told: TomlTable, sources: Sources) -> Product:
    told.refuse_unknown(("name", "maker", "country", "ingredients", "used_for", "sessions"))
    name = told.text("name")
    if "name" not in told.entries:
        told.add("a product needs its name.")
    sessions = None
    if "sessions" in told.entries:
        sessions = read_pair(told, "sessions", sources.value(told, "sessions", f"product {name}"))
    ingredients = told.texts("ingredients")
    return Product(
        name or "", told.text("maker"), told.text("country"), ingredients, _words(told, "used_for"), sessions
    )


def _patch_test(top: TomlTable, sources: Sources) -> PatchTest | None:
    if "patch_test" not in top.entries:
        return None
    value = top.entries["patch_test"]
    if not isinstance(value, Mapping):
        top.add("[patch_test] must be one table with site and hours.", "patch_test")
        return None
    told = TomlTable(value, "patch_test", 0, top.faults)
    told.refuse_unknown(("site", "hours"))
    hours = read_hours(told, sources, "patch_test hours")
    if "hours" not in value or "site" not in value:
        told.add("a patch test needs its site and its hours.")
    return PatchTest(_words(told, "site"), hours or 0.0)
