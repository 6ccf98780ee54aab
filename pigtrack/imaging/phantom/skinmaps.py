"""Melanin, blood and relief of the skin under every pixel of a photograph."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.phantom.field import sample_field
from pigtrack.imaging.phantom.layout import MARGIN_MM
from pigtrack.imaging.phantom.lesions import PlannedLesion, draw_coverage, draw_lesion, reach_mm
from pigtrack.imaging.phantom.marks import Stamp
from pigtrack.imaging.phantom.texture import STEP_MM, SkinTexture
from pigtrack.imaging.skin import SkinTone
from pigtrack.model.quantity import FloatImage

_GATHERING = 0.4
"""Deviation of a pixel's field of view, in pixels: its own square and the filter before it."""

_HOLLOW = np.float32(2.0)
"""Relative loss of diffuse light a millimetre below the surroundings: pores and furrows see less of the room."""


@dataclass(frozen=True, eq=False, slots=True)
class PigmentMaps:
    """What colours the skin at every pixel, each of shape (rows, columns), float32.

    Attributes
    ----------
    melanin, blood : ndarray
        Melanosome and blood fractions.
    ink : ndarray
        Share of a tattoo's full ink.
    shade : ndarray
        Light on the relief, relative to flat skin.
    """

    melanin: FloatImage
    blood: FloatImage
    ink: FloatImage
    shade: FloatImage


def draw_pigments(
    skin: FloatImage,
    layers: FloatImage,
    tone: SkinTone,
    lesions: tuple[PlannedLesion, ...],
    stamps: Iterable[Stamp],
    *,
    session: int,
    field: FloatImage | None = None,
) -> PigmentMaps:
    """Gather everything that lies on the skin at given places.

    Parameters
    ----------
    skin : ndarray, shape (rows, columns, 2)
        Places in millimetres.
    layers : ndarray
        From `light_texture`.
    field : ndarray or None
        From `field.draw_field`.
    """
    own = sample_layers(layers, skin)
    melanin = np.float32(tone.melanin) * (1 + own[..., 0])
    blood = np.float32(tone.blood) * np.maximum(1 + own[..., 1], np.float32(0.2))
    ink = np.zeros_like(melanin)
    for stamp in stamps:
        part = find_window(skin, reach_mm(stamp.state))
        cover = draw_coverage(stamp.state, skin[part][..., 0], skin[part][..., 1])
        melanin[part] *= 1 + np.float32(stamp.melanin_share) * cover
        melanin[part] += np.float32(stamp.melanin) * cover
        blood[part] *= 1 + np.float32(stamp.blood_share) * cover
        ink[part] = np.maximum(ink[part], np.float32(stamp.ink) * cover)
    melanin += draw_lesions(skin, own[..., 2], lesions, session=session)
    if field is not None:
        melanin += sample_field(field, skin)
    return PigmentMaps(melanin, blood, ink, 1 + own[..., 3])


def draw_lesions(
    skin: FloatImage, grain: FloatImage, lesions: tuple[PlannedLesion, ...], *, session: int
) -> FloatImage:
    """Melanosome fraction that all lesions add; where two overlap, the darker one's."""
    added = np.zeros(skin.shape[:2], np.float32)
    for lesion in lesions:
        state = lesion.states[session - 1]
        part = find_window(skin, reach_mm(state))
        cover = draw_lesion(state, skin[part][..., 0], skin[part][..., 1], grain[part], strength=lesion.grain)
        own = np.float32(state.melanin) * cover
        added[part] = np.maximum(added[part], own)
    return added


def find_window(skin: FloatImage, reach: tuple[float, float, float, float]) -> tuple[slice, slice]:
    """Rows and columns whose skin may lie within left, top, right, bottom; a coarse look, two steps wider."""
    step = 8
    coarse = skin[::step, ::step]
    near = 2.0 * step * _spacing(skin)
    left, top, right, bottom = reach
    inside = (
        (coarse[..., 0] > left - near)
        & (coarse[..., 0] < right + near)
        & (coarse[..., 1] > top - near)
        & (coarse[..., 1] < bottom + near)
    )
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    if len(rows) == 0:
        return slice(0, 0), slice(0, 0)
    return slice(rows[0] * step, rows[-1] * step + step), slice(columns[0] * step, columns[-1] * step + step)


def _spacing(skin: FloatImage) -> float:
    return float(np.hypot(*(skin[-1, -1] - skin[0, 0])) / np.hypot(skin.shape[0] - 1, skin.shape[1] - 1))


def light_texture(texture: SkinTexture, lamp_direction: tuple[float, float, float], *, pixel_mm: float) -> FloatImage:
    """Layers of relative melanin, relative blood, grain and relative shade, shape (rows, columns, 4), float32.

    Shade is the relief's slope against the lamp, and what its hollows lose of the diffuse light. All is smoothed
    over the skin that one pixel of ``pixel_mm`` gathers, as sampling it at points would alias.
    """
    x, y, z = lamp_direction
    layers = np.empty((*texture.height.shape, 4), np.float32)
    layers[..., 0], layers[..., 1], layers[..., 2] = texture.melanin, texture.blood, texture.grain
    shade = _HOLLOW * texture.hollow
    shade[:, 1:-1] += (texture.height[:, 2:] - texture.height[:, :-2]) * np.float32(-x / z / (2 * STEP_MM))
    shade[1:-1] += (texture.height[2:] - texture.height[:-2]) * np.float32(-y / z / (2 * STEP_MM))
    layers[..., 3] = shade
    gathered = _GATHERING * pixel_mm / STEP_MM
    return opencv.blur(layers, gathered) if gathered > 0.3 else layers


def sample_layers(layers: FloatImage, skin: FloatImage) -> FloatImage:
    """Layers at places in millimetres, shape (rows, columns, 4), float32; zeros beyond the drawn skin."""
    across = (skin[..., 0] + np.float32(MARGIN_MM)) * np.float32(1 / STEP_MM)
    down = (skin[..., 1] + np.float32(MARGIN_MM)) * np.float32(1 / STEP_MM)
    sampled: FloatImage = opencv.remap_linear(layers, across, down)
    return sampled
