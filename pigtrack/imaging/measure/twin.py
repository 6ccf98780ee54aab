"""A disc drawn like the spot and seen like the spot: what the photograph's blur does to extent and contrast.

A blurred edge reads its half level too far in, for two reasons. It is bent: a simply connected spot loses πσ² of
area whatever its shape. And lens, sensor and calming mix *light*, of which the bright side has more, while the half
level is one of density: a dark spot loses more than a faint one. Small spots lose height as well. All of that is
read off a disc of the spot's size, edge and height that goes the spot's own way through blur, logarithm and ruler.
"""

from dataclasses import dataclass, replace

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.colour import srgb_image_to_lab
from pigtrack.imaging.indices import apply_curve
from pigtrack.imaging.skin import FRESNEL
from pigtrack.model.metrics import PigmentRuler
from pigtrack.model.photograph import RegisteredImage
from pigtrack.model.quantity import BoolImage, FloatArray, FloatImage

MOST_STEPS = 160
"""From a twin's centre to its rim, at the most: a disc of 8 mm is then drawn in steps of 0.04 mm."""

STEPS_A_SIGMA = 1.4
"""A Gaussian of fewer pixels' deviation than this is drawn badly."""

MOST_SURFACE = 0.6
"""Of the skin's darkest channel that its surface may send back: more is a calibration's error."""

USUAL_MI = 10.0
"""Height at which the ruler's direction of melanin is taken for the change of density."""

ROUNDS = 3
"""Radius, edge and plateau of a twin settle to 0.2 % in three."""

MOST_GAIN = 1.5
"""By which a twin's plateau is raised or lowered in a round."""

DOSES: FloatArray = np.linspace(0, 3, 61)
"""Of pigment, in units of what reads as `USUAL_MI`; on dark skin three of them leave little light."""

_TEN_TO_NINETY = 2 * np.log(9.0)
"""Width of a logistic step from 10 to 90 %, in its scale."""

_SIGMAS_10_TO_90 = 2.563
"""Between the 10 and 90 % points of a Gaussian's integral."""

_DARKEST = 2e-3
"""Light below which no density is taken; the ruler's own bound."""


@dataclass(frozen=True, eq=False, slots=True)
class Optics:
    """How a photograph turns pigment into height.

    Attributes
    ----------
    skin : ndarray, shape (3,)
        Linear sRGB of its plain skin, under the light of the course's usual skin.
    ruler : PigmentRuler
    photo_px : float
        Deviation in frame pixels of the Gaussian that blurs the photograph; the ruler's calming comes on top.
    heights : ndarray, shape (doses,)
        Melanin index that `DOSES` of pigment read, rising from 0.
    """

    skin: FloatArray
    ruler: PigmentRuler
    photo_px: float
    heights: FloatArray

    @property
    def reach(self) -> float:
        """Greatest height that pigment reads."""
        return float(self.heights[-1])

    @property
    def light_px(self) -> float:
        """Deviation of both blurs of light."""
        return float(np.hypot(self.photo_px, self.ruler.calm_radius_px))


@dataclass(frozen=True, slots=True)
class Disc:
    """Radius of the half level, width of the edge from 10 to 90 % (frame pixels), height of the plateau (index)."""

    radius_px: float
    edge_px: float
    height: float


@dataclass(frozen=True, eq=False, slots=True)
class Twin:
    """A quarter of a disc, its centre at the first pixel, as it is and as it is seen.

    Attributes
    ----------
    disc : Disc
        As it is.
    step_px : float
        Frame pixels a pixel here.
    truth, seen, calmed : ndarray, shape (steps, steps), float32
        Height in proportion to the pigment; as the ruler reads it through the blur; and smoothed for outlining.
    lab_shift : ndarray, shape (3,)
        L*, a*, b* that the median inside lacks through the photograph's blur.
    """

    disc: Disc
    step_px: float
    truth: FloatImage
    seen: FloatImage
    calmed: FloatImage
    lab_shift: FloatArray

    def seen_at(self, level: float) -> float:
        """Height at which the calmed disc shows the place where pigment stands for the height ``level``."""
        top = float(self.truth[0, 0])
        if level >= top:
            return level * float(self.calmed[0, 0]) / top
        return float(np.interp(-level, -self.truth[0].astype(np.float64), self.calmed[0].astype(np.float64)))

    @property
    def half(self) -> float:
        """Height that half of the pigment stands for."""
        return float(self.truth[0, 0]) / 2

    @property
    def contrast_gain(self) -> float:
        """True median height inside over the seen one."""
        inside = _radii(self.truth.shape[0], self.step_px) <= self.disc.radius_px
        return float(np.median(self.truth[inside]) / np.median(self.seen[inside]))

    @property
    def load_gain(self) -> float:
        """True sum of heights over the seen one: mixing light takes off what mixing heights would keep."""
        once = np.ones(len(self.truth))
        once[0] = 0.5
        return float((once @ self.truth @ once) / (once @ self.seen @ once))


def read_optics(image: RegisteredImage, ruler: PigmentRuler, skin: BoolImage) -> Optics:
    """Gather what blurs this photograph; a sharpness of 0 (unknown) counts as none.

    Parameters
    ----------
    skin : ndarray of bool
        Valid spot-free skin; all valid pixels serve where there is none.
    """
    here = skin if skin.any() else image.valid
    colour = np.median(image.linear[::4, ::4][here[::4, ::4]], axis=0).astype(np.float64)
    dimmer = float(ruler.light_weights @ (-np.log10(np.maximum(colour, _DARKEST)) - ruler.skin_density))
    bare = Optics(colour * 10**dimmer, ruler, image.sharpness_px, np.zeros(1))
    heights = _height(_dosed(DOSES[None, ::-1], bare), bare)[0, ::-1].astype(np.float64)
    return replace(bare, heights=np.maximum.accumulate(heights))


