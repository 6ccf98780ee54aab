"""The names of stored originals, and what is said of one that is missing or damaged."""

import re

from pigtrack.errors import OriginalError
from pigtrack.store.naming import quoted

_DIGEST = re.compile(r"[0-9a-f]{64}")
PIECE_BYTES = 1 << 20
"""How much of a stored original is in memory at once while it is checked."""


def is_digest(name: str) -> bool:
    """Tell whether a name is a SHA-256 as stored originals are named by: 64 small hexadecimal digits."""
    return _DIGEST.fullmatch(name) is not None


def parts_of(digest: str) -> tuple[str, str, str]:
    """Return where an original lies in its store: two folders and a name, so that no folder grows too large.

    Raises
    ------
    OriginalError
        If it is no digest. A record or an exported bundle that somebody tampered with may say anything.

    Examples
    --------
    >>> "/".join(parts_of("ab" * 32))[:12]
    'ab/ab/ababab'
    """
    if not is_digest(digest):
        raise OriginalError(
            f"{quoted(digest)} names no original: it is no SHA-256.",
            "Run pigtrack verify to learn what was changed in the record, and restore it from a backup.",
            name=digest,
        )
    return digest[:2], digest[2:4], digest


def missing(digest: str) -> OriginalError:
    """Return what is said of an original that is not in its store."""
    return OriginalError(
        f"The original {short(digest)} is missing from the store.", "Restore it from a backup.", name=digest
    )


def damaged(digest: str) -> OriginalError:
    """Return what is said of an original whose bytes are not those it is named by."""
    return OriginalError(
        f"The original {short(digest)} is damaged: its bytes are not those that were stored.",
        "Restore it from a backup.",
        name=digest,
    )


def short(digest: str) -> str:
    """Return the beginning of a digest, enough to find it by.

    Examples
    --------
    >>> short("0123456789abcdef" * 4)
    '0123456789ab…'
    """
    return f"{digest[:12]}…"
