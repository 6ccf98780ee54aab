"""Card files, read strictly: everything that is wrong with one is told at once, each fault with its line."""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pigtrack.errors import CardError
from pigtrack.model.calibration import Card
from pigtrack.store.card_colours import COLOUR_KEYS, CardColours, read_colours
from pigtrack.store.faults import Faults
from pigtrack.store.naming import quoted
from pigtrack.store.toml_lines import locate

COLUMNS, ROWS = 6, 4
PATCHES = COLUMNS * ROWS

_TEXTS = ("name", "title", "maker", "source", "instrument", "serial")
_SIZES = {
    "pitch_mm": (1.0, 100.0),
    "pitch_u_mm": (0.0, 10.0),
    "patch_width": (0.5, 0.99),
    "thickness_mm": (0.0, 50.0),
}
"""Least and largest; the largest card on sale, for film, has patches 90 mm apart."""

_PATCHES = ("neutral", "skin")
_KEYS = ("base", *_TEXTS, "measured_on", "columns", "rows", *_SIZES, *_PATCHES, "names", *COLOUR_KEYS)
_NAME = re.compile(r"\w[\w .-]{0,79}")
_LARGEST_BYTES = 200_000
_LONGEST_TEXT = 500
_FEWEST_NEUTRAL = 4
"""So many greys a tone curve needs."""


@dataclass(frozen=True, slots=True)
class _CardText:
    """The entries of a card file, the card it is based on, and what was found to be wrong."""

    entries: Mapping[str, Any]
    base: Card | None
    folder: Path
    faults: Faults

    def add(self, what: str, key: str | None = None) -> None:
        """Note a fault, at the line of a key."""
        self.faults.add(what, "", 0, key)


def read_card_file(path: Path, known_card: Callable[[str], Card]) -> Card:
    """Read a card file.

    Parameters
    ----------
    known_card : callable
        Gives a card of pigtrack's own by name, for ``base``.

    Raises
    ------
    CardError
        If it can't be used; all faults together, one a line.
    """
    text = _text_of(path)
    faults = Faults(locate(text))
    try:
        entries = tomllib.loads(text)
    except (RecursionError, ValueError) as fault:  # TOML's own faults are ValueErrors
        raise _unusable(path, [f"it is not TOML: {fault}."]) from fault
    content = _CardText(entries, _base(entries, known_card, faults), path.parent, faults)
    card = _card(content, path)
    if card is None or faults.said():
        raise _unusable(path, faults.said())
    return card


def _unusable(path: Path, said: list[str]) -> CardError:
    return CardError(
        "\n".join([f"The card file {quoted(path.name)} cannot be used:", *said]),
        "docs/cards.md tells what a card file holds; the files in calibration/cards are examples.",
    )


