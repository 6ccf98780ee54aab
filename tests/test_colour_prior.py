"""The colour prior's file: made by its script, from no measured camera, and small."""

import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pigtrack.store import reference_data
from pigtrack.store.reference_data import data_folder, load_colour_prior, load_spectra

SCRIPT = data_folder("calibration") / "make_colour_prior.py"
FILE = Path(SCRIPT).with_name("colour_prior.npz")


def make(draws: int) -> dict[str, np.ndarray]:
    return runpy.run_path(str(SCRIPT))["make_prior"](draws)


def test_the_file_is_small_and_of_one_piece():
    assert FILE.stat().st_size < 300_000
    prior = load_colour_prior()
    names = [family.name for family in prior.families]
    assert len(names) == len(set(names)) > 30
    for family in prior.families:
        np.testing.assert_allclose(family.mean.sum(axis=0), 1, atol=1e-3)  # a perfect white gives 1
        assert family.basis.shape[1:] == (31, 3)
        assert np.abs(family.basis.sum(axis=1)).max() < 0.02


def test_the_same_draws_give_the_same_prior():
    first, second = make(8), make(8)
    for name, table in first.items():
        np.testing.assert_array_equal(table, second[name])


def test_no_measured_camera_goes_into_the_prior(monkeypatch):
    plain = make(8)
    monkeypatch.setattr(reference_data, "load_spectra", lambda: replace(load_spectra(), cameras={}))
    for name, table in make(8).items():
        np.testing.assert_array_equal(table, plain[name])


@pytest.mark.slow
def test_the_script_makes_the_file():
    rules = runpy.run_path(str(SCRIPT))
    made = rules["make_prior"](rules["DRAWS"])
    with np.load(FILE) as shipped:
        assert set(shipped) == set(made)
        np.testing.assert_array_equal(shipped["families"], made["families"])
        np.testing.assert_allclose(shipped["means"], made["means"], atol=1e-6)
        for ours, theirs in zip(shipped["bases"].astype(float), made["bases"].astype(float), strict=True):
            wide, other = (each.reshape(len(each), -1) for each in (ours, theirs))
            np.testing.assert_allclose(wide.T @ wide, other.T @ other, atol=1e-5)
