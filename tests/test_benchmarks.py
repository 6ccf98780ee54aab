"""The benchmarks that read real photographs: every photograph was looked at, and a missing folder is said."""

import csv
import runpy
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parent.parent
SCRIPT = CHECKOUT / "benchmarks" / "real_photographs.py"


@pytest.fixture
def run(monkeypatch):
    """Runs the benchmark's definitions, as Python does for a script: with its folder on the path, and nothing kept."""
    monkeypatch.syspath_prepend(str(SCRIPT.parent))

    def ran(folder=None):
        monkeypatch.delitem(sys.modules, "cost", raising=False)
        if folder is not None:
            monkeypatch.setenv("PIGTRACK_REAL_PHOTOS", str(folder))
        return runpy.run_path(str(SCRIPT))

    yield ran
    sys.modules.pop("cost", None)


def test_a_missing_folder_is_said_and_nothing_else(run, tmp_path):
    bench = run(tmp_path)
    assert list(bench["report_turned"]()) == []
    for report in ("report_cards", "report_fixed_camera"):
        (line,) = bench[report]()
        assert "skipped" in line
        assert str(tmp_path) in line


def test_every_photograph_of_a_card_was_looked_at(run):
    bench = run()
    manifest = bench["PHOTOS"] / "cards" / "MANIFEST.csv"
    if not manifest.is_file():
        pytest.skip(f"no real photographs in {bench['PHOTOS']}")
    files = {row["file"] for row in csv.DictReader(manifest.read_text(encoding="utf-8").splitlines())}
    assert set(bench["SIGHTS"]) == files


def test_a_card_of_which_nobody_knows_where_it_lies_can_not_count_as_right(run):
    bench = run()
    assert not bench["_is_right"](bench["Sighting"](True, "", None, 0.0))
    assert not bench["_is_right"](bench["Sighting"](True, "", 0.9, 0.0))
    assert bench["_is_right"](bench["Sighting"](True, "", 0.05, 0.0))
