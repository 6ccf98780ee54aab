"""The benchmark of skin by spectra alone: its conditions are what it says, and its figures hold."""

import runpy
from functools import cache
from pathlib import Path

import numpy as np
import pytest

SCRIPT = Path(__file__).parent.parent / "benchmarks" / "spectra_only.py"


@cache
def bench():
    return runpy.run_path(str(SCRIPT))


def test_its_invented_cameras_are_not_those_of_the_prior():
    rules = runpy.run_path(str(SCRIPT.parents[1] / "calibration" / "make_colour_prior.py"))
    assert bench()["SEED"] != rules["SEED"]
    names = set(bench()["cameras"]())
    assert {"nikon-d5100", "sigma-sd-merrill"} < names
    assert len(names) == 2 + sum(bench()["INVENTED"].values())


def test_its_skins_are_not_those_that_the_fit_is_made_on():
    skins, known = bench()["model_skins"](), bench()["KNOWLEDGE"].skins.spectra
    apart = np.abs(skins.spectra[:, None] - known[None]).max(axis=2).min(axis=1)
    assert np.mean(apart > 1e-3) > 0.7


def test_a_white_gives_one_and_lamps_that_the_prior_never_met_are_others():
    found = bench()["responses"](bench()["cie_lamps"](bench()["UNMET"][:2]))
    for response in found.values():
        np.testing.assert_allclose(response.sum(axis=0), 1)
    assert not set(bench()["UNMET"]) & set(bench()["LAMPS"])


@pytest.mark.parametrize("lamp", ["D65", "FL11"])
def test_the_prior_beats_a_plain_matrix_by_far(lamp):
    table = {name: power for name, power in bench()["TABLES"].lamps.items() if name == lamp}
    skins, errors = bench()["model_skins"](), {}
    for method in ("3x3, all patches alike", "spectral prior"):
        tried = [
            bench()["try_condition"](name, response, bench()["METHODS"][method], skins, 1)
            for name, response in bench()["responses"](table).items()
        ]
        errors[method] = np.mean([each.colour.mean() for each in tried])
    assert errors["spectral prior"] < 0.8
    assert errors["spectral prior"] < 0.4 * errors["3x3, all patches alike"]


@pytest.mark.slow
def test_over_all_conditions_the_figures_hold():
    responses = bench()["responses"]({name: bench()["TABLES"].lamps[name] for name in bench()["LAMPS"]})
    skins, method = bench()["model_skins"](), bench()["METHODS"]["spectral prior"]
    tried = [bench()["try_condition"](name, each, method, skins, bench()["SEEDS"]) for name, each in responses.items()]
    means = np.array([each.colour.mean() for each in tried])
    assert means.mean() <= 0.8
    assert means.max() <= 1.5
    for foretold in ("colour_against_u", "contrast_against_u"):
        assert 0.7 < np.sqrt(np.mean([getattr(each, foretold) ** 2 for each in tried])) < 1.4
