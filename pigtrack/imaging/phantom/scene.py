"""The light that reaches the camera: lit skin with all that lies on it, and the card in the same light."""

from dataclasses import replace

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.phantom.camera import Eye, look_up_skin, skin_table
from pigtrack.imaging.phantom.cardface import (
    card_at_pixels,
    card_cover,
    card_distance,
    card_window,
    draw_face,
    finish,
    frame_reflectance,
    printed_spectra,
)
from pigtrack.imaging.phantom.condition import Condition
from pigtrack.imaging.phantom.course import CoursePlan, View
from pigtrack.imaging.phantom.field import draw_field
from pigtrack.imaging.phantom.layout import CARD_CENTRE_MM, CENTRE_MM, pixels_per_mm
from pigtrack.imaging.phantom.lesions import draw_coverage, reach_mm
from pigtrack.imaging.phantom.marks import Stamp, plan_hairs, plan_highlights, session_melanin, session_stamps
from pigtrack.imaging.phantom.pose import rotation, skin_to_pixels
from pigtrack.imaging.phantom.skinmaps import PigmentMaps, draw_pigments, find_window, light_texture
from pigtrack.imaging.phantom.texture import grow_texture
from pigtrack.imaging.skin import TONES, SkinTone, reflectance
from pigtrack.model.calibration import Card
from pigtrack.model.quantity import FloatArray, FloatImage
from pigtrack.model.spectra import WAVELENGTHS, SpectralTables

_SWELL_MM = 420.0
"""Radius of the skin's swell, as far as it shades: a forearm's or a cheek's gentle turn away from the lamp."""

_BAND_ROWS = 512
"""Rows drawn at a time, which bounds memory."""

_SHADOW_MM = 1.2
_SHADOW_DEPTH = 0.35
"""Reach and strength of the soft shadow that the card throws on the skin right beside it."""

_GLOSS = 0.003
"""What a card's print reflects from its surface where it mirrors the lamp best, in units of a perfect white."""


def session_tone(course: CoursePlan, session: int) -> SkinTone:
    """The course's tone with the session's tan."""
    tone = TONES[course.plan.tone]
    return replace(tone, melanin=tone.melanin + session_melanin(course.plan, session))


def draw_skin_scene(
    course: CoursePlan, session: int, shot: int, view: View, eye: Eye, skin: FloatImage, tables: SpectralTables
) -> FloatImage:
    """Light from the skin without the card, shape (rows, columns, 3), float32; perfect white in full light 1."""
    tone = session_tone(course, session)
    table, ink = skin_table(tone, eye.response, tables), _ink_tint(tone, eye, tables)
    stamps = (*course.decoys.stamps, *session_stamps(course.plan, session))
    layers = light_texture(
        grow_texture(course.plan.seed), view.condition.lamp_direction, pixel_mm=1 / pixels_per_mm(course.shape)
    )
    field = None if course.field is None else draw_field(course.field, session)
    highlights = plan_highlights(course.plan, session, shot)
    scene = np.empty((*course.shape, 3), np.float32)
    for top in range(0, course.shape[0], _BAND_ROWS):
        band = slice(top, min(top + _BAND_ROWS, course.shape[0]))
        pigments = draw_pigments(skin[band], layers, tone, course.lesions, stamps, session=session, field=field)
        light = draw_light(skin[band], view.condition) * _swell(skin[band], view.condition)
        scene[band] = _colour(pigments, table, ink) * (light * pigments.shade)[..., None]
        _add_glints(scene[band], pigments.shade, light, view.condition, eye)
        _add_shine(scene[band], skin[band], pigments.shade, highlights, eye)
    _draw_hairs(scene, plan_hairs(course.plan, session), view, eye, pixels_per_mm(course.shape))
    return scene


def draw_light(skin: FloatImage, taken: Condition) -> FloatImage:
    """Brightness of the lamp at places of the skin, shape (rows, columns); 1 in the middle of the field."""
    across, down = np.float32(taken.gradient[0]), np.float32(taken.gradient[1])
    centre = np.array(CENTRE_MM, np.float32)
    return np.asarray(1 + (skin[..., 0] - centre[0]) * across + (skin[..., 1] - centre[1]) * down)


def _swell(skin: FloatImage, taken: Condition) -> FloatImage:
    """Light on gently curved skin, relative to flat skin: the cosine of its normal to the lamp."""
    x, y, z = taken.lamp_direction
    lean_x = (skin[..., 0] - np.float32(CENTRE_MM[0])) / np.float32(_SWELL_MM)
    lean_y = (skin[..., 1] - np.float32(CENTRE_MM[1])) / np.float32(_SWELL_MM)
    return np.asarray(
        (1 + lean_x * np.float32(x / z) + lean_y * np.float32(y / z)) / np.sqrt(1 + lean_x**2 + lean_y**2)
    )


def _colour(pigments: PigmentMaps, table: FloatImage, ink: FloatArray) -> FloatImage:
    colours = look_up_skin(table, pigments.melanin, pigments.blood)
    if pigments.ink.any():
        colours *= 1 - pigments.ink[..., None] * (1 - ink.astype(np.float32))
    return colours


