"""Seals what is personal with a subject's key, so that destroying the key destroys it everywhere, backups included."""

import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pigtrack.errors import OriginalError

KEY_BYTES = 32  # AES-256
_MARK = b"pt1"  # pigtrack's first way of sealing; another way would carry another mark
_NONCE_BYTES = 12  # what AES-GCM is made for (NIST SP 800-38D, 5.2.1.1)
_TAG_BYTES = 16
_START = len(_MARK) + _NONCE_BYTES
_MOST_BYTES = 2**31 - 1 - _TAG_BYTES  # what the library seals in one piece


def make_key() -> bytes:
    """Return a new key: 32 bytes that nobody can guess."""
    return secrets.token_bytes(KEY_BYTES)


def seal(key: bytes, data: bytes, *, label: bytes) -> bytes:
    """Return data sealed: unreadable without the key, and any changed bit is found when it is opened.

    Parameters
    ----------
    key : bytes
        32 bytes, of one subject.
    data : bytes
        What to seal; up to 2 GiB.
    label : bytes
        What it is and whose. It is not in what is returned, but must be named again to open it: what was sealed as one
        thing can't be passed off as another.

    Returns
    -------
    sealed : bytes
        ``pt1``, a nonce of 12 bytes, and the ciphertext with its tag: 31 bytes more than the data.
        The same for the same three arguments, so that the same photograph is stored once.

    Raises
    ------
    ValueError
        If the key is of another length, or the data too long.

    Notes
    -----
    AES-256-GCM [1]_. It breaks where one key seals two different things with the same nonce, so the nonce is made of
    all that is sealed, as in SIV [2]_: the first 12 bytes of HMAC-SHA256(key, label ‖ SHA256(data)). Two different
    things of one subject then share a nonce with a probability of about n² / 2⁹⁷ among n: 10⁻¹⁷ among a million.
    What it gives away: that two sealed things are the same, and how long they are.

    References
    ----------
    .. [1] NIST SP 800-38D, doi:10.6028/NIST.SP.800-38D.
    .. [2] RFC 5297, doi:10.17487/RFC5297: nonces made of what is sealed.

    Examples
    --------
    >>> key = bytes(32)
    >>> unseal(key, seal(key, b"left cheek", label=b"note"), label=b"note")
    b'left cheek'
    """
    if len(data) > _MOST_BYTES:
        raise ValueError(f"data must be at most {_MOST_BYTES} bytes, not {len(data)}")
    cipher = _cipher(key)
    nonce = hmac.digest(key, label + hashlib.sha256(data).digest(), "sha256")[:_NONCE_BYTES]
    return b"".join((_MARK, nonce, cipher.encrypt(nonce, data, label)))


def unseal(key: bytes, sealed: bytes, *, label: bytes) -> bytes:
    """Return what was sealed with this key under this label.

    Raises
    ------
    OriginalError
        If it isn't what was sealed: a bit was changed, or it was sealed with another key or under another label.
    ValueError
        If the key is not 32 bytes long.
    """
    cipher = _cipher(key)
    if sealed[: len(_MARK)] != _MARK or len(sealed) < _START + _TAG_BYTES:
        raise _not_what_was_sealed("it is no whole sealed entry")
    try:
        return cipher.decrypt(sealed[len(_MARK) : _START], memoryview(sealed)[_START:], label)
    except InvalidTag as fault:
        raise _not_what_was_sealed("it was changed, or put in another's place") from fault


def _cipher(key: bytes) -> AESGCM:
    """Return the cipher of a key of the one length that is used here."""
    if len(key) != KEY_BYTES:
        raise ValueError(f"key must be {KEY_BYTES} bytes, not {len(key)}")
    return AESGCM(key)


def _not_what_was_sealed(why: str) -> OriginalError:
    return OriginalError(
        f"Something in the record is not what was sealed: {why}.",
        "Run pigtrack verify to learn what else is damaged, and restore the record from a backup.",
    )
