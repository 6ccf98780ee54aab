"""The stories of measuring again on a real PostgreSQL."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cheap_courses import fill
from postgres_server import NoPostgres, running_server
from sqlalchemy import func, select

from pigtrack.store.record.checking import check_record
from pigtrack.store.record.opening import open_record
from pigtrack.store.record.tables import measurements
from pigtrack.tracker.record.desk import now
from pigtrack.tracker.record.reprocessing import reprocess

TWO = """
import sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from pigtrack.tracker.record.reprocessing import reprocess
print(reprocess(data=Path(sys.argv[1]), tell=print, method="cheap_courses:SLOW").measured)
"""


@pytest.fixture(scope="module")
def server():
    try:
        with running_server() as running:
            yield running
    except NoPostgres as fault:
        pytest.skip(str(fault))


@pytest.fixture
def data(server, tmp_path):
    return fill(tmp_path / "data", 6, database=server.new_database())


def again(data, method):
    told = []
    return reprocess(data=data, tell=told.append, method=f"cheap_courses:{method}"), told


def assert_versions(data, counts):
    with open_record(data, clock=now) as record:
        with record.reading() as connection:
            wanted = select(func.count()).select_from(measurements).group_by(measurements.c.course_id)
            assert sorted(connection.execute(wanted).scalars()) == counts
        assert list(check_record(record)) == []


def test_versions_failures_and_a_second_run_are_as_on_sqlite(data):
    assert again(data, "QUICK")[0].measured == 6
    assert again(data, "QUICK")[0].measured == 0
    outcome, told = again(data, "NEWER")
    assert (outcome.moved, len(told)) == (6, 6)
    outcome, told = again(data, "REFUSING")
    assert (outcome.measured, outcome.counts.failed) == (5, 1)
    assert "Course C-00002 can't be measured: No session is usable. Take the photographs anew." in told
    assert_versions(data, [2, 3, 3, 3, 3, 3])


@pytest.mark.slow
def test_two_at_once_share_the_work(data):
    command = [sys.executable, "-c", TWO, str(data), str(Path(__file__).resolve().parents[2])]
    quiet = {"stdout": subprocess.PIPE, "text": True, "env": {**os.environ, "PYTHONWARNINGS": "error"}}
    both = [subprocess.Popen(command, **quiet) for _ in range(2)]
    counts = [int(each.communicate(timeout=120)[0].splitlines()[-1]) for each in both]
    assert sum(counts) == 6
    assert_versions(data, [1] * 6)
