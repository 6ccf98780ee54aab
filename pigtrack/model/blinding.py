"""Sessions under letters, so that a reader can't know their order."""

import hashlib
from collections.abc import Sequence
from string import ascii_uppercase

from pigtrack.model.course import Course


def blind_sessions(course: Course, seed: str) -> tuple[tuple[str, int], ...]:
    """Give every session of a course a letter, in an order that the seed alone decides.

    Parameters
    ----------
    seed : str
        A secret of the record. Whoever knows it can tell the order; without it the letters say nothing.

    Returns
    -------
    tuple of (str, int)
        Letters from A on, and the number of the session that each stands for; the same for the same seed.

    Raises
    ------
    ValueError
        If the seed is empty: everybody could tell the order.

    Notes
    -----
    Sessions are sorted by the SHA-256 of seed, course and number. Any order can come out, the true one too: a
    reader who knew that it can't would know something.
    """
    if not seed:
        raise ValueError("seed must not be empty")
    shuffled = sorted((each.number for each in course.sessions), key=lambda number: _rank(seed, course.id, number))
    return tuple(zip(letters(len(shuffled)), shuffled, strict=True))


def letters(count: int) -> Sequence[str]:
    """Return so many names: A to Z, then AA, AB and on.

    Examples
    --------
    >>> letters(28)[24:]
    ['Y', 'Z', 'AA', 'AB']
    """
    return [_letter(number) for number in range(count)]


def _letter(number: int) -> str:
    more, last = divmod(number, len(ascii_uppercase))
    return ("" if more == 0 else _letter(more - 1)) + ascii_uppercase[last]


def _rank(seed: str, course: str, number: int) -> str:
    return hashlib.sha256(f"{seed}\0{course}\0{number}".encode()).hexdigest()
