"""Files sealed piece by piece: of any length, in little memory, with a key that seals nothing else.

Each piece is sealed with AES-256-GCM; its nonce is its number and whether it is the last, as in STREAM [1]_, so that
pieces that are missing, moved or cut off are found. Such a nonce would break where a key is used for two files: each
has one of its own.

References
----------
.. [1] Hoang, Reyhanitabar, Rogaway, Vizár (2015), doi:10.1007/978-3-662-47989-6_24.
"""

import io
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pigtrack.errors import OriginalError

_PIECE_BYTES = 2**20
_TAG_BYTES = 16
_COUNTER_BYTES = 11


def seal_file(key: bytes, source: Path, place: Path) -> None:
    """Seal a file into a new one; ``key`` is 32 bytes that were made for this file alone."""
    cipher, left = AESGCM(key), source.stat().st_size
    with source.open("rb") as plain, place.open("xb") as sealed:
        for number in range(_pieces(left)):
            piece = plain.read(_PIECE_BYTES)
            left -= len(piece)
            sealed.write(cipher.encrypt(_nonce(number, last=left <= 0), piece, None))
        sealed.flush()
        os.fsync(sealed.fileno())


class SealedFile(io.RawIOBase):
    """A sealed file as it was before, read from its beginning to its end.

    Raises
    ------
    OriginalError
        While it is read, if it isn't what was sealed with this key.
    """

    def __init__(self, key: bytes, place: Path) -> None:
        self._cipher = AESGCM(key)
        self._sealed = place.open("rb")
        self._left = os.fstat(self._sealed.fileno()).st_size
        self._number = 0
        self._held = memoryview(b"")

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # typeshed: any buffer
        """Read the next bytes."""
        if not self._held and (self._left > 0 or not self._number):  # a file of nothing has one piece, too
            self._held = memoryview(self._next())
        count = min(len(buffer), len(self._held))
        buffer[:count] = self._held[:count]
        self._held = self._held[count:]
        return count

    def close(self) -> None:
        """Close it."""
        self._sealed.close()
        super().close()

    def _next(self) -> bytes:
        piece = self._sealed.read(_PIECE_BYTES + _TAG_BYTES)
        self._left -= len(piece)
        nonce = _nonce(self._number, last=self._left <= 0)
        self._number += 1
        try:
            return self._cipher.decrypt(nonce, piece, None)
        except InvalidTag as fault:
            raise OriginalError("The file is not what was made.", "Make it again.") from fault


def _pieces(size: int) -> int:
    return max(1, -(-size // _PIECE_BYTES))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(_COUNTER_BYTES, "big") + bytes([last])
