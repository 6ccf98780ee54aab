"""What a store of originals does, whichever it is: a folder beside the record, or S3-compatible object storage."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from pigtrack.errors import RecordError
from pigtrack.store.naming import quoted
from pigtrack.store.vault.local import LocalOriginals


class Originals(Protocol):
    """Sealed originals by the SHA-256 of the stored bytes, in hexadecimal; what is stored is never overwritten.

    A name that is no such digest is refused by every method with an `OriginalError`, as is a store out of reach.
    """

    def put(self, sealed: bytes) -> str:
        """Keep sealed bytes for good and return their digest; twice the same is kept once.

        When it returns, the bytes outlast a loss of power. Whenever it is interrupted, they are there whole or not
        at all.

        Raises
        ------
        OriginalError
            If they can't be kept, or something damaged stands in their place.
        """
        ...

    def get(self, digest: str) -> bytes:
        """Return stored bytes, checked against their digest.

        Raises
        ------
        OriginalError
            If they are missing, damaged or can't be read.
        """
        ...

    def has(self, digest: str) -> bool:
        """Tell whether something is stored under a digest; see `check` for whether it is whole."""
        ...

    def digests(self) -> Iterator[str]:
        """Go through the digests of all that is stored, in order, without holding them all."""
        ...

    def check(self, digest: str) -> bool:
        """Tell whether the stored bytes are there and whole; they are read in pieces.

        Raises
        ------
        OriginalError
            If they can't be read, so that nobody knows.
        """
        ...

    def delete(self, digest: str) -> None:
        """Remove stored bytes, where they are there; for sweeping what no record names, and for erasure."""
        ...


def open_originals(place: str, *, base: Path) -> Originals:
    """Open the store of originals; nothing is made or asked for before the first of them is kept or read.

    Parameters
    ----------
    place : str
        A folder, relative to ``base`` or absolute; or ``s3://bucket/prefix?endpoint=https://...&region=...``.
        ``endpoint`` is left out for Amazon's own. The credentials come from the environment, never from here.
    base : Path
        The data folder.

    Raises
    ------
    RecordError
        If the place is neither.
    """
    if place.startswith("s3://"):
        from pigtrack.store.vault.s3 import open_s3  # an optional package

        return open_s3(place)
    if not place.strip() or "\0" in place or "://" in place:
        raise RecordError(
            f"{quoted(place)} is no place for originals.",
            'Name a folder, as in "originals", or "s3://bucket/prefix?endpoint=https://...&region=...".',
        )
    return LocalOriginals(base / place)
