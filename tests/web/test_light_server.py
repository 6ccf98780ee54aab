"""A server stays light: what measures, draws and computes is loaded by its processes, never by itself."""

import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from fastapi.routing import APIRoute
from reviewed_records import pictured
from served_records import PASSWORD, Person, free_port
from shared_pages import keep_page

from pigtrack.model.record import Actor
from pigtrack.store.record.users import need_user
from pigtrack.store.record.web_sessions import begin_session
from pigtrack.tracker.record.desk import opened
from pigtrack.tracker.record.following import follow
from pigtrack.web.routes import ROUTERS

pytestmark = pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="asks Linux what a process has loaded")

HEAVY = ("cv2", "scipy", "pandas", "skimage", "matplotlib", "rawpy", "pyarrow", "openpyxl")
"""Packages that a server never needs itself; all but the last have compiled parts, which the system tells of."""

LABEL = "C-0001"
WAIT_S = 60


def loaded(pid):
    """Return which of the heavy packages a process has mapped into its memory."""
    maps = Path(f"/proc/{pid}/maps").read_text()
    return {each for each in HEAVY if re.search(rf"/site-packages/{each}(/|\.)", maps)}


def children(pid):
    return [int(each) for path in Path(f"/proc/{pid}/task").glob("*/children") for each in path.read_text().split()]


@contextmanager
def served_alone(data):
    """Serve in a process of its own, as `pigtrack serve` does; at its end it is asked to end."""
    port = free_port()
    command = [sys.executable, "-m", "pigtrack", "serve", "--data", str(data), "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert "pigtrack is at" in server.stdout.readline()
        server.address = f"http://127.0.0.1:{port}"
        yield server
        server.send_signal(signal.SIGTERM)
        _, complaints = server.communicate(timeout=30)
        assert complaints == ""
    finally:
        if server.poll() is None:
            server.kill()
            server.communicate()


def signed_in(data, address, name):
    with opened(data) as record, record.writing(Actor(name, via="web")) as unit:
        token = begin_session(unit, user=need_user(unit.connection, name)["id"])
    return Person(base_url=address, cookies={"pigtrack": token}, timeout=60, verify=False)


def walk(person, course):
    """Ask for every page that needs no more to be known than the course."""
    seen = 0
    for route in (each for router in ROUTERS for each in router.routes):
        if isinstance(route, APIRoute) and "GET" in route.methods:
            path = re.sub(r"\{course(:\w+)?\}", course, route.path)
            if "{" not in path:
                assert person.get(path, params={"days": 90, "language": "en"}).status_code < 500, path
                seen += 1
    assert seen > 20


def wait_until_made(person, address):
    end = time.monotonic() + WAIT_S
    while "You can go on meanwhile" in (page := person.get(address).text):
        assert time.monotonic() < end, page
        time.sleep(0.2)
    return page


def photograph(person, course, drawn):
    """Send a photograph, and wait for what is said of it."""
    data = sorted(drawn.folder.glob("*.jpg"))[1].read_bytes()
    data = data[:2] + bytes.fromhex("fffe0005") + b"new" + data[2:]
    upload = uuid4()
    token = {"X-Form-Token": person.form_token()}
    assert person.put(f"/api/uploads/{upload}?course={course}", content=data, headers=token).status_code == 201
    end = time.monotonic() + WAIT_S
    while not (told := person.get(f"/api/uploads/{upload}", params={"wait": 5}).json())["verdict"]:
        assert time.monotonic() < end, told


def work_at_all(cleo, olga, course, drawn, version):
    """Photograph, correct, sign, export and check, as people do in a day."""
    photograph(cleo, course, drawn)
    seen = {"measurement": version.number, "rows_digest": version.rows_digest}
    signed = cleo.submit(f"/courses/{course}/sign", password=PASSWORD, meaning="reviewed", **seen)
    assert signed.status_code == 303
    told = {"kind": "region", "points": "10,20 200,20 200,150 10,150", "reason": "a mole", "measurement": 1}
    assert cleo.submit(f"/courses/{course}/corrections", **told).status_code == 303
    made = olga.submit("/exports", page="/exports", format="csv").headers["location"]
    assert "Download" in wait_until_made(olga, made)
    assert olga.get(f"{made}/file").content[:2] == b"PK"
    assert olga.submit("/checks", page="/checks").status_code == 303
    wait_until_made(olga, "/checks")


def share(cleo, address, course):
    """Share the course, and open it as its patient."""
    told = cleo.submit(f"/courses/{course}/share", days="90", language="en").text
    link = re.search(r"/link/([\w-]{43})", told)[1]
    code = re.search(r'class="code">([\d ]+)<', told)[1]
    with Person(base_url=address, timeout=60, verify=False) as phone:
        assert phone.post(f"/link/{link}?language=en", data={"code": code}).status_code == 303
        assert phone.get("/link/page?language=en").status_code == 200


def test_a_server_in_which_everything_was_done_has_loaded_nothing_that_measures(staffed, tmp_path, drawn):
    data = shutil.copytree(staffed, tmp_path / "data")
    pictured(data)
    version = follow(label=LABEL, data=data, by="cleo").series.version
    with served_alone(data) as server:
        cleo, olga = (signed_in(data, server.address, each) for each in ("cleo", "olga"))
        with cleo, olga:
            course = re.search(r"/courses/([0-9a-f-]{36})", cleo.get("/").text)[1]
            walk(olga, course)
            work_at_all(cleo, olga, course, drawn, version)
            with opened(data) as record:
                keep_page(record)
            share(cleo, server.address, course)
            walk(olga, course)
        assert loaded(server.pid) == set()
        working = set().union(*(loaded(each) for each in children(server.pid)))
        assert "cv2" in working  # so this would be seen
