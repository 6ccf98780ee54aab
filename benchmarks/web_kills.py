"""Kills the web app's server at random under load, a hundred times, and looks at what is left.

    python benchmarks/web_kills.py [--rounds N] [--seed N] [--out FILE]

Each round serves one record by `pigtrack serve`, sends photographs from several senders, and kills the server with
SIGKILL after a random time: alone, or with every process that it began. Then it looks: every photograph that was
acknowledged in this round or any before is there, once and whole; the record verifies, its chain with it. What was sent
and not acknowledged is sent again under the same id in the next round, as a phone does. Meanwhile courses are measured,
asked for in some rounds and taken up by each server after them; at the end each stands measured, once: no input of any
course was measured twice.
"""

import argparse
import hashlib
import json
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import httpx
from drawn_records import fill, picture
from served_records import staff
from sqlalchemy import func, select
from web_server import Server, count_faults, tokens

from pigtrack.store.record.opening import create_record
from pigtrack.store.record.tables import courses, measurements
from pigtrack.tracker.record.desk import now, opened
from pigtrack.tracker.record.importing import import_courses

ROUNDS = 100
SENDERS = 3
_UP_TO_S = 2.5
"""A kill comes within this after the server is ready: a dozen photographs, some of them half sent."""

_LONG_S, _LONG_EACH = 14.0, 5
"""Each so-manieth round may last so long: time enough to measure a course of two photographs, or to be killed at it."""

_SAMPLES = 6
"""Courses that are measured."""

_MEASURED_WITHIN_S = 600
_SAMPLE = Path(__file__).resolve().parent.parent / "sample_images" / "before-after"


@dataclass
class Seen:
    """What was sent: bodies by id that nobody acknowledged yet; digests of those that were."""

    open: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)
    again: int = 0
    refused: list[str] = field(default_factory=list)


