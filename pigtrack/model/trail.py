"""Entries of the audit trail as people read them, and what others confirmed of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Sealed(StrEnum):
    """What became of an entry's sealed part."""

    NONE = "none"
    OPENED = "opened"
    ERASED = "erased"
    BLINDED = "blinded"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class OpenedEntry:
    """An entry of the trail.

    Attributes
    ----------
    body : mapping
        As it was written, but for the sealed part.
    words : mapping
        Of the sealed part: values and words before and after, the reason; empty where it can't be opened.
    label : str or None
        Of its course, where it still has one.
    """

    seq: int
    hash: str
    body: Mapping[str, Any]
    words: Mapping[str, Any]
    sealed: Sealed
    label: str | None = None


@dataclass(frozen=True, slots=True)
class TimeStamp:
    """An answer of a time stamping authority about the trail up to an entry."""

    seq: int
    authority: str
    token: bytes


def as_moment(moment: datetime) -> str:
    """Return a moment as the record writes it: UTC in ISO 8601 to the microsecond; as texts, later ones come later.

    Parameters
    ----------
    moment : datetime
        In UTC, and saying so.

    Examples
    --------
    >>> from datetime import UTC
    >>> as_moment(datetime(2026, 1, 11, 9, 30, tzinfo=UTC))
    '2026-01-11T09:30:00.000000Z'
    """
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
