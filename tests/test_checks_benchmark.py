"""The benchmark of the checks keeps its word: faults found, good photographs not blamed."""

import runpy
from pathlib import Path

import pytest

from pigtrack.imaging.quality import LIMITS

BENCH = Path(__file__).parents[1] / "benchmarks" / "checks.py"


@pytest.fixture(scope="module")
def bench():
    return runpy.run_path(str(BENCH))


def test_every_fault_names_checks_that_exist(bench):
    for fault in (*bench["OWN_FAULTS"], *bench["BESIDE_FAULTS"], bench["STRANGER"]):
        assert set(fault.checks) <= set(LIMITS), fault.name
        assert fault.strength


@pytest.mark.slow
def test_faults_are_found_and_good_photographs_are_not_blamed(bench):
    tally = bench["run"]((403,), 2.0)
    found = {name: tally.found[name] / n for name, n in tally.injected.items()}
    blamed = {name: tally.blamed[name] / n for name, n in tally.good.items()}
    assert min(found.values()) >= 0.88, found  # one miss of nine
    assert sum(found.values()) / len(found) >= 0.97
    assert max(blamed.values()) <= 0.12, blamed
