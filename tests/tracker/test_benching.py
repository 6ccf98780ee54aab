"""The benchmark as a whole: its plan, and one small run."""

import csv
import json

import pytest

from pigtrack.bench.plan import FALLS
from pigtrack.imaging.phantom import ChangeKind, Scenario
from pigtrack.imaging.skin import TONES as SKIN_TONES
from pigtrack.tracker import benching
from pigtrack.tracker.benching import SCENARIOS, TONES, BenchJob, bench_accuracy, plan_bench


def test_seeds_for_development_and_for_the_record_never_meet(tmp_path):
    short, full = (plan_bench(full=full, folder=tmp_path) for full in (False, True))
    development, record = ({job.seed for job in jobs} for jobs in (short, full))
    assert len(development) == len(short)
    assert len(record) == len(full)
    assert not development & record
    assert max(development) < min(record)


def test_every_scenario_and_tone_is_drawn_with_and_without_change(tmp_path):
    for full in (False, True):
        jobs = plan_bench(full=full, folder=tmp_path)
        drawn = {(job.scenario, job.tone, job.change) for job in jobs}
        assert drawn >= {(s, t, c) for s in SCENARIOS for t in TONES for c in ("mixed", "static")}
        assert len({job.name for job in jobs}) == len(jobs)


def test_the_record_holds_200_unchanged_courses_every_size_of_fall_and_reseated_shots(tmp_path):
    jobs = plan_bench(full=True, folder=tmp_path)
    assert sum(job.change == "static" and job.shots == 1 for job in jobs) >= 200
    kinds = {(s, t) for s in SCENARIOS for t in TONES}
    for fall in FALLS:
        assert {(job.scenario, job.tone) for job in jobs if job.fall == fall and job.shots == 1} == kinds
    assert {(job.scenario, job.tone) for job in jobs if job.shots == 3 and job.change == "static"} == kinds
    assert {job.fall for job in jobs if job.shots == 3} == {None, 10.0, 20.0}


def test_the_plan_names_only_what_the_phantom_draws(tmp_path):
    for job in plan_bench(full=True, folder=tmp_path):
        assert Scenario(job.scenario)
        assert ChangeKind(job.change)
        assert job.tone in SKIN_TONES


@pytest.mark.slow
def test_a_small_run_writes_its_figures_and_its_worst_cases(tmp_path, monkeypatch):
    def small(*, full, folder):
        return (BenchJob("studio", "light", "static", 100, 2, str(folder)),)

    monkeypatch.setattr(benching, "plan_bench", small)
    lines = list(bench_accuracy(out=tmp_path / "bench", workers=1))
    assert "1 courses" in lines[0]
    assert any(line.startswith("Dice, median") for line in lines)
    entries = json.loads((tmp_path / "bench" / "accuracy.json").read_text(encoding="utf-8"))
    assert set(entries["figures"]) == {"all", "studio", "light", "studio light"}
    found = {each["name"]: each for each in entries["figures"]["all"]}
    assert found["card found"]["value"] == 100
    assert found["Dice, median"]["value"] >= 0.9
    assert found["contrast error, mean size"]["value"] <= 0.5
    assert found["unchanged: session wrongly improved"]["value"] == 0
    with (tmp_path / "bench" / "accuracy.csv").open(encoding="utf-8", newline="") as rows:
        assert {row["figure"] for row in csv.DictReader(rows)} == set(found)
    assert list((tmp_path / "bench" / "worst").glob("01-*.png"))