def fit_twin(
    optics: Optics, *, radius_px: float, edge_px: float, height: float, calm_px: float, core_px: float
) -> Twin:
    """Fit radius, edge and plateau of a disc together, so that it is seen as the spot is.

    Parameters
    ----------
    radius_px, edge_px, height : float
        Of the calmed spot as the photograph shows it, at half of its plateau; frame pixels, melanin index.
    calm_px : float
        Deviation of the Gaussian that smooths heights before outlining.
    core_px : float
        Radius within which a plateau is read.
    """
    blur = float(np.hypot(optics.light_px, calm_px))
    edge = _less(edge_px, _SIGMAS_10_TO_90 * blur, edge_px)
    disc = Disc(float(np.hypot(radius_px, blur)), edge, min(height, optics.reach))
    for _ in range(ROUNDS):
        twin = draw_twin(disc, optics, calm_px)
        plateau = _plateau(twin, core_px)
        radius, edge = _profile(twin, plateau)
        disc = Disc(
            radius_px=max(disc.radius_px + radius_px - radius, 0.5 * radius_px),
            edge_px=_less(float(np.hypot(disc.edge_px, edge_px)), edge, edge_px),
            height=min(disc.height * float(np.clip(height / plateau, 1 / MOST_GAIN, MOST_GAIN)), optics.reach),
        )
    twin = draw_twin(disc, optics, calm_px)
    share = np.float32(height / _plateau(twin, core_px))
    return replace(twin, truth=twin.truth * share, seen=twin.seen * share, calmed=twin.calmed * share)


def _plateau(twin: Twin, core_px: float) -> float:
    return float(np.median(twin.calmed[_radii(len(twin.calmed), twin.step_px) <= core_px]))


def draw_twin(disc: Disc, optics: Optics, calm_px: float) -> Twin:
    """Draw a disc, and see it as the photograph would."""
    reach = disc.radius_px + 1.5 * disc.edge_px + 4 * float(np.hypot(optics.light_px, calm_px))
    step = max(reach / MOST_STEPS, min(max(optics.light_px, 0.5) / STEPS_A_SIGMA, disc.radius_px / 12))
    away = _radii(int(np.ceil(reach / step)) + 1, step) - disc.radius_px
    cover = 1 / (1 + np.exp(np.clip(away * (_TEN_TO_NINETY / disc.edge_px), -50, 50)))
    light = _light(cover, disc.height, optics)
    inside = away <= 0
    photograph = _blurred(light, optics.photo_px / step)
    seen = _height(_blurred(light, optics.light_px / step), optics)
    return Twin(
        disc=disc,
        step_px=step,
        truth=np.asarray(disc.height * cover, np.float32),
        seen=seen,
        calmed=_blurred(seen, calm_px / step),
        lab_shift=_median_lab(light[inside]) - _median_lab(photograph[inside]),
    )


def _profile(twin: Twin, plateau: float) -> tuple[float, float]:
    """Radius at which the calmed disc has half of its plateau, and the width of its edge there.

    Steepness is taken as it is on a spot: between both neighbours of the outermost pixel that lies inside.
    """
    row, along = twin.calmed[0].astype(np.float64), np.arange(len(twin.calmed)) * twin.step_px
    radius = float(np.interp(-plateau / 2, -row, along))
    inner, outer = np.interp([abs(radius - 1.5), radius + 0.5], along, row)
    edge = _SIGMAS_10_TO_90 * plateau / (np.sqrt(2 * np.pi) * max(float(inner - outer) / 2, 1e-9))
    return radius, float(edge)


def _less(whole: float, part: float, seen: float) -> float:
    """Width whose square with that of ``part`` makes ``whole``; at least a fifth of the seen width."""
    return float(np.sqrt(max(whole**2 - part**2, (0.2 * seen) ** 2)))


def _radii(count: int, step: float) -> FloatArray:
    along = np.arange(count) * step
    return np.asarray(np.hypot(along[:, None], along[None, :]))


def _median_lab(light: FloatImage) -> FloatArray:
    return np.asarray(np.median(srgb_image_to_lab(light[None])[0], axis=0), np.float64)


def _light(cover: FloatArray, height: float, optics: Optics) -> FloatImage:
    """Linear sRGB under a share of the pigment that reads as ``height`` in full: the ruler reads pigment evenly."""
    return _dosed(np.interp(cover * height, optics.heights, DOSES), optics)


def _dosed(dose: FloatArray, optics: Optics) -> FloatImage:
    """Linear sRGB under doses of pigment; its densities add in the light that comes from below the skin's surface."""
    surface = min(FRESNEL, MOST_SURFACE * float(optics.skin.min()))
    usual = optics.skin * 10 ** (-optics.ruler.melanin * USUAL_MI / 100)
    inner = optics.skin - surface
    dense = np.log10(inner / np.maximum(usual - surface, 0.2 * inner))
    return np.asarray(surface + inner * 10 ** -(dose[..., None] * dense), dtype=np.float32)


def _blurred(picture: FloatImage, sigma: float) -> FloatImage:
    """Blur a quarter picture; mirrored at the centre it stands for the whole."""
    return opencv.blur(picture, sigma) if sigma > 0.1 else picture


def _height(light: FloatImage, optics: Optics) -> FloatImage:
    """Melanin index of a picture, above its last pixel's, which is plain skin."""
    dense = -np.log10(np.maximum(light, np.float32(_DARKEST)))
    weights = 100 * np.stack([optics.ruler.weights, optics.ruler.erythema_weights])
    melanin = apply_curve(optics.ruler.curve, opencv.transform_channels(dense, weights))[..., 0]
    return np.asarray(melanin - melanin[-1, -1], dtype=np.float32)