def _ink_tint(tone: SkinTone, eye: Eye, tables: SpectralTables) -> FloatArray:
    """What blue-black ink in the dermis leaves of the skin's raw colour, shape (3,)."""
    bare = reflectance(tone, np.array(tone.melanin), np.array(tone.blood), tables)
    passed = 0.10 + 0.22 * np.exp(-(((WAVELENGTHS - 455) / 55) ** 2))
    return np.asarray((bare * passed) @ eye.response / (bare @ eye.response))


def _add_glints(scene: FloatImage, shade: FloatImage, light: FloatImage, taken: Condition, eye: Eye) -> None:
    """Add the points of light on the facets of the fine relief that lean most towards the lamp."""
    if taken.glints:
        glint = np.clip(14 * (shade - 1) - np.float32(0.6), 0, 2) * light * np.float32(taken.glints)
        scene += glint[..., None] * eye.response.sum(axis=0).astype(np.float32)


def _add_shine(scene: FloatImage, skin: FloatImage, shade: FloatImage, highlights: tuple[Stamp, ...], eye: Eye) -> None:
    """Add light mirrored by the skin's surface; facets that lean towards the lamp glint most."""
    white = eye.response.sum(axis=0).astype(np.float32)
    for shine in highlights:
        part = find_window(skin, reach_mm(shine.state))
        cover = draw_coverage(shine.state, skin[part][..., 0], skin[part][..., 1])
        glint = np.clip(1 + 9 * (shade[part] - 1), 0, 3)
        scene[part] += (np.float32(shine.ink) * cover * glint)[..., None] * white


def _draw_hairs(scene: FloatImage, hairs: list[FloatArray], view: View, eye: Eye, px_per_mm: float) -> None:
    """Lay dark hairs of about 0.08 mm over the scene."""
    if not hairs:
        return
    lines = [skin_to_pixels(view.skin, view.condition.deformation, hair) for hair in hairs]
    thickness = 0.08 * px_per_mm
    drawn = opencv.draw_lines(scene.shape[:2], lines, thickness_px=max(1, round(thickness)))
    cover = opencv.blur(drawn.astype(np.float32), 0.6)[..., None] * np.float32(min(1.0, thickness))
    colour = ((0.02 + 0.05 * (WAVELENGTHS - 400) / 300) @ eye.response).astype(np.float32)
    scene *= 1 - cover
    scene += cover * colour


def lay_card(scene: FloatImage, course: CoursePlan, view: View, eye: Eye, skin: FloatImage, card: Card) -> None:
    """Draw the card and the soft shadow at its edge into the scene."""
    window = card_window(card, view.card, course.shape, beyond_mm=4 * _SHADOW_MM)
    part, scale = window.slices, pixels_per_mm(course.shape)
    places = card_at_pixels(view.card, window)
    cover = card_cover(card, places, px_per_mm=scale)[..., None]
    away = np.maximum(card_distance(card, places), 0) / np.float32(_SHADOW_MM)
    shadow = 1 - np.float32(_SHADOW_DEPTH) * np.exp(-away)[..., None]
    face = _lit_face(course, view, eye, card, places) * draw_light(skin[part], view.condition)[..., None]
    scene[part] = cover * face + (1 - cover) * shadow * scene[part]


def _lit_face(course: CoursePlan, view: View, eye: Eye, card: Card, places: FloatImage) -> FloatImage:
    """The card's face in full light: print, its unevenness, the light on its plane, and a breath of gloss."""
    colours = printed_spectra(course.plan, card) @ eye.response
    frame = frame_reflectance() @ eye.response
    face = draw_face(card, colours, frame, places, px_per_mm=pixels_per_mm(course.shape))
    facing = _facing(view.condition)
    grain = finish(course.plan, places)[..., None]
    lean = (
        places[..., 0] * np.float32(view.condition.lamp_direction[0])
        + places[..., 1] * np.float32(view.condition.lamp_direction[1])
    ) / np.float32(30.0)
    gloss = np.float32(_GLOSS) * np.exp(-((lean - 1) ** 2))[..., None]
    return np.asarray(face * (1 + grain) * np.float32(facing) + gloss)


def _facing(taken: Condition) -> float:
    """Light on the card's plane relative to the skin's: the cosines of their normals to the lamp."""
    toward = rotation(taken.card) @ np.array([0.0, 0.0, -1.0])
    x, y, z = taken.lamp_direction
    return float((toward[0] * x + toward[1] * y - toward[2] * z) / z)


def cast_shadow(scene: FloatImage, skin: FloatImage) -> None:
    """Darken what lies beyond a line across the card by a third, with a soft edge: a hand or a head in the light."""
    side = (skin[..., 0] - np.float32(CARD_CENTRE_MM[0] + 6)) * np.float32(0.8) + (
        skin[..., 1] - np.float32(CARD_CENTRE_MM[1] + 4)
    ) * np.float32(0.6)
    lit = 1 - np.float32(0.35) / (1 + np.exp(np.clip(-side / np.float32(1.2), -30, 30)))
    scene *= lit[..., None]


def fall_off(scene: FloatImage, taken: Condition) -> None:
    """Darken the corners as the lens does."""
    rows, columns = scene.shape[:2]
    y = (np.arange(rows, dtype=np.float32) - rows / 2) / np.float32(np.hypot(rows, columns) / 2)
    x = (np.arange(columns, dtype=np.float32) - columns / 2) / np.float32(np.hypot(rows, columns) / 2)
    scene *= (1 - np.float32(taken.vignetting) * (y[:, None] ** 2 + x**2))[..., None]
