"""How names that users gave are shown in messages, and which of them may point into a folder."""

import json
from pathlib import Path, PurePosixPath

_LONGEST = 120


def quoted(name: object) -> str:
    r"""Return a name on one line, in quotes, control characters escaped and the middle of a very long one left out.

    Examples
    --------
    >>> print(quoted("left" + chr(10) + "cheek.jpg"))
    "left\ncheek.jpg"
    """
    text = str(name)
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST // 2]}…{text[-_LONGEST // 2 :]}"
    shown = json.dumps(text, ensure_ascii=False)
    return "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in shown)


def leads_outside(name: str) -> bool:
    """Tell whether a relative name is absolute, climbs out with ``..`` or can't be a file's name at all."""
    return "\0" in name or PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts or not name.strip()


def is_inside(path: Path, folder: Path) -> bool:
    """Tell whether a path, its links followed, lies inside a folder."""
    return path.resolve().is_relative_to(folder.resolve())


def natural_order(name: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key that counts: ``shot-2`` comes before ``shot-10``.

    Examples
    --------
    >>> sorted(["shot-10.jpg", "shot-2.jpg"], key=natural_order)
    ['shot-2.jpg', 'shot-10.jpg']
    """
    parts: list[tuple[int, int, str]] = []
    run = ""
    for letter in [*name, ""]:
        if run and (letter.isdecimal() != run[-1].isdecimal() or not letter):
            parts.append((0, int(run), run) if run.isdecimal() else (1, 0, run))
            run = ""
        run += letter
    return tuple(parts)
