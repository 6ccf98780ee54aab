"""Where a card may be: lattices of tiles at several sizes of the picture, their sites named by colour."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.card.colours import MOTLEY, variety
from pigtrack.imaging.card.lattice import find_lattices
from pigtrack.imaging.card.naming import Proposal, name_sites
from pigtrack.imaging.card.tiles import STEPS, Codes, find_tiles
from pigtrack.imaging.geometry import apply_homography
from pigtrack.model.calibration import Card
from pigtrack.model.quantity import FloatArray

_COARSE = (8, 4, 16, 2)
"""Reductions at which every picture is searched, the cheapest and likeliest first; patches of 9 to 40 px are found in
each, so that these see pitches of 18 to 640 px."""

_SMALLEST = 48
"""Pixels of the shorter side below which a reduction is left out."""

_LARGE = 3.0e6
"""Pixels of a picture that is searched with fewer steps: there is less noise in a small one."""

_ENLARGED = 3.0e6
"""Pixels up to which a picture is also searched at twice its size, for cards of 7 to 10 px pitch."""

_MOST_GAIN = 6.0
"""Two and a half stops of darkness undone in codes; more would lift the noise above the patches' edges."""

_MOST_A_SIZE = 4
"""Lattices of one size that are followed up."""


def propose_cards(codes: Codes, card: Card) -> Iterator[Proposal]:
    """Yield likely cards, centres in upright pixels; the best of each size of the picture first.

    Parameters
    ----------
    codes : ndarray, shape (rows, columns, 3), uint8
        Encoded R, G, B of the whole photograph.
    """
    for reduction in (*_COARSE, 1, 0.5):
        shape = (round(codes.shape[0] / reduction), round(codes.shape[1] / reduction))
        if min(shape) < _SMALLEST or (reduction < 1 and shape[0] * shape[1] > 4 * _ENLARGED):
            continue
        yield from _search(_resized(codes, shape), codes.shape[:2], card)


def _resized(codes: Codes, shape: tuple[int, int]) -> Codes:
    if shape == codes.shape[:2]:
        return codes
    resize = opencv.resize_area if shape[0] < codes.shape[0] else opencv.resize_linear
    return np.asarray(resize(codes, shape), dtype=np.uint8)


def _search(codes: Codes, whole: tuple[int, ...], card: Card) -> Iterator[Proposal]:
    bright = _brightened(codes)
    tiles = find_tiles(bright, steps=STEPS if codes.size / 3 < _LARGE else STEPS[:3])
    likely = [
        lattice
        for lattice in find_lattices(tiles, longest=max(card.columns, card.rows))
        if variety(tiles.colours[lattice.tiles]) > MOTLEY
    ]
    found = [name_sites(codes, tiles, lattice, card) for lattice in likely]
    found.sort(key=lambda proposal: -proposal.likeness)
    for proposal in [p for p in found if p.seen][:_MOST_A_SIZE]:
        yield replace(proposal, centres=_to_upright(proposal.centres, codes.shape[:2], whole))


def _to_upright(grid: FloatArray, shape: tuple[int, ...], whole: tuple[int, ...]) -> FloatArray:
    factor = np.array([whole[1] / shape[1], whole[0] / shape[0]])
    move = np.array([[factor[0], 0, (factor[0] - 1) / 2], [0, factor[1], (factor[1] - 1) / 2], [0, 0, 1]])
    return apply_homography(move, grid)


def _brightened(codes: Codes) -> Codes:
    """Lift each channel so that its 98th percentile comes to 204: undoes darkness and a colour cast, clips nothing.

    ``g·v / (1 + (g - 1)·v)``: a card that is brighter than all around it keeps its steps.
    """
    top = np.percentile(codes[::4, ::4].reshape(-1, 3), 98, axis=0) / 255
    gain = np.clip(4 * (1 - top) / np.maximum(top, 0.01), 1.0, _MOST_GAIN)
    value = np.arange(256)[:, None] / 255
    table = 255 * gain * value / (1 + (gain - 1) * value)
    return np.rint(opencv.look_up_channels(codes, table.astype(np.float32))).astype(np.uint8)
