"""What is true of a phantom: areas, contrasts and loads of its lesions, and where everything lies in a picture."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pigtrack.imaging import opencv
from pigtrack.imaging.colour import XYZ_TO_SRGB, delta_e_2000, ita, xyz_to_lab
from pigtrack.imaging.phantom.camera import MELANIN_NODES
from pigtrack.imaging.phantom.cardface import patch_centres_mm
from pigtrack.imaging.phantom.course import CoursePlan, View
from pigtrack.imaging.phantom.layout import MARGIN_MM, REGION_MM, grid_mm
from pigtrack.imaging.phantom.lesions import LesionState, PlannedLesion, draw_lesion, reach_mm
from pigtrack.imaging.phantom.marks import session_melanin
from pigtrack.imaging.phantom.pose import displacement, local_scale, project
from pigtrack.imaging.phantom.skinmaps import find_window
from pigtrack.imaging.phantom.texture import STEP_MM, SkinTexture, grow_texture
from pigtrack.imaging.skin import TONES, SkinTone, reflectance, xyz_d65
from pigtrack.model.calibration import Card
from pigtrack.model.quantity import BoolImage, FloatArray, FloatImage
from pigtrack.model.spectra import SpectralTables
from pigtrack.model.truth import TrueLesion

RASTER_MM = 0.02
"""Step of the raster on which areas are counted: within 0.2 % for a disc of 1.5 mm."""

WIDENING_MM = 1.0
"""The baseline's footprint is widened by this for the load: two widths of the softest edge."""

VISIBLE_DELTA_E00 = 1.0
"""From here a plateau is said to be visible; about what a trained eye just sees on skin."""

DISPLACEMENT_STEP_MM = 5.0


@dataclass(frozen=True, eq=False, slots=True)
class PhotographTruth:
    """Where things lie in one photograph, in upright pixels.

    Attributes
    ----------
    homography : ndarray, shape (3, 3)
        From millimetres of the baseline's skin, the displacement added, to pixels.
    displacement_mm : ndarray, shape (rows, columns, 2)
        x, y by which the skin moved since the baseline, at nodes `DISPLACEMENT_STEP_MM` apart that start at
        ``displacement_origin_mm``; straight between them within 0.002 mm.
    patch_centres : ndarray, shape (patches, 2)
        In the card's order.
    px_per_mm : float
        In the middle of the region, on the baseline's skin.
    mask : ndarray, shape (rows, columns), uint16
        Lesion's id, 0 for skin.
    """

    homography: FloatArray
    displacement_mm: FloatArray
    displacement_origin_mm: tuple[float, float]
    patch_centres: FloatArray
    px_per_mm: float
    tilt_deg: float
    mask: NDArray[np.uint16]


@dataclass(frozen=True, eq=False, slots=True)
class _Ruler:
    """Colour of the session's skin along melanin, at base blood."""

    base: float
    density: FloatArray
    lab: FloatArray

    def delta_mi(self, added: FloatArray) -> FloatArray:
        own = np.interp(self.base, MELANIN_NODES, self.density)
        return np.asarray(100 * (np.interp(self.base + added, MELANIN_NODES, self.density) - own))

    def lab_at(self, added: FloatArray) -> FloatArray:
        return np.stack([np.interp(self.base + added, MELANIN_NODES, self.lab[:, k]) for k in range(3)], axis=-1)


def session_truth(course: CoursePlan, session: int, tables: SpectralTables) -> tuple[TrueLesion, ...]:
    """What is true of each lesion in a session, sessions counting from 1."""
    ruler = session_ruler(course, session, tables)
    texture = grow_texture(course.plan.seed)
    return tuple(_lesion_truth(lesion, session, ruler, texture) for lesion in course.lesions)


def session_ruler(course: CoursePlan, session: int, tables: SpectralTables) -> _Ruler:
    """Colour of a session's skin along melanin, its tan on it."""
    tone = TONES[course.plan.tone]
    return _ruler(replace(tone, melanin=tone.melanin + session_melanin(course.plan, session)), tables)


def _ruler(tone: SkinTone, tables: SpectralTables) -> _Ruler:
    spectra = reflectance(tone, MELANIN_NODES, np.full_like(MELANIN_NODES, tone.blood), tables)
    xyz = xyz_d65(spectra, tables)
    return _Ruler(tone.melanin, -np.log10((xyz @ XYZ_TO_SRGB.T)[:, 0]), xyz_to_lab(xyz))


def _lesion_truth(lesion: PlannedLesion, session: int, ruler: _Ruler, texture: SkinTexture) -> TrueLesion:
    own = draw_own_map(lesion, session, texture)
    mask, added = own.mask, own.added
    ring = ruler.lab_at(np.array(0.0))
    lab = np.median(ruler.lab_at(added[mask]), axis=0) if mask.any() else ring
    seen = [_visible(s, ruler) for s in lesion.states[:session]]
    return TrueLesion(
        id=lesion.id,
        fate=lesion.fate.value,
        control=lesion.control,
        centre_mm=own.centre,
        area_mm2=float(mask.sum() * RASTER_MM**2),
        delta_mi=float(np.median(ruler.delta_mi(added[mask]))) if mask.any() else 0.0,
        delta_e00=float(delta_e_2000(lab, ring)),
        delta_l=float(ring[0] - lab[0]),
        delta_ita=float(ita(ring) - ita(lab)),
        lab=_triple(lab),
        ring_lab=_triple(ring),
        pigment_load=float(ruler.delta_mi(added[_footprint(lesion, texture)]).sum() * RASTER_MM**2),
        visible=seen[-1],
        resolved=any(seen) and not seen[-1],
    )


