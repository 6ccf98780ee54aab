"""Values as TOML text, each on one line where it fits: outlines and short tables stay readable so."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any

import tomli_w

LONGEST_LINE = 120
"""Letters; longer lists get a line an item."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_INDENT = "    "


def toml_value(value: Any) -> str:
    """Return a value on one line; tables and lists are written inline, in their own order.

    Raises
    ------
    ValueError
        If TOML has no such value: None, a time with a zone, a letter that is half of one.
    """
    if isinstance(value, Mapping):
        told = ", ".join(f"{toml_key(key)} = {toml_value(each)}" for key, each in value.items())
        return f"{{ {told} }}" if told else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_value, value))}]"
    if isinstance(value, date | time):
        return _moment(value)
    if isinstance(value, str) and not _can_be_encoded(value):
        raise ValueError(f"TOML must hold whole letters, not {value!r}")
    return _scalar(value)


def toml_key(key: str) -> str:
    """Return a key, in quotes where it must be."""
    return key if _BARE.fullmatch(key) else toml_value(str(key))


def toml_line(key: str, value: Any) -> str:
    """Return ``key = value`` on one line; a list that is too long for it gets a line an item."""
    line = f"{toml_key(key)} = {toml_value(value)}"
    if len(line) <= LONGEST_LINE or not isinstance(value, Sequence) or isinstance(value, str) or not value:
        return line
    return "\n".join([f"{toml_key(key)} = [", *(f"{_INDENT}{toml_value(each)}," for each in value), "]"])


def _scalar(value: Any) -> str:
    try:
        return tomli_w.dumps({"v": value}).removeprefix("v = ").removesuffix("\n")
    except TypeError as fault:
        raise ValueError(f"TOML must hold texts, numbers, days and lists of them, not {value!r}") from fault


def _moment(value: date | time) -> str:
    """A day, a time, or both with a T between them."""
    if isinstance(value, time) and value.tzinfo is not None:
        raise ValueError("a time alone must have no zone in TOML")
    return value.isoformat()


def _can_be_encoded(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
