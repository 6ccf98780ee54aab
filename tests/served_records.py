"""The web app as it is served: a real server on loopback over a real record, and people signed in to it."""

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import uvicorn

from pigtrack.model.record import Actor, Role
from pigtrack.store.record.opening import Record
from pigtrack.store.record.users import add_user, need_user
from pigtrack.store.record.web_sessions import begin_session
from pigtrack.tracker.record.desk import opened
from pigtrack.web.app import create_app
from pigtrack.web.desk import Serving, WebDesk

PEOPLE = {"olga": Role.OWNER, "cleo": Role.CLINICIAN, "otto": Role.AUDITOR}
"""An owner, a clinician, an auditor."""

PASSWORD = "seven drawn lentigines"


def staff(data: Path) -> Path:
    """Give a record its users, all with `PASSWORD`."""
    with opened(data) as record, record.writing(Actor("staff-1")) as unit:
        for name, role in PEOPLE.items():
            add_user(unit, name, role, password=PASSWORD)
    return data


@dataclass(frozen=True, eq=False)
class Served:
    """A server on loopback; ``address`` without a slash at its end."""

    address: str
    record: Record
    app: object
    opened: list["Person"] = field(default_factory=list)

    def token_of(self, name: str) -> str:
        """Sign somebody in without the long work of a password; return the secret that the browser keeps."""
        with self.record.writing(Actor(name, via="web")) as unit:
            return begin_session(unit, user=need_user(unit.connection, name)["id"])

    def as_(self, name: str | None) -> "Person":
        """Return a browser of somebody signed in; None: of a stranger."""
        cookies = {} if name is None else {"pigtrack": self.token_of(name)}
        # without TLS there is nothing to verify, and to read the system's certificates each time takes long
        self.opened.append(Person(base_url=self.address, cookies=cookies, timeout=60, verify=False))
        return self.opened[-1]

    def course_ids(self) -> list[str]:
        """Return the ids of the courses there are."""
        from sqlalchemy import select

        from pigtrack.store.record.tables import courses

        with self.record.reading() as connection:
            return [str(each) for each in connection.execute(select(courses.c.id).order_by(courses.c.label)).scalars()]


class Person(httpx.Client):
    """A browser without a window: keeps its cookies, and sends forms with the token that pages hold."""

    def form_token(self, page: str = "/") -> str:
        """Return the token of a page's forms."""
        return re.search(r'name="form_token" value="([^"]+)"', self.get(page).text)[1]

    def submit(self, path: str, *, page: str = "/", **fields) -> httpx.Response:
        """Send a form as a browser does from a page of ours."""
        headers = {"Origin": str(self.base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"}
        return self.post(path, data={"form_token": self.form_token(page), **fields}, headers=headers)


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def served(data: Path, *, background=None, **how) -> Iterator[Served]:
    """Serve a record from a thread of this process for the length of a ``with`` block."""
    with opened(data) as record:
        app = create_app(WebDesk(record, Serving(**how), background))
        port = free_port()
        how_told = {"log_level": "error", "server_header": False}
        server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, **how_told))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        end = time.monotonic() + 20
        while not server.started:
            assert time.monotonic() < end, "the server did not start"
            time.sleep(0.02)
        serving = Served(f"http://127.0.0.1:{port}", record, app)
        try:
            yield serving
        finally:
            for browser in serving.opened:
                browser.close()
            server.should_exit = True
            thread.join(20)
