"""The reference data that travels with pigtrack, cards above all, and cards of a clinic's own."""

import os
from functools import cache
from pathlib import Path

from pigtrack.errors import CardError
from pigtrack.model.calibration import Card
from pigtrack.store.card_files import read_card_file
from pigtrack.store.naming import quoted
from pigtrack.store.spectral_data import data_folder, load_colour_prior, load_spectra

__all__ = ["data_folder", "list_cards", "load_card", "load_colour_prior", "load_spectra"]

_TABLES = (".txt", ".csv", ".tsv", ".cgats", ".cie", ".ti3", ".cxf")


def list_cards() -> tuple[Card, ...]:
    """Return every card that pigtrack knows, by name."""
    return tuple(_known_card(name) for name in _names())


def load_card(name: str | Path) -> Card:
    """Load a card by name, or from the path of a card file.

    Raises
    ------
    CardError
        If there is no such card, or its file is wrong.
    """
    path = Path(name)
    if path.suffix != ".toml":
        _refuse_table(path)
        return _known_card(str(name))
    if not os.path.isfile(path):  # of a name too long, Path.is_file would raise
        raise CardError(f"There is no card file {quoted(path)}.", "Check the path, or name one of `pigtrack cards`.")
    return read_card_file(path, _known_card)


@cache
def _known_card(name: str) -> Card:
    if name not in _names():
        known = ", ".join(_names())
        raise CardError(
            f"There is no card named {quoted(name)}.", f"Name one of: {known}; or give the path of a card file."
        )
    return read_card_file(_cards_folder() / f"{name}.toml", _known_card)


def _refuse_table(path: Path) -> None:
    if path.suffix.lower() in _TABLES:
        raise CardError(
            f"{quoted(path.name)} holds readings, but not which card they are of.",
            'Write a card file beside it, ending in .toml: base = "colorchecker-classic" and '
            f'measured = "{path.name}".',
        )


def _names() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in _cards_folder().glob("*.toml")))


def _cards_folder() -> Path:
    return data_folder("calibration") / "cards"
