"""One environment a peer, from a pinned list of packages."""

import hashlib
import re
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
LISTS = HERE / "environments"
WORKERS = HERE / "workers"
PINNED = re.compile(r"^[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+$")


@dataclass(frozen=True)
class Peer:
    """A tool to be held beside pigtrack.

    Attributes
    ----------
    packages : tuple of str
        The packages whose versions stand in the table; empty: pigtrack's own environment.
    clicks : bool
        A person shows it the card, so it is not asked for detection.
    """

    name: str
    title: str
    packages: tuple[str, ...]
    clicks: bool = False

    @property
    def worker(self) -> Path:
        """The script that speaks for it."""
        return WORKERS / f"{self.name.replace('-', '_')}_worker.py"


OWN = Peer("pigtrack", "pigtrack", ())
PEERS = (
    OWN,
    Peer("opencv", "OpenCV mcc + ccm", ("opencv-python-headless",)),
    Peer("plantcv", "PlantCV", ("plantcv",)),
    Peer("colour-checker", "colour-checker-detection + colour", ("colour-checker-detection", "colour-science")),
    Peer("hand", "hand recipe", ("scikit-image",), clicks=True),
)


class NotInstalledError(Exception):
    """A peer's environment could not be made; says why."""


def read_list(peer: Peer) -> dict[str, str]:
    """Packages of a peer with their pinned versions.

    Raises
    ------
    ValueError
        If a line does not pin one version.
    """
    lines = (LISTS / f"{peer.name}.txt").read_text(encoding="utf-8").split()
    for line in lines:
        if not PINNED.match(line):
            raise ValueError(f"environments/{peer.name}.txt: {line!r} does not pin a version with ==")
    return dict(line.split("==") for line in lines)


def versions_of(peer: Peer) -> dict[str, str]:
    """Versions that stand in the table."""
    if peer.packages:
        pinned = read_list(peer)
        return {package: pinned[package] for package in peer.packages}
    from pigtrack import __version__

    return {peer.name: __version__}


def python_of(peer: Peer, cache: Path) -> Path:
    """The Python of a peer's environment, which is made where it is missing or its list has changed.

    Raises
    ------
    NotInstalledError
        If it can't be made.
    """
    if not peer.packages:
        return Path(sys.executable)
    folder = cache / peer.name
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    digest = hashlib.sha256((LISTS / f"{peer.name}.txt").read_bytes()).hexdigest()
    ready = folder / "ready"
    if not (ready.is_file() and ready.read_text() == digest):
        _make(peer, folder, python)
        ready.write_text(digest)
    return python


def _make(peer: Peer, folder: Path, python: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    (folder.parent / ".gitignore").write_text("*\n")
    venv.create(folder, clear=True, with_pip=True)
    pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps"]
    told = subprocess.run([*pip, "-r", str(LISTS / f"{peer.name}.txt")], capture_output=True, text=True, check=False)
    if told.returncode:
        raise NotInstalledError(f"{peer.title} could not be installed: {_last_line(told.stderr)}")


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "pip said nothing"
