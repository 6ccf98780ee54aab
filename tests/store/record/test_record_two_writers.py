"""Two processes write to one record for a while: no error reaches anybody, no entry is lost, the chain is whole."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from drawn_records import drawn_course, labels_of, lay_out_drawn
from sqlalchemy import func, select

from pigtrack.store.record.checking import check_record
from pigtrack.store.record.tables import measurements, trail
from pigtrack.store.record.trail import read_head

TESTS = Path(__file__).parents[2]

WRITER = """
import json, sys, time
sys.path.insert(0, sys.argv[5])
from pathlib import Path
import cheap_courses
from pigtrack.store.record.courses import need_course
from pigtrack.tracker.record.desk import actor_of, opened
from pigtrack.tracker.record.importing import import_courses
from pigtrack.tracker.record.looking import look_at_course
from pigtrack.tracker.record.measuring import measure_known

name, data, folders, seconds = sys.argv[1], Path(sys.argv[2]), sorted(Path(sys.argv[3]).iterdir()), float(sys.argv[4])
worst, did, left = 0.0, {"imports": 0, "measurements": 0, "views": 0}, iter(folders)
print("ready", flush=True)
sys.stdin.readline()
end = time.monotonic() + seconds
while time.monotonic() < end:
    began = time.monotonic()
    folder = next(left, None)
    if folder is not None:
        (taken,) = import_courses(folders=[folder], data=data, by=name, measure=False)
        did["imports"] += 1
        with opened(data) as record:
            with record.reading() as connection:
                course = str(need_course(connection, taken.label)["id"])
            for method in (cheap_courses.QUICK, cheap_courses.NEWER):
                measure_known(record, course, actor=actor_of(record, name), method=method)
                did["measurements"] += 1
        label = taken.label
    look_at_course(label=label, data=data, by=name)
    did["views"] += 1
    worst = max(worst, time.monotonic() - began)
print(json.dumps({**did, "worst_s": worst}))
"""


def start(name, place, folders, seconds):
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, name, str(place.folder), str(folders), str(seconds), str(TESTS)],
        **dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE),
        text=True,
    )
    assert process.stdout.readline() == "ready\n", process.stderr.read()
    return process


def go(process):
    process.stdin.write("\n")
    process.stdin.flush()


def ended(process):
    out, complaint = process.communicate(timeout=180)
    assert (process.returncode, complaint) == (0, "")
    return Counter(json.loads(out))


@pytest.mark.parametrize(
    ("database", "seconds"),
    [
        ("sqlite", 4),
        pytest.param("postgres", 4, marks=pytest.mark.slow),
        pytest.param("sqlite", 60, marks=pytest.mark.slow),
        pytest.param("postgres", 60, marks=pytest.mark.slow),
    ],
)
def test_two_write_at_once_and_nothing_is_lost(database, seconds, request, tmp_path):
    place = request.getfixturevalue(f"{database}_place")
    place.begin()
    for writer, name in enumerate(("anna", "ben")):
        for number in range(25 * seconds):
            course = drawn_course(1000 * writer + number, sessions=2)
            lay_out_drawn(tmp_path / name / course.id, course)
    both = [start(name, place, tmp_path / name, seconds) for name in ("anna", "ben")]
    for each in both:
        go(each)
    did = [ended(each) for each in both]
    assert all(each["imports"] > seconds / 4 for each in did), "both wrote all the while, on a busy machine too"
    assert max(each["worst_s"] for each in did) < 20, "nobody waits that long"
    with place.open() as record:
        assert len(labels_of(record)) == did[0]["imports"] + did[1]["imports"]
        with record.reading() as connection:
            kept = connection.execute(select(func.count()).select_from(measurements)).scalar_one()
            everything = select(trail.c.actor, func.count()).group_by(trail.c.actor)
            told = dict(map(tuple, connection.execute(everything)))
            views = dict(map(tuple, connection.execute(everything.where(trail.c.action == "view"))))
            head = read_head(connection)
        assert kept == did[0]["measurements"] + did[1]["measurements"]
        assert views == {"anna": did[0]["views"], "ben": did[1]["views"]}
        assert sum(told.values()) == head.seq
        assert list(check_record(record)) == []
