"""The notebooks run from top to bottom with the public names alone, and say what is true."""

import ast
import runpy
from pathlib import Path

import matplotlib
import pytest

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.py")), ids=lambda path: path.stem)
def test_a_notebook_uses_public_names_only(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    modules = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    modules |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not {name for name in modules if name.startswith("pigtrack.")}


def test_the_course_notebook_runs_and_its_intervals_hold_the_truth(capsys):
    matplotlib.use("Agg")
    shown = runpy.run_path(str(NOTEBOOKS / "a_course.py"))
    assert "improved" in capsys.readouterr().out
    true = 100 * (shown["load"] / shown["load"][0] - 1)
    assert ((shown["low"] <= true[1:]) & (true[1:] <= shown["high"])).all()
    matplotlib.pyplot.close(shown["figure"])
