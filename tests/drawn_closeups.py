"""Close-ups drawn with known truth: one lesion of added melanin on textured skin, and what dermoscopes add to it."""

from dataclasses import dataclass

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.register import identity_registration
from pigtrack.imaging.skin import TONES, linear_srgb, reflectance
from pigtrack.model.photograph import RegisteredImage, WorkingGrid
from pigtrack.store.reference_data import load_spectra

SHAPE = (300, 450)
_TONES = {"light": TONES["light"], "tan": TONES["tan"], "dark": TONES["dark"]}


@dataclass(frozen=True)
class Drawn:
    """A close-up and the true mask of its lesion, at the half level of the added melanin."""

    image: RegisteredImage
    truth: np.ndarray


def draw_closeup(
    tone="light",
    *,
    centre=(232, 154),
    radius=52.0,
    melanin=0.05,
    edge=5.0,
    tones=False,
    lamp=1.0,
    falloff=0.0,
    blood=1.0,
    fade=1.0,
    seed=0,
):
    """An irregular lesion of ``radius`` pixels; ``tones`` makes one half of it twice as dark."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(np.float64)
    dx, dy = x - centre[0], y - centre[1]
    angle = np.arctan2(dy, dx)
    away = np.hypot(dx, dy) - radius * (1 + 0.12 * np.sin(3 * angle + 1) + 0.06 * np.sin(5 * angle))
    cover = 1 / (1 + np.exp(np.clip(away * (2 * np.log(9) / edge), -60, 60)))
    added = melanin * fade * cover * (np.where(dx > 0, 2.0, 1.0) if tones else 1.0)
    rng, skin = np.random.default_rng(seed), _TONES[tone]
    own = skin.melanin * (1 + mottle(rng, SHAPE, 3.0, 0.03)) + added
    red = blood * skin.blood * (1 + mottle(rng, SHAPE, 8.0, 0.08))
    linear = _colours(skin, own, red) * lamp
    linear *= (1 - falloff * ((x / SHAPE[1] - 0.5) ** 2 + (y / SHAPE[0] - 0.5) ** 2) / 0.5)[..., None]
    linear += rng.normal(0, 0.004, linear.shape)
    return Drawn(registered(linear), cover >= 0.5)


def mottle(rng, shape, sigma_px, amount):
    """Smooth unevenness of the skin, ``amount`` being its standard deviation."""
    field = opencv.blur(rng.standard_normal(shape).astype(np.float32), sigma_px)
    return amount * field / field.std()


def _colours(skin, melanin, blood):
    """Skin's colours, looked up between few melanin and blood levels: the physical model is slow on every pixel."""
    tables = load_spectra()
    levels = np.linspace(melanin.min(), melanin.max(), 40)
    shares = np.linspace(blood.min(), blood.max(), 6)
    grid_m, grid_b = np.meshgrid(levels, shares, indexing="ij")
    table = linear_srgb(reflectance(skin, grid_m, grid_b, tables), tables).astype(np.float32)
    column = ((blood - shares[0]) / (shares[1] - shares[0])).astype(np.float32)
    row = ((melanin - levels[0]) / (levels[1] - levels[0])).astype(np.float32)
    return opencv.remap_linear(table, column, row).astype(np.float64)


def registered(linear, valid=None):
    """Lay a picture on its own frame; what is blown out is not valid."""
    grid = WorkingGrid(linear.shape[:2], (0.0, 0.0), 1.0, None)
    shown = linear.max(axis=2) < 0.98 if valid is None else valid
    return RegisteredImage(np.clip(linear, 0, 1).astype(np.float32), shown, identity_registration(grid))


def with_dark_rim(drawn):
    """What a dermoscope's round window leaves of a picture: the corners black, a grey ring before them."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    away = np.hypot(x - SHAPE[1] / 2, y - SHAPE[0] / 2)
    linear = drawn.image.linear * np.where(away > 225, 0.35, 1.0)[..., None]
    linear = np.where((away > 238)[..., None], 0.003, linear)
    return Drawn(registered(linear), drawn.truth)


def with_ruler(drawn):
    """A millimetre ruler printed across the picture's lower part, touching the lesion."""
    lines = [np.array([[90.0, 206.0], [360.0, 221.0]])]
    for k in range(19):
        x, y = 90.0 + 15 * k, 206.0 + 15 / 18 * k
        lines.append(np.array([[x, y], [x, y - (9 if k % 5 else 15)]]))
    return _painted(drawn, opencv.draw_lines(SHAPE, lines, thickness_px=2), 0.03)


def with_hair(drawn):
    """Dark hairs, some across the lesion."""
    rng = np.random.default_rng(5)
    lines = []
    for _ in range(25):
        heading = rng.uniform(0, np.pi) + np.cumsum(rng.normal(0, 0.05, 30))
        walk = np.cumsum(np.stack([np.cos(heading), np.sin(heading)], axis=1) * 9, axis=0)
        lines.append(rng.uniform([0, 0], [SHAPE[1], SHAPE[0]]) + walk - walk.mean(axis=0))
    return _painted(drawn, opencv.draw_lines(SHAPE, lines, thickness_px=2), 0.02)


def with_stickers(drawn):
    """Coloured discs that reach into the picture from two sides."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    linear = drawn.image.linear.copy()
    linear[np.hypot(x - 8, y - 225) < 82] = (0.02, 0.25, 0.7)
    linear[np.hypot(x - 442, y - 45) < 90] = (0.8, 0.25, 0.02)
    return Drawn(registered(linear), drawn.truth)


def _painted(drawn, mask, dark):
    soft = opencv.blur(mask.astype(np.float32), 0.7)[..., None]
    return Drawn(registered(drawn.image.linear * (1 - soft) + dark * soft), drawn.truth)
