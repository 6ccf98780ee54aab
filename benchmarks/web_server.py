"""A server of its own process for the benchmarks of the web app, and what is looked at when it is gone."""

import io
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from PIL import Image
from sqlalchemy import func, select

from pigtrack.model.record import Actor
from pigtrack.store.record.checking import check_record
from pigtrack.store.record.tables import uploads
from pigtrack.store.record.users import need_user
from pigtrack.store.record.web_sessions import begin_session
from pigtrack.tracker.record.desk import opened

_READY_WITHIN_S = 120
_SIDE = (1500, 2000)
"""Noise of this many pixels is a JPEG of 4 MB, as phones make them."""


class Server:
    """`pigtrack serve` over a record, begun at the start of a ``with`` block and ended with it."""

    def __init__(self, data: Path, port: int | None = None) -> None:
        self.port = port or _free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-m", "pigtrack", "serve", "--data", str(data), "--port", str(self.port)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)

    def __enter__(self) -> "Server":
        """Wait until it is ready."""
        end = time.monotonic() + _READY_WITHIN_S
        for line in self.process.stdout:
            if line.startswith("End it"):
                return self
            if time.monotonic() > end:
                break
        raise SystemExit("the server did not start")

    def __exit__(self, *_: object) -> None:
        """Ask it to end, if nobody killed it."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cpu_s(pid: int) -> float:
    """CPU seconds of a process, as Linux counts them in hundredths."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def tokens(data: Path, name: str, count: int) -> list[str]:
    """Sign somebody in so many times, without the work of a password; return the secrets that browsers keep."""
    with opened(data) as record, record.writing(Actor(name, via="web")) as unit:
        user = need_user(unit.connection, name)["id"]
        return [begin_session(unit, user=user) for _ in range(count)]


def photograph(chance: random.Random) -> bytes:
    """Return a JPEG of about 4 MB that nothing can be found in."""
    width, height = _SIDE
    written = io.BytesIO()
    Image.frombytes("RGB", _SIDE, chance.randbytes(3 * width * height)).save(written, "JPEG", quality=80)
    return written.getvalue()


def count_faults(data: Path, kept: Mapping[str, str]) -> dict[str, object]:
    """Look whether every photograph that was acknowledged is there, once and whole, and the record verifies."""
    with opened(data) as record:
        with record.reading() as connection:
            found = dict(connection.execute(select(uploads.c.id, uploads.c.sha256)).all())
            rows = connection.execute(select(func.count()).select_from(uploads)).scalar_one()
        faults = [each.line for each in check_record(record)]
    missing = [uid for uid, digest in kept.items() if found.get(uid) != digest]
    told = {"acknowledged": len(kept), "uploads": rows, "missing": missing, "record_faults": faults[:5]}
    return {**told, "nothing_lost": not missing and not faults and len(found) == rows}
