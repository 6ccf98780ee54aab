"""Measuring again on a real Dask cluster: its workers die, come back, or can't measure; the record stays whole."""

import contextlib
import os
import signal
import sys
import threading
import time

import pytest
from cheap_courses import fill
from sqlalchemy import func, select

from pigtrack.errors import RecordError
from pigtrack.store.record.checking import check_record
from pigtrack.store.record.opening import open_record
from pigtrack.store.record.tables import jobs, measurements
from pigtrack.tracker.record.desk import now
from pigtrack.tracker.record.reprocessing import reprocess
from pigtrack.tracker.record.reprocessing_hands import look_from_worker

distributed = pytest.importorskip("distributed", reason="Dask is not installed: pip install 'pigtrack[dask]'")


@pytest.fixture
def scratch(tmp_path):
    made = tmp_path / "scratch"
    made.mkdir()
    return made


@contextlib.contextmanager
def cluster(tmp_path, scratch, *, workers=2, threads=1):
    plan = {"n_workers": workers, "threads_per_worker": threads, "processes": True, "dashboard_address": "127.0.0.1:0"}
    where = {"local_directory": str(tmp_path / "dask"), "env": {"TMPDIR": str(scratch)}}
    with distributed.LocalCluster(**plan, **where, silence_logs=50) as running:
        yield running


def again(data, address, method="SLOW", **more):
    return reprocess(data=data, dask=address, tell=print, method=f"cheap_courses:{method}", **more)


def rows(data, query):
    with open_record(data, clock=now) as record, record.reading() as connection:
        return connection.execute(query).mappings().all()


def taken(data):
    return rows(data, select(jobs).where(jobs.c.state == "taken"))


def kill_one(data, running, told):
    """Kill a worker that is at a course."""
    while len(taken(data)) < 2:
        time.sleep(0.02)
    victim = next(iter(running.workers.values())).process.process.pid
    os.kill(victim, signal.SIGKILL)
    told.append(victim)


@pytest.mark.skipif(sys.platform == "win32", reason="nothing is killed so there")
def test_workers_killed_in_the_middle_lose_and_double_nothing(tmp_path, scratch):
    data, told = fill(tmp_path / "data", 12), []
    with cluster(tmp_path, scratch) as running:
        killer = threading.Thread(target=kill_one, args=(data, running, told))
        killer.start()
        outcome = again(data, running.scheduler_address, photographs=4)
        killer.join()
        assert told
        assert (outcome.counts.done, outcome.counts.open, outcome.counts.failed) == (12, 0, 0)
        assert again(data, running.scheduler_address).measured == 0
    count = select(func.count().label("count")).select_from(measurements).group_by(measurements.c.course_id)
    assert [row["count"] for row in rows(data, count)] == [1] * 12
    with open_record(data, clock=now) as record:
        assert list(check_record(record)) == []
        assert {version["by"] for version in rows(data, select(measurements))} == {_me()}


def _me():
    import getpass

    return getpass.getuser()


def test_an_address_where_nobody_answers_is_told_in_a_sentence(tmp_path, monkeypatch):
    from pigtrack.tracker.record import reprocessing_hands

    monkeypatch.setattr(reprocessing_hands, "_ANSWER_S", 1)
    data = fill(tmp_path / "data", 1)
    with pytest.raises(RecordError, match="No Dask scheduler answers"):
        again(data, "tcp://127.0.0.1:9")
    with pytest.raises(RecordError, match="No Dask scheduler answers"):
        again(data, "no://address")
    with pytest.raises(RecordError, match="No Dask scheduler answers"):
        again(data, "tcp://127.0.0.1:ninety")


@pytest.mark.slow
def test_a_cluster_without_workers_or_with_unfit_ones_is_refused(tmp_path, scratch, monkeypatch):
    data = fill(tmp_path / "data", 1)
    with cluster(tmp_path, scratch, workers=0) as running, pytest.raises(RecordError, match="has no workers"):
        again(data, running.scheduler_address)
    with cluster(tmp_path, scratch, workers=1) as running:
        monkeypatch.setattr("pigtrack.tracker.record.reprocessing.this_host", lambda: "elsewhere")
        with pytest.raises(RecordError, match="can't share a record in SQLite"):
            again(data, running.scheduler_address)


def test_a_worker_that_would_solve_on_many_threads_says_so(monkeypatch):
    monkeypatch.delenv("OPENBLAS_NUM_THREADS")
    assert "OPENBLAS_NUM_THREADS=1" in str(look_from_worker(None))


@pytest.mark.slow
def test_a_worker_of_many_threads_measures_on_one_at_a_time(tmp_path, scratch):
    data = fill(tmp_path / "data", 6)
    with cluster(tmp_path, scratch, workers=1, threads=4) as running:
        seen = []
        outcome = again(data, running.scheduler_address, progress=lambda *_: seen.append(len(taken(data))))
        assert outcome.measured == 6
        assert max(seen) <= 1


def test_without_dask_it_is_said_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    data = fill(tmp_path / "data", 1)
    with pytest.raises(RecordError, match=r"pip install 'pigtrack\[dask\]'"):
        again(data, "tcp://127.0.0.1:9")
