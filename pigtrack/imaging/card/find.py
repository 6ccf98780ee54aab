"""The card of a photograph, or the reason why there is none to be used.

Proposals come from `candidates`, are numbered by their colours, laid on the patches' edges by `refine`, read by
`patches`, and accepted by `verify` alone.
"""

import numpy as np
from numpy.typing import NDArray

from pigtrack.imaging.card.candidates import propose_cards
from pigtrack.imaging.card.naming import Proposal
from pigtrack.imaging.card.patches import Patches, read_patches
from pigtrack.imaging.card.redraw import needs_redrawing, redraw_grid
from pigtrack.imaging.card.refine import Grid, card_points, refine_grid, share_around
from pigtrack.imaging.card.verify import Fault, Verdict, judge, refusal
from pigtrack.imaging.card.window import cut_window
from pigtrack.imaging.colour import eight_bit, encode_srgb
from pigtrack.imaging.geometry import apply_homography
from pigtrack.model.calibration import Card, CardReading
from pigtrack.model.flags import QualityFlag
from pigtrack.model.photograph import Encoding, Photograph, Pixels

_TELLING = (Fault.ABSENT, Fault.FOREIGN, Fault.MISFIT, Fault.HIDDEN, Fault.OUTSIDE, Fault.BLOWN_OUT, Fault.MIRRORED)
"""Of several faults the last in this row is told."""

_WORTH_READING = 0.55
"""Likeness of colours, on the small picture, below which a lattice is not read."""

_MOST_READ = 8
"""Lattices that are read in full, the best of every size first: it bounds the work."""

_MOST_SEEN = 0.65
"""Share of the patches seen as tiles that makes a grid of many colours a card, be it of another make."""

_FINAL = frozenset({Fault.BLOWN_OUT, Fault.MIRRORED})
"""The card itself was found; another proposal would show the same."""

_MOST_AROUND = 0.5
"""Share of the sites around the card that hold patches: a larger card, like the Digital SG, may hold this one. Frames
of real cards gave up to 0.29 by their own edges, larger cards 0.8 and more."""


def find_card(photograph: Photograph, card: Card) -> CardReading:
    """Find a colour card and read it.

    Parameters
    ----------
    photograph : Photograph
        8 or 16 bit, any encoding.
    card : Card
        What to look for: a grid of at least three rows and columns and twelve patches, all of unlike colours.

    Returns
    -------
    CardReading
        Centres within about 0.3 % of the pitch, patches in linear light.

    Raises
    ------
    CardError
        Absent, partly hidden, blown out, of another make, or mirrored: problem and remedy.
    ValueError
        If the card has too few patches to be told from anything else.
    """
    if min(card.columns, card.rows) < 3 or card.columns * card.rows < 12:
        raise ValueError(f"card must have 3 x 4 patches or more, got {card.columns} x {card.rows}")
    codes, best, read = _eight_bit(photograph.pixels, photograph.encoding), Fault.ABSENT, 0
    for proposal in propose_cards(codes, card):
        read += proposal.likeness >= _WORTH_READING
        if read > _MOST_READ:
            break
        found = _read(photograph, card, proposal)
        if isinstance(found, CardReading):
            return found
        if found in _FINAL:
            raise refusal(found)
        best = max(best, found, key=_TELLING.index)
    raise refusal(best)


def _eight_bit(pixels: Pixels, encoding: Encoding) -> NDArray[np.uint8]:
    """Codes of 8 bits with a tone curve, in which steps of dark and light patches are alike."""
    if pixels.dtype == np.uint8 or encoding is not Encoding.LINEAR:
        return eight_bit(pixels)
    table = np.rint(encode_srgb(np.arange(65536) / 65535) * 255).astype(np.uint8)
    return np.asarray(table[pixels])


def _read(photograph: Photograph, card: Card, proposal: Proposal) -> CardReading | Fault:
    """Read the card at a proposed grid, or say why it is none."""
    stranger = proposal.seen >= _MOST_SEEN * len(card.xyz)
    if proposal.likeness < _WORTH_READING:
        return Fault.FOREIGN if stranger else Fault.ABSENT
    window = cut_window(photograph.pixels, photograph.encoding, proposal.centres)
    grid = refine_grid(window, card, proposal.centres)
    if needs_redrawing(grid, card):
        grid = redraw_grid(window, card, grid)
    patches = read_patches(window, card, grid.homography)
    verdict = judge(card, photograph.pixels.shape[:2], grid, patches)
    if verdict.fault is Fault.ABSENT and stranger:
        return Fault.FOREIGN
    if verdict.fault is None and share_around(window, card, grid) > _MOST_AROUND:
        return Fault.FOREIGN
    return _reading(card, grid, patches, verdict) if verdict.fault is None else verdict.fault


def _reading(card: Card, grid: Grid, patches: Patches, verdict: Verdict) -> CardReading:
    lost = verdict.spoiled
    flags = {QualityFlag.CARD_CLIPPED} if patches.clipped.any() else set()
    return CardReading(
        card=card,
        centres=apply_homography(grid.homography, card_points(card)),
        homography=grid.homography,
        patches=patches.mean,
        spread=patches.spread,
        clipped=patches.clipped | lost,
        score=verdict.agreement,
        centre_error_px=grid.centre_error_px,
        edge_blur_px=grid.edge_blur_px,
        uneven=patches.uneven,
        flags=frozenset(flags | ({QualityFlag.CARD_UNUSABLE} if lost.any() else set())),
    )
