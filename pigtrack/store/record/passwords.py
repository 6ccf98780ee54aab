"""Passwords of users: kept as argon2id hashes, which tell a password when it is shown and can't be turned back."""

import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from pigtrack.errors import RecordError

LETTERS_LEAST = 12
"""NIST SP 800-63B-4 asks for 8 beside a second factor, 15 alone; here the data folder's rights are the other lock."""

_BYTES_MOST = 1024  # so that nobody keeps the machine busy with a book
_LETTERS_APART = 5  # "aaaaaaaaaaaa", "121212121212" and "Password2026!!" are the first that anybody tries

_FIRST_WORDS = """
    1234567890 123456789 0987654321 987654321 password passwort passphrase kennwort secret geheim letmein welcome
    willkommen changeme administrator admin iloveyou ichliebedich sunshine princess football baseball dragon qwertyuiop
    qwertzuiop qwerty qwertz asdfghjkl asdfgh zxcvbnm yxcvbnm abcdefghijkl abcdef pigtrack clinic klinik praxis patient
    doctor doktor hospital dermatology laser january february summer winter spring autumn sommer herbst monday montag
"""
"""What heads every list of passwords that were found out, and what is near at hand here (ASVS 5.0, 6.1.2)."""

_LOOK_ALIKE = str.maketrans("@0!3$5", "aoiess")

_HASHER = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
"""64 MiB, 3 passes, 4 lanes, salt of 128 bits: the second recommended choice of RFC 9106 (section 4), above the least
that OWASP's Password Storage Cheat Sheet asks for (19 MiB, 2 passes)."""

_TURNS = threading.BoundedSemaphore(2)
"""So many are worked on at a time: a flood of passwords takes 128 MiB, not all the memory there is."""


def hash_password(password: str, *, name: str) -> str:
    """Return what is kept of a new password.

    There are no rules on what it is made of: length is what counts (NIST SP 800-63B-4, 3.1.1.2).

    Raises
    ------
    RecordError
        If it is too short or too plain.
    """
    plain = _normal(password)
    if len(plain) < LETTERS_LEAST:
        raise RecordError(
            f"The password has {len(plain)} letters; {LETTERS_LEAST} are the least.", "Take a few words in a row."
        )
    if len(plain.encode()) > _BYTES_MOST:
        raise RecordError("The password is too long.", f"Up to {_BYTES_MOST} bytes are taken.")
    if _normal(name).casefold() in plain.casefold() or _own_letters(plain) < _LETTERS_APART:
        raise RecordError(
            "The password is one of the first that would be tried.", "Take a few words that nobody connects with you."
        )
    with _TURNS:
        return _HASHER.hash(plain)


def _own_letters(plain: str) -> int:
    """Return how many different letters, figures and signs a password has beside what everybody thinks of first."""
    spelt = (plain.casefold(), plain.casefold().translate(_LOOK_ALIKE))
    return min(len(set(_without_first_words(each))) for each in spelt)


def _without_first_words(plain: str) -> str:
    for word in _FIRST_WORDS.split():
        plain = plain.replace(word, "")
    return plain


def hash_code(code: str) -> str:
    """Return what is kept of a code that pigtrack made itself: what people choose needs rules, chance needs none."""
    with _TURNS:
        return _HASHER.hash(_normal(code))


def fits_password(password: str, kept: str | None) -> bool:
    """Tell whether a password is the one that was kept; nobody has none."""
    if kept is None:
        return False
    plain = _normal(password).encode()
    try:
        with _TURNS:  # one that is too long takes as long as any other, and fits nothing
            return _HASHER.verify(kept, plain[:_BYTES_MOST]) and len(plain) <= _BYTES_MOST
    except (VerificationError, InvalidHashError):
        return False


def waste_time(password: str) -> None:
    """Take as long as holding a password to one that is kept, so that nobody learns by a clock which names exist."""
    with _TURNS:
        _HASHER.hash(_normal(password)[:_BYTES_MOST])


def _normal(password: str) -> str:
    """Return a password as one spelling, whichever keyboard it was typed on (NIST SP 800-63B-4: NFKC)."""
    return unicodedata.normalize("NFKC", password)
