"""The server killed under load: what was acknowledged is there. A hundred times: `make kills-web`."""

import random
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def web_kills(monkeypatch):
    monkeypatch.setattr(sys, "path", [str(BENCHMARKS), *sys.path])
    return pytest.importorskip("web_kills")


def test_a_killed_server_has_lost_nothing_that_it_acknowledged(web_kills, tmp_path):
    told = web_kills.kill(tmp_path, 2, random.Random(2), measure=False)
    assert told["lost"] == 0
    assert told["acknowledged"] > 0


@pytest.mark.slow
def test_killed_again_and_again_it_measures_each_input_once(web_kills, tmp_path):
    told = web_kills.kill(tmp_path, 6, random.Random(3))
    assert (told["lost"], told["measured"]) == (0, 6)
    assert sum(told["kills"].values()) == 6
