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

_SEARCHES = ((8, False), (4, False), (16, False), (2, False), (4, True), (2, True), (1, False), (0.5, False))
"""Reductions at which every picture is searched, and whether it is smoothed first, the cheapest and likeliest first.
Pitches of 9 to 40 px are found in each; smoothed ones see through noise and want 18 px."""

_SMOOTHING_PX = 1.2
"""Standard deviation: takes three quarters off the noise of a pixel, and leaves a gap of 2.5 px."""

_SMALLEST = 48
"""Pixels of the shorter side below which a reduction is left out."""

_LARGE = 3.0e6
"""Pixels of a picture that is searched with fewer steps, for the time it takes, and smoothed from half of that down."""

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
    for reduction, smoothed in _SEARCHES:
        shape = (round(codes.shape[0] / reduction), round(codes.shape[1] / reduction))
        size = shape[0] * shape[1]
        if min(shape) < _SMALLEST or (reduction < 1 and size > 4 * _ENLARGED) or (smoothed and size > _LARGE / 2):
            continue
        small = _resized(codes, shape)
        yield from _search(_smoothed(small) if smoothed else small, codes.shape[:2], card)


def _resized(codes: Codes, shape: tuple[int, int]) -> Codes:
    if shape == codes.shape[:2]:
        return codes
    resize = opencv.resize_area if shape[0] < codes.shape[0] else opencv.resize_linear
    return np.asarray(resize(codes, shape), dtype=np.uint8)


def _smoothed(codes: Codes) -> Codes:
    return np.rint(opencv.blur(codes.astype(np.float32), _SMOOTHING_PX)).astype(np.uint8)


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
