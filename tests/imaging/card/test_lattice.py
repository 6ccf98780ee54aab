import numpy as np
import pytest
from drawn_card import develop, draw_card

from pigtrack.imaging.card.lattice import find_lattices
from pigtrack.imaging.card.tiles import Tiles, find_tiles
from pigtrack.imaging.geometry import apply_homography


def tiles_at(centres, side=8.0):
    colours = np.random.default_rng(9).uniform(0, 1, (len(centres), 3))
    return Tiles(np.asarray(centres, dtype=float), np.full(len(centres), side), colours)


def grid(columns=6, rows=4, pitch=10.0, homography=None):
    sites = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1).reshape(-1, 2)
    matrix = np.diag([pitch, pitch, 1.0]) if homography is None else homography
    return apply_homography(matrix, sites.astype(float))


def test_the_patches_of_a_drawn_card_are_tiles():
    tiles = find_tiles(develop(draw_card()).pixels[::2, ::2].copy())
    assert len(tiles.centres) >= 20


def test_a_grid_in_perspective_is_grown_whole():
    places = grid(homography=np.array([[10, 2, 50], [-1, 11, 60], [8e-3, 1e-2, 1.0]]))
    (lattice,) = find_lattices(tiles_at(places))
    assert len(lattice.sites) == 24
    assert np.abs(apply_homography(lattice.homography, lattice.sites.astype(float)) - places[lattice.tiles]).max() < 0.1


def test_a_grid_with_gaps_is_grown_across_them():
    kept = np.ones(24, dtype=bool)
    kept[[2, 8, 15, 22]] = False
    (lattice,) = find_lattices(tiles_at(grid()[kept]))
    assert len(lattice.sites) == 20


def test_two_grids_side_by_side_stay_two():
    beside = np.vstack([grid(), grid() + np.array([87.0, 3.0])])
    assert sorted(len(lattice.sites) for lattice in find_lattices(tiles_at(beside))) == [24, 24]


@pytest.mark.parametrize("count", [0, 1, 7])
def test_too_few_tiles_make_no_grid(count):
    assert list(find_lattices(tiles_at(grid()[:count]))) == []


def test_scattered_tiles_make_no_card():
    found = find_lattices(tiles_at(np.random.default_rng(4).uniform(0, 600, (1500, 2))))
    assert max((len(lattice.sites) for lattice in found), default=0) < 20


def test_tiles_of_one_colour_are_no_card():
    same = Tiles(grid(20, 20), np.full(400, 8.0), np.full((400, 3), 0.4))
    assert list(find_lattices(same)) == []
