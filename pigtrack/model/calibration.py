"""The card, the colour fit and the scale of one photograph."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pigtrack.model.flags import QualityFlag
from pigtrack.model.quantity import FloatArray


@dataclass(frozen=True, eq=False, slots=True)
class Card:
    """A colour card as its file describes it. Patches run along the rows, the top left patch is number 1.

    Attributes
    ----------
    xyz : ndarray, shape (patches, 3)
        CIE XYZ under D65, 2° observer, perfect white Y = 1.
    spectra : ndarray, shape (patches, 31), or None
        Reflectance at 400, 410 … 700 nm, where published.
    pitch_mm : float or None
        From patch centre to patch centre; None where the size is not known.
    patch_width : float
        Width of a patch as a share of the pitch.
    neutral, skin : tuple of int
        Indices (from 0) of the grey patches, brightest first, and of the skin-like ones.
    spectra_estimated : bool
        ``spectra`` were made to fit the published colours, not measured.
    thickness_mm : float or None
        Height of the patches above the skin that the card lies on; None where it is not known.
    pitch_u_mm : float or None
        Standard uncertainty of ``pitch_mm``; None: not known, or given by the user.
    names : tuple of str
        What the patches are called, in their order; empty where they have no names.
    """

    name: str
    title: str
    columns: int
    rows: int
    xyz: FloatArray
    spectra: FloatArray | None
    pitch_mm: float | None
    patch_width: float
    neutral: tuple[int, ...]
    skin: tuple[int, ...]
    source: str
    spectra_estimated: bool = False
    thickness_mm: float | None = None
    pitch_u_mm: float | None = None
    names: tuple[str, ...] = ()

    @property
    def middle(self) -> FloatArray:
        """Middle of the patches in card coordinates: pitches from patch 1, along columns and rows."""
        return np.array([(self.columns - 1) / 2, (self.rows - 1) / 2])


@dataclass(frozen=True, eq=False, slots=True)
class CardReading:
    """A card found in a photograph and read.

    Attributes
    ----------
    centres : ndarray, shape (patches, 2)
        x, y of the patch centres in upright pixels, in the card's own order.
    homography : ndarray, shape (3, 3)
        From card coordinates in pitches (patch 1 at 0, 0; columns along x) to upright pixels.
    patches : ndarray, shape (patches, 3)
        Linear R, G, B in 0..1 after the declared encoding is undone; robust mean of the central part.
    spread : ndarray, shape (patches, 3)
        Standard deviation of the pixels behind ``patches``.
    clipped : ndarray, shape (patches,), bool
        Patches left out of fits because a channel is at its end.
    score : float
        The verifier's agreement with the reference, 0 to 1.
    centre_error_px : float
        Root mean square distance of the refined centres from the homography's grid.
    edge_blur_px : float
        Standard deviation in upright pixels of the Gaussian that fits the patches' edges.
    uneven : ndarray, shape (patches,)
        Largest deviation of a quarter of each patch from its mean, relative to it; empty: not known.
    """

    card: Card
    centres: FloatArray
    homography: FloatArray
    patches: FloatArray
    spread: FloatArray
    clipped: NDArray[np.bool_]
    score: float
    centre_error_px: float
    edge_blur_px: float
    flags: frozenset[QualityFlag] = frozenset()
    uneven: FloatArray = field(default_factory=lambda: np.zeros(0))


TONE_TERMS = 5
"""Coefficients that a channel's tone curve has."""


@dataclass(frozen=True, eq=False, slots=True)
class ToneCurve:
    """The camera's tone curve undone: encoded-decoded R, G, B → values proportional to light.

    ``light = v·exp(c0 + c1·log(v + 0.002) + c2·s + c3·s² + c4·s³) - veil`` a channel, s being v as sRGB encodes it.

    Attributes
    ----------
    coefficients : ndarray, shape (3, 5)
        Rows R, G, B; columns c0 to c4; zeros: straight.
    veil : ndarray, shape (3,)
        Light that lies over the whole picture (lens flare, a lifted black), white paper = 1; may be below 0 where
        the camera cut its blacks.
    """

    coefficients: FloatArray
    veil: FloatArray = field(default_factory=lambda: np.zeros(3))


@dataclass(frozen=True, eq=False, slots=True)
class CurveBelief:
    """A Gaussian over the parameters that tone curve, light and veil of a photograph have in the joint fit.

    Attributes
    ----------
    mean : ndarray, shape (27,)
    covariance : ndarray, shape (27, 27)
    """

    mean: FloatArray
    covariance: FloatArray


