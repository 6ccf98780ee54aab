"""The cards that pigtrack knows, by name and title: enough to choose one, without loading what reads them."""

import tomllib
from functools import cache

from pigtrack.store.spectral_data import data_folder


@cache
def card_titles() -> tuple[tuple[str, str], ...]:
    """Return name and title of every known card, by name."""
    files = sorted((data_folder("calibration") / "cards").glob("*.toml"))
    return tuple((path.stem, str(tomllib.loads(path.read_text(encoding="utf-8"))["title"])) for path in files)
