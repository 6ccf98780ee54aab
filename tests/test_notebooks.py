"""The notebooks run from top to bottom with the public names alone, say what is true, and are shown as they run."""

import ast
import json
import re
import runpy
from pathlib import Path

import matplotlib
import numpy as np
import pytest

import pigtrack

ROOT = Path(__file__).parent.parent
NOTEBOOKS = ROOT / "notebooks"
SOURCES = sorted(NOTEBOOKS.glob("*.py"))
WITH_NAMES = pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)

HOST = re.compile(r"/(?:work|tmp|root|home|Users|private|var)/|[A-Z]:\\\\|https?://(?!doi\.org)|0x[0-9a-f]{6,}")
"""What would tell of the machine that ran a notebook, or lead out of it."""


@pytest.fixture
def run(monkeypatch):
    """Runs a notebook where it lies, and counts the pictures that it shows."""
    matplotlib.use("Agg")
    from matplotlib import pyplot

    shown = []

    def show():
        shown.append(len(pyplot.get_fignums()))
        pyplot.close("all")

    def ran(name):
        monkeypatch.setattr(pyplot, "show", show)
        monkeypatch.chdir(NOTEBOOKS)
        (source,) = NOTEBOOKS.glob(f"{name}*.py")
        return {**runpy.run_path(str(source)), "pictures": sum(shown)}

    yield ran
    pyplot.close("all")
    matplotlib.rcdefaults()


def test_there_are_all_of_them_with_their_pictures():
    assert [path.stem[:2] for path in SOURCES] == ["01", "02", "03", "04"]
    assert all(path.with_suffix(".ipynb").exists() for path in SOURCES)


@WITH_NAMES
def test_a_notebook_uses_public_names_only(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    modules = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    modules |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not {name for name in modules if name.startswith("pigtrack.") or "pigtrack" in name.split(".")[1:]}
    asked = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "pigtrack"
    }
    assert asked
    assert asked <= set(pigtrack.__all__)


@WITH_NAMES
def test_the_notebook_that_is_shown_is_the_one_that_runs(path):
    made = runpy.run_path(str(ROOT / "docs" / "make_notebooks.py"))["load_notebook"](path)
    shown = json.loads(path.with_suffix(".ipynb").read_text(encoding="utf-8"))
    sources = ["".join(cell["source"]) for cell in shown["cells"]]
    assert sources == [cell.source for cell in made.cells], "run: python docs/make_notebooks.py"


@WITH_NAMES
def test_the_notebook_that_is_shown_is_whole_and_tells_nothing_of_its_machine(path):
    shown = path.with_suffix(".ipynb")
    assert shown.stat().st_size <= 1_000_000
    cells = [cell for cell in json.loads(shown.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell["outputs"]]
    assert not [output for output in outputs if output["output_type"] == "error" or output.get("name") == "stderr"]
    told = json.dumps(
        [{**output, "data": {**output.get("data", {}), "image/png": "", "image/jpeg": ""}} for output in outputs]
    )
    assert HOST.findall(told) == []
    assert sum("image/png" in o.get("data", {}) or "image/jpeg" in o.get("data", {}) for o in outputs) >= 3


def test_one_photograph_its_spot_stands_out_of_melanin_and_not_of_redness(run):
    told = run("01")
    assert told["pictures"] == 5
    assert told["height"] > 15
    assert told["reddening"] < 0.25 * told["height"]
    assert np.nanmean(told["left_out"]) < 3
    assert np.nanmean(told["left_out"][:2]) < np.nanmax(told["left_out"])  # "saturated patches stand higher than skin"


def test_a_course_its_intervals_hold_the_truth_and_the_faintest_spot_is_told_worst(run, capsys):
    told = run("02")
    assert told["pictures"] == 4
    assert "improved" in capsys.readouterr().out
    assert ((told["low"] <= told["true"][1:]) & (told["true"][1:] <= told["high"])).all()
    faintest, second = told["faintest"], told["second"]
    assert faintest["load_detectable_percent"] == second["load_detectable_percent"].max()
    assert faintest["load_change_ci_low"] < 0 < faintest["load_change_ci_high"]
    assert (told["detectable"][0] < second["load_detectable_percent"]).all()
    assert {"improved", "no_detectable_change"} <= set(second["verdict"])


def test_how_far_to_trust_it_light_moves_the_pixels_and_not_the_verdict(run):
    told = run("03")
    assert told["pictures"] == 4
    assert np.abs(told["raw"]).min() > 10
    assert (told["least"] < 0).all()
    assert (told["most"] > 0).all()
    assert set(told["later"]["verdict"]) == {"no_detectable_change"}
    session, faint = told["power"]["a session's load"], told["power"]["a faint or small spot"]
    assert session[1] > 90  # "a fall of about 10 % is nearly always called"
    assert 35 < session[0] < 65  # "one of 5 % in about half of the cases"
    assert (faint[1:4] < session[1:4] - 30).all()
    figures = told["figures"]
    falls = {pair: figures[pair]["unchanged: session wrongly improved"]["value"] for pair in told["pairs"]}
    assert max(falls, key=falls.get) == "phone light"  # "phones fall short on light skin"
    areas = {pair: figures[pair]["95 % interval of area covers, lesions"]["value"] for pair in told["pairs"]}
    assert min(areas, key=areas.get) == "phone dark"
    assert figures["dark"]["load bias, median"]["value"] > figures["light"]["load bias, median"]["value"]
    assert all(figures[pair]["unchanged: session wrongly improved"]["cases"] == 46 for pair in told["pairs"])


def test_a_cohort_its_intervals_hold_the_true_means_and_the_small_group_is_hidden(run, capsys):
    told = run("04")
    assert told["pictures"] == 3
    shown, groups = told["shown"], told["groups"]
    assert list(shown["group"]) == ["Product A", "Product B"]
    assert (shown["change_ci_low"] <= told["true"]).all()
    assert (told["true"] <= shown["change_ci_high"]).all()
    assert (
        shown["patients_high"] - shown["patients_low"] > 1.5 * (shown["change_ci_high"] - shown["change_ci_low"])
    ).all()
    hidden = groups[groups["hidden"].astype(bool)]
    assert list(hidden["group"]) == ["Product C"]
    assert hidden[["n_patients", "n_courses", "change_percent"]].isna().all(axis=None)
    said = capsys.readouterr().out
    assert "Not randomised" in said
    assert "Product C: fewer than 5 patients." in said
    assert f"{len(told['truth'])} courses of {told['truth']['patient'].nunique()} patients" in said
    both = told["truth"].groupby("patient").size()
    assert (both == 2).sum() == 2