@dataclass(frozen=True, eq=False, slots=True)
class ColourCalibration:
    """From linear camera R, G, B to CIE XYZ for one photograph; applied by `imaging.calibrate`.

    Attributes
    ----------
    method : str
        Name of the fit: ``spectral-prior``, ``root-polynomial`` or ``linear``.
    tone : ToneCurve
        Applied first.
    light : ndarray, shape (2,)
        Relative slope of the light along x and y, per upright pixel, about ``light_centre``; brightness at a
        point p is ``1 + light·(p - light_centre)``. Zeros where no slope was fitted.
    matrix : ndarray, shape (3, terms)
        XYZ from the expansion's terms.
    loo_delta_e00 : ndarray, shape (patches,)
        Leave-one-patch-out CIEDE2000; nan for a patch left out of the fit. The spectral prior's correction is made for
        skin and gives paint another colour by design: its patches are held against what the other patches foretell
        of their spectra, those of other methods against the card's reference.
    loo_skin_delta_e00 : float
        Mean of ``loo_delta_e00`` over the card's skin-like patches, over all where not two of these are unspoilt.
    u_skin_delta_e00, u_contrast : float
        Standard uncertainty that this calibration leaves on skin colour (CIEDE2000) and, as a share of it,
        on a contrast between neighbouring skins.
    light_misfit : float
        Root mean square of what a plane of light leaves of the bright patches, relative; a shadow's edge shows here.
    tone_locality, u_tone_locality : float
        How far a patch's value depends on the brightness around it, as a power of that brightness: 0 for a global
        tone curve, up to ∓0.5 for HDR modes; and its standard error.
    belief : CurveBelief or None
        What the card made believe of curve, light and veil; None where nothing was fitted.
    """

    method: str
    tone: ToneCurve
    light: FloatArray
    light_centre: tuple[float, float]
    matrix: FloatArray
    loo_delta_e00: FloatArray
    u_skin_delta_e00: float
    u_contrast: float
    loo_skin_delta_e00: float = float("nan")
    light_misfit: float = float("nan")
    tone_locality: float = float("nan")
    u_tone_locality: float = float("nan")
    belief: CurveBelief | None = None
    flags: frozenset[QualityFlag] = frozenset()

    @property
    def loo_mean(self) -> float | None:
        """Mean of ``loo_delta_e00`` over the patches that have one; None where none has."""
        known = self.loo_delta_e00[np.isfinite(self.loo_delta_e00)]
        return float(known.mean()) if known.size else None

    @property
    def loo_max(self) -> float | None:
        """Largest ``loo_delta_e00``; None where no patch has one."""
        known = self.loo_delta_e00[np.isfinite(self.loo_delta_e00)]
        return float(known.max()) if known.size else None


@dataclass(frozen=True, eq=False, slots=True)
class StickerReading:
    """A printed scale sticker found on the skin.

    Attributes
    ----------
    number : int
        Of the sticker, as coded in its squares.
    side_mm : float
        Of its black square.
    corners : ndarray, shape (4, 2)
        x, y of the black square's corners in upright pixels: top left, top right, bottom right, bottom left as printed.
    corner_error_px : float
        Standard uncertainty of a corner's coordinate.
    """

    number: int
    side_mm: float
    corners: FloatArray
    corner_error_px: float


@dataclass(frozen=True, slots=True)
class SpatialCalibration:
    """Scale from the card, from a sticker, or from all photographs of a course.

    Attributes
    ----------
    mm_per_px : float or None
        At the point of interest, geometric mean over directions, upright pixels; None: size unknown.
    u_relative : float
        Relative standard uncertainty, the mismatch of the card's and the skin's planes included.
    tilt_deg : float
        Of the card against the camera (of the sticker where there is no card).
    u_shared : float
        The part of ``u_relative`` that all photographs with the same card share: its size, its thickness.
    distance_mm : float or None
        From the lens to the card; only as good as the focal length that the file tells, None where it tells none.
    source : str
        ``card``, ``sticker`` or ``course``.
    """

    mm_per_px: float | None
    u_relative: float
    tilt_deg: float
    flags: frozenset[QualityFlag] = frozenset()
    u_shared: float = 0.0
    distance_mm: float | None = None
    source: str = "card"