def _visible(state: LesionState, ruler: _Ruler) -> bool:
    both = ruler.lab_at(np.array([0.0, state.melanin]))
    return bool(delta_e_2000(both[1], both[0]) >= VISIBLE_DELTA_E00)


def _triple(lab: FloatArray) -> tuple[float, float, float]:
    return float(lab[0]), float(lab[1]), float(lab[2])


@dataclass(frozen=True, eq=False, slots=True)
class OwnMap:
    """A lesion's own pigment on a raster of `RASTER_MM` over the baseline's skin.

    Attributes
    ----------
    mask : ndarray, shape (rows, columns), bool
        Inside its half level.
    added : ndarray, shape (rows, columns), float64
        Melanosome fraction that it adds.
    centre : tuple of float
        Centroid of the mask, of the reach where there is none; millimetres.
    """

    mask: BoolImage
    added: FloatArray
    centre: tuple[float, float]


def draw_own_map(lesion: PlannedLesion, session: int, texture: SkinTexture) -> OwnMap:
    """Draw a lesion alone, in a window that holds it in every session with `WIDENING_MM` around."""
    state, places = lesion.states[session - 1], _raster(lesion)
    grain = _grain_at(texture, places)
    cover = draw_lesion(state, places[..., 0], places[..., 1], grain, strength=lesion.grain)
    mask = (cover >= 0.5) & (state.melanin > 0)
    centre = places[mask].mean(axis=0) if mask.any() else places.mean(axis=(0, 1))
    return OwnMap(mask, state.melanin * cover.astype(np.float64), (float(centre[0]), float(centre[1])))


def _raster(lesion: PlannedLesion) -> FloatImage:
    reach = np.array([reach_mm(state) for state in lesion.states])
    (left, top), (right, bottom) = reach[:, :2].min(axis=0) - 1.5, reach[:, 2:].max(axis=0) + 1.5
    x, y = np.arange(left, right, RASTER_MM), np.arange(top, bottom, RASTER_MM)
    return np.stack(np.meshgrid(x, y), axis=-1).astype(np.float32)


def _grain_at(texture: SkinTexture, places: FloatImage) -> FloatImage:
    across = (places[..., 0] + np.float32(MARGIN_MM)) * np.float32(1 / STEP_MM)
    down = (places[..., 1] + np.float32(MARGIN_MM)) * np.float32(1 / STEP_MM)
    grain: FloatImage = opencv.remap_linear(texture.grain, across, down)
    return grain


def _footprint(lesion: PlannedLesion, texture: SkinTexture) -> BoolImage:
    first = next((k for k, state in enumerate(lesion.states, start=1) if state.melanin > 0), 1)
    own = draw_own_map(lesion, first, texture)
    if not own.mask.any():
        return own.mask
    return np.asarray(opencv.distance_inside(~own.mask) * RASTER_MM <= WIDENING_MM)


def photograph_truth(course: CoursePlan, session: int, view: View, skin: FloatImage, card: Card) -> PhotographTruth:
    """Where skin, card and lesions lie in one photograph; ``skin`` as `pose.skin_at_pixels` gives it."""
    nodes = grid_mm(DISPLACEMENT_STEP_MM)
    left, top, right, bottom = REGION_MM
    middle = ((left + right) / 2, (top + bottom) / 2)
    pose = view.condition.pose
    return PhotographTruth(
        homography=view.skin,
        displacement_mm=displacement(view.condition.deformation, nodes),
        displacement_origin_mm=(float(nodes[0, 0, 0]), float(nodes[0, 0, 1])),
        patch_centres=project(view.card, patch_centres_mm(card)),
        px_per_mm=local_scale(view.skin, view.condition.deformation, middle),
        tilt_deg=float(np.degrees(np.arccos(np.cos(np.radians(pose.tilt_x)) * np.cos(np.radians(pose.tilt_y))))),
        mask=draw_mask(skin, course.lesions, session=session, texture=grow_texture(course.plan.seed)),
    )


def draw_mask(
    skin: FloatImage, lesions: tuple[PlannedLesion, ...], *, session: int, texture: SkinTexture
) -> NDArray[np.uint16]:
    """Label the pixels inside each lesion's half level; where two overlap, the one that covers more."""
    mask, most = np.zeros(skin.shape[:2], np.uint16), np.full(skin.shape[:2], 0.5, np.float32)
    for lesion in lesions:
        state = lesion.states[session - 1]
        if state.melanin == 0:
            continue
        part = find_window(skin, reach_mm(state))
        places = skin[part]
        grain = _grain_at(texture, places)
        cover = draw_lesion(state, places[..., 0], places[..., 1], grain, strength=lesion.grain)
        wins = cover >= most[part]
        most[part][wins] = cover[wins]
        mask[part][wins] = lesion.id
    return mask
