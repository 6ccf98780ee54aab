"""What only full-resolution pixels tell: hair, compression, lost detail. A few tiles stand for the whole skin."""

from dataclasses import dataclass

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.colour import decoding_table
from pigtrack.imaging.hair import find_hair
from pigtrack.imaging.quality.skin import SkinView
from pigtrack.imaging.quality.words import Finding
from pigtrack.model.photograph import Photograph, Pixels
from pigtrack.model.quantity import FloatImage

_TILE_PX = 256
_TILES = 12
"""Tiles of full resolution, spread over the skin: at 15 pixels a millimetre each shows 17 mm."""

_BLOCK = 8
"""JPEG's block."""

_ASSUMED_MM_PER_PX = 1 / 17
"""Stands in where the scale is unknown: the usual working scale."""


@dataclass(frozen=True, eq=False, slots=True)
class _Tile:
    """Codes of one tile, and the upright x, y of its first pixel."""

    codes: Pixels
    origin: tuple[int, int]


def judge_fine(photograph: Photograph, view: SkinView, mm_per_px: float | None) -> dict[str, Finding]:
    """Return what the tiles give, by the checks' names; nothing where there is no skin for a tile."""
    tiles = _cut(photograph, view)
    if not tiles:
        return {}
    found = {"compression": Finding(float(np.median([_blocks(tile) for tile in tiles])))}
    share = float(np.mean([_hair(tile, photograph, mm_per_px or _ASSUMED_MM_PER_PX) for tile in tiles]))
    told = f"{100 * share:.1f} %"
    return found | {"hair_share": Finding(share, f"Hair covers {told} of the skin: hold it aside or clip it.")}


def _cut(photograph: Photograph, view: SkinView) -> list[_Tile]:
    """Tiles that are skin throughout, evenly picked."""
    side = max(1, _TILE_PX // view.step)
    rows, columns = view.skin.shape[0] // side, view.skin.shape[1] // side
    if rows < 1 or columns < 1:
        return []
    blocks = view.skin[: rows * side, : columns * side].reshape(rows, side, columns, side)
    places = np.argwhere(blocks.mean(axis=(1, 3)) > 0.98)
    chosen = places[np.unique(np.linspace(0, len(places) - 1, min(_TILES, len(places))).astype(int))]
    tiles = []
    for row, column in chosen.tolist():
        x, y = view.origin[0] + column * side * view.step, view.origin[1] + row * side * view.step
        codes = photograph.pixels[y : y + _TILE_PX, x : x + _TILE_PX]
        if codes.shape[:2] == (_TILE_PX, _TILE_PX):
            tiles.append(_Tile(codes, (x, y)))
    return tiles


def _blocks(tile: _Tile) -> float:
    """How much larger steps are across the borders of JPEG's blocks than elsewhere, less 1."""
    top = np.iinfo(tile.codes.dtype).max
    grey = tile.codes[..., 1].astype(np.float32) / np.float32(top)
    return float(np.mean([_excess(grey, tile.origin[0]), _excess(grey.T, tile.origin[1])]))


def _excess(grey: FloatImage, first: int) -> float:
    """Second differences across columns, those at block borders over the rest."""
    bend = np.abs(np.diff(grey, axis=1)[:, 1:-1] - (np.diff(grey, axis=1)[:, :-2] + np.diff(grey, axis=1)[:, 2:]) / 2)
    means = bend.mean(axis=0)
    border = (first + np.arange(len(means)) + 2) % _BLOCK == 0
    return float(means[border].mean() / max(means[~border].mean(), 1e-6) - 1)


def _hair(tile: _Tile, photograph: Photograph, mm_per_px: float) -> float:
    """Share of a tile that thin, long, dark lines cover."""
    table = decoding_table(photograph.encoding, 8 * tile.codes.dtype.itemsize)
    linear = np.maximum(table[tile.codes].mean(axis=-1), np.float32(2e-3))
    dense = -np.log10(opencv.blur(np.ascontiguousarray(linear), 0.7))
    return float(find_hair(dense, np.ones(dense.shape, bool), mm_per_px=mm_per_px).mean())
