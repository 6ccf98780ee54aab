"""One bad input: what is wrong, how it is laid out, what is asked, and what must be said of it."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from drawn_courses import Drawn, digests, lay_out


@dataclass(frozen=True)
class Place:
    """An empty folder, and good photographs to spoil."""

    folder: Path
    drawn: Drawn

    @property
    def good(self) -> dict[str, bytes]:
        """Two good photographs, one a session."""
        return {"a.jpg": self.drawn.bytes_of(1), "b.jpg": self.drawn.bytes_of(2)}

    def course(self, *, more: str = "", session: str = "", **settings: object) -> Path:
        """A good course of two sessions; ``more``: lines for [course], ``session``: lines for the last session."""
        photos = [{name: data} for name, data in self.good.items()]
        folder = lay_out(self.folder / "course", photos, {**self.drawn.settings, **settings})
        text = (folder / "course.toml").read_text(encoding="utf-8")
        text = text.replace("[course]\n", f"[course]\n{more}\n", 1) + session + "\n"
        (folder / "course.toml").write_text(text, encoding="utf-8")
        return folder

    def toml(self, data: str | bytes) -> Path:
        """A folder of good photographs with any course.toml."""
        folder = self.course()
        (folder / "course.toml").write_bytes(data if isinstance(data, bytes) else data.encode())
        return folder

    def photograph(self, data: bytes, name: str = "photo.jpg") -> Path:
        """A file that is given for a photograph."""
        path = self.folder / name
        path.write_bytes(data)
        return path

    def with_second(self, spoil: Callable[[Path], object]) -> Path:
        """A good course whose second photograph is taken away and replaced."""
        folder = self.course()
        (folder / "b.jpg").unlink()
        spoil(folder / "b.jpg")
        return folder

    def file(self, name: str, data: str | bytes = "x") -> Path:
        """Any file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path


Command = list[str | Path]


@dataclass(frozen=True)
class Story:
    """``make`` lays the input out and returns the command; ``says``: words that must all appear."""

    make: Callable[[Place], Command]
    says: tuple[str, ...]
    status: int = 1
    on_stdout: bool = False


def told(make: Callable[[Place], Command], *says: str, status: int = 1, on_stdout: bool = False) -> Story:
    """A story; ``on_stdout``: `check` tells its verdicts there."""
    return Story(make, says, status, on_stdout)


def standing(folder: Path) -> Mapping[str, str]:
    """Everything below a folder: digests of files, what else stands there, and what links point to."""
    found = digests(folder)
    for at, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(at, name)
            what = f"-> {os.readlink(path)}" if path.is_symlink() else found.get(path.relative_to(folder).as_posix())
            found[os.fsencode(path).decode("utf-8", "backslashreplace")] = what or "no file"
    return found
