"""The spectral prior at work on one photograph: its correction, its leave-one-out, and how it sees skin."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pigtrack.imaging.calibrate.expansion import ROOT_TERMS, absorb, expand
from pigtrack.imaging.calibrate.levelling import Levelling
from pigtrack.imaging.calibrate.response import fit_response, leave_out_responses
from pigtrack.imaging.calibrate.skins import Knowledge, fit_on_skins, leave_out_matrices
from pigtrack.imaging.colour import delta_e_2000, xyz_to_lab
from pigtrack.model.calibration import Card
from pigtrack.model.quantity import FloatArray

_HEARD = 0.1
"""Patches of less weight than this take no part in the response: what the model expects of them is no evidence."""


@dataclass(frozen=True, eq=False, slots=True)
class SkinView:
    """What the posterior response says of skins and of the card.

    Attributes
    ----------
    matrix : ndarray, shape (3, 6)
        The correction that is right for skin.
    without : ndarray, shape (patches, 3, 6)
        The same found without each patch; nan where it was not kept.
    seen : ndarray, shape (skins, 3)
        Levelled values of the simulated skins in this photograph.
    surprise_delta_e00 : ndarray, shape (patches,)
        CIEDE2000 between what each patch shows and what the others say the camera should see of its spectrum, both
        through the correction. As this is made for skin and gives paint another colour by design, here is what the
        fit is really wrong by; nan where the patch was not kept.
    u_skin_delta_e00, u_contrast : float
        What response, tone curve and the correction's terms leave open.
    """

    matrix: FloatArray
    without: FloatArray
    seen: FloatArray
    surprise_delta_e00: FloatArray
    u_skin_delta_e00: float
    u_contrast: float


def view_skins(levelling: Levelling, card: Card, kept: NDArray[np.bool_], knowledge: Knowledge) -> SkinView | None:
    """Fit the response to a levelled card and look at skin through it; None for a card without spectra."""
    if card.spectra is None:
        return None
    explained, narrowed = levelling.explained, replace(knowledge, prior=levelling.prior)
    heard = kept & (levelling.weights > _HEARD)
    response = fit_response(explained, card.spectra, heard, levelling.prior)
    skins = knowledge.skins.spectra @ response.mean
    doubt = levelling.doubt(skins)
    matrix, (u_skin, u_contrast) = fit_on_skins(explained, card, heard, narrowed, response=response, doubt=doubt)
    without = leave_out_matrices(explained, card, heard, narrowed, response=response, doubt=doubt)
    without[kept & ~heard] = matrix
    seen = np.vstack([skins, explained[kept]])
    matrix = absorb(matrix[None], seen, levelling.unexplained.at(seen)[None])[0]
    without[kept] = absorb(without[kept], seen, levelling.unexplained_without.at(seen))
    means = leave_out_responses(explained, card.spectra, heard, levelling.prior, noise=response.noise)
    means[kept & ~heard] = response.mean
    foretold = np.einsum("pw,pwc->pc", card.spectra[kept], means[kept])
    surprise = np.full(len(kept), np.nan)
    surprise[kept] = _surprise(foretold, levelling, without[kept], kept)
    skins = skins + levelling.unexplained.at(skins)
    return SkinView(matrix, without, skins, surprise, u_skin, u_contrast)


def _surprise(foretold: FloatArray, levelling: Levelling, matrices: FloatArray, kept: NDArray[np.bool_]) -> FloatArray:
    """CIEDE2000 of what the patches show against what was foretold of them, shape (kept patches,)."""
    each = np.arange(len(foretold))
    foretold = foretold + levelling.unexplained_without.at(foretold)[each, each]
    shown = levelling.left_out[kept]
    lab = [xyz_to_lab(np.einsum("pit,pt->pi", matrices, expand(rgb, ROOT_TERMS))) for rgb in (shown, foretold)]
    return delta_e_2000(lab[0], lab[1])