def main() -> None:
    """Kill, look, count, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", help="write the figures as JSON")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pigtrack-web-kills-") as scratch:
        figures = kill(Path(scratch), asked.rounds, random.Random(asked.seed))
    print(json.dumps(figures, indent=1))
    if asked.out:
        Path(asked.out).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def kill(scratch: Path, rounds: int, chance: random.Random, *, measure: bool = True) -> dict[str, object]:
    """Kill so many servers one after another; end with status 1 at the first thing that is not as it should be."""
    data, secret = _prepare(scratch, measure)
    seen = Seen()
    for number in range(rounds):
        _kill_once(data, secret, seen, chance, number=number, rounds=rounds if measure else 0)
        found = count_faults(data, seen.kept)
        if not found["nothing_lost"] or seen.refused:
            raise SystemExit(f"round {number}: {found} {seen.refused}")
    measured = _measure_out(data) if measure else 0
    twice = _measured_twice(data)
    if twice:
        raise SystemExit(f"measured twice: {twice}")
    told = {"rounds": rounds, "kills": dict(seen.kills), "acknowledged": len(seen.kept), "sent_again": seen.again}
    return {**told, "measured": measured, "lost": 0}


def _prepare(scratch: Path, measure: bool) -> tuple[Path, str]:
    data = scratch / "data"
    create_record(data, clock=now)
    with opened(data) as record:
        fill(record, range(5), sessions=2, lesions=2)
    staff(data)
    if measure:
        folders = [_copy(scratch, number) for number in range(_SAMPLES)]
        import_courses(folders=folders, data=data, by="olga", measure=False)
    return data, tokens(data, "cleo", 1)[0]


def _copy(scratch: Path, number: int) -> Path:
    """Return the sample course as one of another patient."""
    folder = shutil.copytree(_SAMPLE, scratch / f"sample-{number}")
    told = (folder / "course.toml").read_text(encoding="utf-8")
    told = re.sub(r'(?m)^id = ".*"$', f'id = "sample-{number}"', told)
    told = re.sub(r'(?m)^subject = ".*"$', f'subject = "sample-{number}"', told)
    (folder / "course.toml").write_text(told, encoding="utf-8")
    return folder


def _kill_once(data: Path, secret: str, seen: Seen, chance: random.Random, *, number: int, rounds: int) -> None:
    """Serve, send, kill; now and then ask for a course to be measured (``rounds`` of 0: never)."""
    whole = chance.random() < 0.5
    with opened(data) as record, record.reading() as connection:
        known = connection.execute(select(courses.c.id, courses.c.label).order_by(courses.c.label)).all()
    drawn = [str(uid) for uid, label in known if label.startswith("C-")]
    due = [str(uid) for n, uid in enumerate(_samples(known)) if rounds and number == n * rounds // _SAMPLES]
    server = Server(data)
    with server:
        cookies = {"pigtrack": secret}
        with httpx.Client(base_url=server.address, cookies=cookies, timeout=30) as browser:
            token = re.search(r'name="form_token" value="([^"]+)"', browser.get("/").text)[1]
            headers = {"X-Form-Token": token, "Sec-Fetch-Site": "same-origin"}
            for course in due:
                browser.post(f"/courses/{course}/measure", headers=headers)
            ended, left = threading.Event(), list(seen.open.items())
            mine = [(left[n::SENDERS], random.Random(chance.random())) for n in range(SENDERS)]
            senders = [
                threading.Thread(target=_send, args=(browser, headers, drawn, seen, each, chance_of, ended))
                for each, chance_of in mine
            ]
            for each in senders:
                each.start()
            time.sleep(chance.uniform(0, _LONG_S if rounds and number % _LONG_EACH == 1 else _UP_TO_S))
            _end(server, whole)
            ended.set()
            for each in senders:
                each.join()
    seen.kills["with its workers" if whole else "alone"] += 1


def _samples(known: Sequence[tuple[str, str]]) -> list[str]:
    return [str(uid) for uid, label in known if not label.startswith("C-")]


def _end(server: Server, whole: bool) -> None:
    if whole:
        os.killpg(server.process.pid, signal.SIGKILL)
    else:
        server.process.kill()
    server.process.wait()


def _send(
    browser: httpx.Client,
    headers: dict[str, str],
    drawn: list[str],
    seen: Seen,
    left: list[tuple[str, tuple[str, bytes]]],
    chance: random.Random,
    ended: threading.Event,
) -> None:
    """Send what an earlier server did not acknowledge, then others, until the server is gone."""
    while not ended.is_set():
        if left:
            upload, (course, body) = left.pop()
            seen.again += 1
        else:
            upload, course = str(uuid4()), chance.choice(drawn)
            body = picture(upload)
            seen.open[upload] = (course, body)
        try:
            answer = browser.put(f"/api/uploads/{upload}", params={"course": course}, content=body, headers=headers)
        except httpx.HTTPError:
            continue
        if answer.status_code in (200, 201):
            seen.kept[upload] = hashlib.sha256(body).hexdigest()
            seen.open.pop(upload, None)
        else:
            seen.refused.append(f"{answer.status_code}: {answer.text}")
            return


def _measure_out(data: Path) -> int:
    """Serve until every course that was asked for stands measured; return how many measurements there are of them."""
    asked = ~courses.c.label.startswith("C-")
    with Server(data):
        end = time.monotonic() + _MEASURED_WITHIN_S
        while time.monotonic() < end:
            with opened(data) as record, record.reading() as connection:
                left = select(func.count()).select_from(courses).where(asked, courses.c.measurement_id.is_(None))
                made = select(func.count()).select_from(measurements).join(courses).where(asked)
                if not connection.execute(left).scalar_one():
                    return int(connection.execute(made).scalar_one())
            time.sleep(1)
    raise SystemExit("a course was not measured in time")


def _measured_twice(data: Path) -> list[str]:
    """Return the courses of which an input was measured more than once by the same versions."""
    names = ("course_id", "input_digest", "versions_digest", "settings_digest")
    columns = [measurements.c[name] for name in names]
    with opened(data) as record, record.reading() as connection:
        found = connection.execute(select(*columns).group_by(*columns).having(func.count() > 1)).all()
    return [str(each[0]) for each in found]


if __name__ == "__main__":
    main()