def _text_of(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise _unusable(path, ["it is too large to be a card file."])
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as fault:
        raise _unusable(path, ["it is not text in UTF-8."]) from fault
    except OSError as fault:
        raise _unusable(path, [f"it can't be read ({fault.strerror})."]) from fault


def _base(entries: Mapping[str, Any], known_card: Callable[[str], Card], faults: Faults) -> Card | None:
    if "base" not in entries:
        return None
    try:
        return known_card(str(entries["base"]))
    except CardError as fault:
        faults.add(f"base must be a card that `pigtrack cards` lists: {fault.problem}", "", 0, "base")
        return None


def _card(content: _CardText, path: Path) -> Card | None:
    """Return the card; None, or one with faults noted, where something is wrong."""
    for key in content.entries:
        if key not in _KEYS:
            content.add(f"unknown key {quoted(key)}; known are {', '.join(_KEYS)}.", key)
    _refuse_other_layouts(content)
    texts = {key: _text(content, key) for key in _TEXTS}
    _refuse_other_names(content, texts["name"] or path.stem)
    _refuse_wrong_date(content)
    sizes = {key: _size(content, key, *limits) for key, limits in _SIZES.items()}
    patches = {key: _patch_numbers(content, key) for key in _PATCHES}
    names = _names(content)
    neutral = patches["neutral"]
    colours = read_colours(content.entries, content.base, content.folder, neutral or (), content.add)
    if neutral is None or patches["skin"] is None or colours is None or sizes["patch_width"] is None:
        return None
    return Card(
        name=texts["name"] or path.stem,
        title=texts["title"] or (f"{content.base.title}, own file" if content.base else path.stem),
        columns=COLUMNS,
        rows=ROWS,
        patch_width=sizes["patch_width"],
        neutral=neutral,
        skin=patches["skin"],
        source=_source(texts, content, colours),
        pitch_mm=sizes["pitch_mm"],
        pitch_u_mm=_pitch_u(content, sizes),
        thickness_mm=sizes["thickness_mm"],
        names=names,
        xyz=colours.xyz,
        spectra=colours.spectra,
        spectra_estimated=colours.estimated,
    )


def _refuse_other_layouts(content: _CardText) -> None:
    for key, count in (("columns", COLUMNS), ("rows", ROWS)):
        if key in content.entries and content.entries[key] != count:
            content.add(f"{key} must be {count}: only cards of {COLUMNS} x {ROWS} patches can be found.", key)


def _refuse_other_names(content: _CardText, name: str) -> None:
    """A card's name becomes the name of its drawing."""
    if not _NAME.fullmatch(name):
        content.add(f"name must be letters, digits, dots, dashes and spaces, not {quoted(name)}.", "name")


def _text(content: _CardText, key: str) -> str | None:
    value = content.entries.get(key)
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST_TEXT or not value.isprintable():
        content.add(f"{key} must be one line of text, up to {_LONGEST_TEXT} characters.", key)
        return None
    return value


def _refuse_wrong_date(content: _CardText) -> None:
    if not isinstance(content.entries.get("measured_on", date.min), date):
        content.add("measured_on must be a date, without quotes: 2026-01-31.", "measured_on")


def _size(content: _CardText, key: str, least: float, largest: float) -> float | None:
    if key not in content.entries:
        inherited = None if content.base is None else getattr(content.base, key)
        if key == "patch_width" and inherited is None:
            content.add("patch_width is missing: width of a patch as a share of the pitch, or name a base.", key)
        return inherited
    value = content.entries[key]
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= largest:
        content.add(f"{key} must be a number from {least:g} to {largest:g}.", key)
        return None
    return float(value)


def _pitch_u(content: _CardText, sizes: Mapping[str, float | None]) -> float | None:
    """A pitch of the file's own does not inherit the base's uncertainty."""
    own = "pitch_mm" in content.entries and "pitch_u_mm" not in content.entries
    return None if own else sizes["pitch_u_mm"]


def _patch_numbers(content: _CardText, key: str) -> tuple[int, ...] | None:
    """Indices from 0 of patches that are counted from 1 in the file."""
    if key not in content.entries:
        if content.base is None:
            content.add(f"{key} is missing: the numbers of these patches, or name a base.", key)
            return None
        return content.base.neutral if key == "neutral" else content.base.skin
    numbers = content.entries[key]
    if not isinstance(numbers, list) or not all(type(n) is int and 1 <= n <= PATCHES for n in numbers):
        content.add(f"{key} must be a list of patch numbers from 1 to {PATCHES}.", key)
        return None
    fewest = _FEWEST_NEUTRAL if key == "neutral" else 1
    if len(set(numbers)) != len(numbers) or len(numbers) < fewest:
        content.add(f"{key} must name {fewest} patches or more, none of them twice.", key)
        return None
    return tuple(n - 1 for n in numbers)


def _names(content: _CardText) -> tuple[str, ...]:
    names = content.entries.get("names")
    if names is None:
        return () if content.base is None else content.base.names
    if not isinstance(names, list) or len(names) != PATCHES or not all(isinstance(name, str) for name in names):
        content.add(f"names must be a list of {PATCHES} texts.", "names")
        return ()
    return tuple(names)


def _source(texts: Mapping[str, str | None], content: _CardText, colours: CardColours) -> str:
    if texts["source"]:
        return texts["source"]
    if content.base is not None and not colours.own:
        return content.base.source
    told = [f"with {texts['instrument']}" if texts["instrument"] else "", str(content.entries.get("measured_on", ""))]
    return " ".join(["own measurement", *filter(None, told)])
