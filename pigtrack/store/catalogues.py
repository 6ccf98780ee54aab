"""Reads the catalogues: one TOML file a language, in ``pigtrack/catalogues``."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pigtrack.model.catalogue import Catalogue

_FOLDER = Path(__file__).parent.parent / "catalogues"
_AVOIDED = "avoid.toml"
_OWN_TABLES = ("language", "flags", "checks")


def list_languages() -> tuple[str, ...]:
    """Return the codes of the languages that there are catalogues of."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("??.toml")))


@cache
def load_catalogue(language: str = "en") -> Catalogue:
    """Load the words of a language.

    Raises
    ------
    ValueError
        If there is no catalogue of it.
    """
    if language not in list_languages():
        raise ValueError(f"language must be one of {', '.join(list_languages())}, got {language!r}")
    entries = tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    about = entries["language"]
    return Catalogue(
        language=language,
        entries=dict(_flat({key: value for key, value in entries.items() if key not in _OWN_TABLES})),
        decimal=about["decimal"],
        date_form=about["date"],
        months=tuple(about["months"]),
        flags={name: (told["meaning"], told["remedy"]) for name, told in entries.get("flags", {}).items()},
        checks={name: (told["name"], told.get("remedy", "")) for name, told in entries.get("checks", {}).items()},
    )


@cache
def load_avoided(language: str) -> Mapping[str, re.Pattern[str]]:
    """Load the words that no text for people uses, by what is wrong with them: ``promise``, ``judgement`` and so on.

    Raises
    ------
    ValueError
        If there is no list for this language.
    """
    lists = tomllib.loads((_FOLDER / _AVOIDED).read_text(encoding="utf-8"))
    if language not in lists:
        raise ValueError(f"language must be one of {', '.join(lists)}, got {language!r}")
    return {
        reason: re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", re.IGNORECASE)
        for reason, words in lists[language].items()
    }


def _flat(entries: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for key, value in entries.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", str(value)
