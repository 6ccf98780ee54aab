"""The benchmark of speed: every stage is seen, nothing is counted twice, and the figures are kept."""

import json
import time

import pytest
from drawn_courses import digests

from pigtrack.bench.speed import SpeedCase, SpeedRun, Spent, compute_speed, plan_speed, tell_speed
from pigtrack.errors import OutputError
from pigtrack.tracker import bench_speed, measure
from pigtrack.tracker import jobs as jobs_module
from pigtrack.tracker.stopwatch import STAGES, Stopwatch, watch_stages

CASE = SpeedCase(0.5, 2, 1)


def busy(seconds):
    """Keep the processor busy."""
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def run(stages, yardstick=0.1, whole=10.0):
    return SpeedRun({name: Spent(cpu, cpu) for name, cpu in stages.items()}, Spent(whole, whole), (yardstick,), 100.0)


def test_what_a_stage_inside_another_takes_is_counted_once():
    watch = Stopwatch()
    inner = watch.timed("decode", lambda: busy(0.05))

    def outer():
        busy(0.03)
        inner()
        busy(0.03)

    watch.timed("draw", outer)()
    busy(0.04)  # belongs to no stage
    spent = watch.stages
    assert spent["decode"].cpu == pytest.approx(0.05, abs=0.015)
    assert spent["draw"].cpu == pytest.approx(0.06, abs=0.015)
    assert sum(each.cpu for each in spent.values()) == pytest.approx(0.11, abs=0.03)


def test_a_stage_that_fails_is_counted_and_leaves_the_clock_right():
    watch = Stopwatch()

    def fail():
        busy(0.02)
        raise OutputError("Full.", "Free some.")

    with pytest.raises(OutputError):
        watch.timed("write", fail)()
    watch.timed("decode", lambda: busy(0.02))()
    assert watch.stages["write"].cpu == pytest.approx(0.02, abs=0.01)
    assert watch.stages["decode"].cpu == pytest.approx(0.02, abs=0.01)


def test_every_stage_of_a_measurement_is_seen_and_the_results_are_the_same(drawn, tmp_path):
    before = jobs_module.read_photograph
    plain = measure(course_folder=drawn.folder, out=tmp_path / "plain").out
    started = time.process_time()
    with watch_stages() as watch:
        timed = measure(course_folder=drawn.folder, out=tmp_path / "timed").out
    whole = time.process_time() - started
    assert jobs_module.read_photograph is before
    assert digests(plain) == digests(timed)
    spent = {name: each.cpu for name, each in watch.stages.items()}
    assert set(spent) == set(STAGES)
    assert all(seconds > 0 for seconds in spent.values()), spent
    assert 0.8 * whole < sum(spent.values()) <= whole, (spent, whole)


def test_figures_are_by_photograph_and_in_yardsticks_of_their_own_run():
    figure = compute_speed(CASE, [run({"decode": 0.4}, 0.1), run({"decode": 0.9}, 0.3), run({"decode": 0.6}, 0.1)])
    assert figure.stages["decode"] == pytest.approx(0.3)
    assert figure.ratios["decode"] == pytest.approx(2.0)  # of 2, 1.5 and 3
    assert figure.best["decode"] == pytest.approx(2.0)  # 0.2 over 0.1
    assert (figure.runs, figure.peak_mib, figure.ratio) == (3, 100.0, pytest.approx(50.0))


def test_a_run_without_a_yardstick_is_the_caller_s_fault():
    with pytest.raises(ValueError, match="yardsticks"):
        compute_speed(CASE, [])
    with pytest.raises(ValueError, match="yardsticks"):
        compute_speed(CASE, [SpeedRun({}, Spent(1, 1), (), 1.0)])


def test_the_full_plan_goes_from_2_to_48_megapixels_and_from_2_to_50_sessions():
    full, short = plan_speed(full=True), plan_speed(full=False)
    assert {case.megapixels for case in full} == {2, 4, 12, 24, 48}
    assert {case.sessions for case in full} == {2, 6, 20, 50}
    assert {case.workers for case in full} == {1, 2}
    assert set(short) < set(full)
    assert len(set(full)) == len(full)


def test_the_tables_have_a_column_a_course_and_a_row_a_stage():
    one = compute_speed(CASE, [run({"decode": 0.4, "card": 0.2})])
    two = compute_speed(SpeedCase(0.5, 2, 2), [run({})])
    lines = list(tell_speed([one, two]))
    assert "0.5 MP x 2" in lines[1]
    assert [line.split()[0] for line in lines[2:5]] == ["yardstick", "decode", "card"]
    assert "0.200 (2.0 x)" in lines[3]
    assert len([line for line in lines if line.startswith("0.5 MP x 2")]) == 2


@pytest.mark.slow
def test_a_tiny_benchmark_runs_end_to_end(tmp_path):
    cases = [CASE, SpeedCase(0.5, 3, 2)]
    lines = list(bench_speed(out=tmp_path, runs=1, cases=cases))
    entries = json.loads((tmp_path / "speed.json").read_text())
    first, second = entries["cases"]
    assert set(first["stages"]) == {*STAGES, "other"}
    assert min(first["ratios"][name] for name in STAGES) > 0
    assert second["stages"] == {}
    assert second["cpu_seconds"] > 0
    assert 100 < first["peak_mib"] < 1536
    assert entries["opencv"]
    assert any("yardstick" in line for line in lines)


def test_a_place_that_takes_no_file_is_told_before_the_work(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="is no folder"):
        list(bench_speed(out=tmp_path / "file"))
