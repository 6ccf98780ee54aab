"""Whether a text looks like a person's name, a birth date or an address: the record takes pseudonyms only."""

import re

_WORD = r"[^\W\d_]+(?:['’-][^\W\d_]+)*\.?"
_SEVERAL_WORDS = re.compile(rf"{_WORD}(?:,?\s+{_WORD})+")
_NAME = re.compile(r"[^\W\d_]{3,}")
_DAY = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}")


def looks_personal(text: str) -> bool:
    """Tell whether a text looks like what names a person: that is asked about, never decided.

    Examples
    --------
    >>> [looks_personal(text) for text in ("P-0007", "AM", "Anna Müller", "Weber", "1961-03-07", "a.m@mail.org")]
    [False, False, True, True, True, True]
    """
    if "@" in text or _DAY.search(text):
        return True
    if any(letter.isdigit() for letter in text):
        return False
    if _SEVERAL_WORDS.fullmatch(text):
        return True
    return any(word.istitle() or not word.isascii() for word in _NAME.findall(text))
