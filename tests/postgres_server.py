"""A real PostgreSQL for tests: made in a temporary folder, reached by a socket in it, gone at the end."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from glob import glob
from itertools import count
from pathlib import Path

_DEBIAN = "/usr/lib/postgresql/*/bin"
_PATIENCE_S = 60
_OWNER = "pigtrack"
_SETTINGS = {"listen_addresses": "", "fsync": "off", "full_page_writes": "off", "max_connections": "40"}
"""No port is opened; nothing waits for the disk, as no test takes the server's power away."""


class NoPostgres(Exception):
    """Why there is no server to be had here, in a few words."""


def find_program(name: str) -> str:
    """Return the path of one of PostgreSQL's programs, the newest that is installed."""
    found = shutil.which(name)
    beside = sorted(glob(f"{_DEBIAN}/{name}"), key=lambda path: float(Path(path).parts[-3]))
    if beside:
        return beside[-1]
    if found is None:
        raise NoPostgres(f"PostgreSQL is not installed: no {name}")
    return found


def _other_user() -> pwd.struct_passwd | None:
    """Return whom the server runs as: PostgreSQL refuses root. None: as whoever runs the tests."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoPostgres("PostgreSQL refuses to run as root, and there is no other user")


class PostgresServer:
    """A running server; `new_database` gives the address of an empty database of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = count(1)

    def url(self, database: str = "postgres") -> str:
        """The address of a database, as pigtrack.toml would name it."""
        return f"postgresql://{_OWNER}@/{database}?host={self.folder}"

    def new_database(self) -> str:
        """Make an empty database and return its address."""
        name = f"record_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name}")
        return self.url(name)

    def run(self, statement: str) -> None:
        """Run a statement of the server's owner."""
        import psycopg

        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def running_server() -> Iterator[PostgresServer]:
    """Run a server while the block lasts.

    Raises
    ------
    NoPostgres
        If its programs or its driver are missing, or it can't be run here.
    """
    try:
        import psycopg  # noqa: F401
    except ModuleNotFoundError as fault:
        raise NoPostgres("psycopg is not installed") from fault
    initdb, postgres, user = find_program("initdb"), find_program("postgres"), _other_user()
    with tempfile.TemporaryDirectory(prefix="pt-pg-", dir="/tmp") as made:  # a socket's path has 107 letters at most
        folder = Path(made)
        as_user: dict[str, object] = {}
        if user is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)
            as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "cwd": folder}
        _make_cluster(initdb, folder, as_user)
        options = [f"-c{name}={value}" for name, value in _SETTINGS.items()]
        command = [postgres, "-D", str(folder / "data"), "-k", str(folder), *options]
        log = (folder / "log").open("wb")
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, **as_user)  # type: ignore[call-overload]
        try:
            server = PostgresServer(folder)
            _wait_for(server, process)
            yield server
        finally:
            process.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown: whoever is connected is let go
            _stop(process)
            log.close()


def _make_cluster(initdb: str, folder: Path, as_user: dict[str, object]) -> None:
    """Make the server's files; letters are sorted as a clinic's server would, not by their codes, where it can."""
    plain = [initdb, "-D", str(folder / "data"), "-U", _OWNER, "--auth=trust", "--no-sync", "--encoding=UTF8"]
    sorted_ways = (["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en"], ["--locale=C"])
    for way in sorted_ways:
        made = subprocess.run([*plain, *way], capture_output=True, text=True, **as_user)  # type: ignore[call-overload]
        if made.returncode == 0:
            return
        shutil.rmtree(folder / "data", ignore_errors=True)
    raise NoPostgres(f"initdb failed: {made.stderr.strip().splitlines()[-1]}")


def _wait_for(server: PostgresServer, process: "subprocess.Popen[bytes]") -> None:
    import psycopg

    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end:
        if process.poll() is not None:
            raise NoPostgres(f"PostgreSQL stopped at once: {(server.folder / 'log').read_text()[-300:]}")
        try:
            psycopg.connect(server.url()).close()
            return
        except psycopg.OperationalError:
            time.sleep(0.05)
    raise NoPostgres("PostgreSQL did not start in a minute")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """End the server and wait for it; it has a while to close its files."""
    try:
        process.wait(timeout=_PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
