"""Registered skin drawn with known truth: spots of added melanin on textured skin, through the physical model."""

from dataclasses import dataclass

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.skin import TONES, linear_srgb, reflectance
from pigtrack.model.photograph import CalibratedImage, RegisteredImage, Registration, WorkingGrid
from pigtrack.store.reference_data import load_spectra

MM_PER_PX = 1 / 15
SHAPE = (600, 760)


@dataclass(frozen=True)
class Spot:
    x_mm: float
    y_mm: float
    radius_mm: float
    melanin: float = 0.035
    edge_mm: float = 0.3


SPOTS = (
    Spot(10, 10, 1.5),
    Spot(22, 9, 2.2, 0.030),
    Spot(36, 12, 3.0, 0.025),
    Spot(12, 26, 1.2, 0.040),
    Spot(27, 28, 2.5, 0.035, 0.5),
    Spot(41, 29, 1.8, 0.030),
)


def coverage(spot, shape=SHAPE, mm_per_px=MM_PER_PX):
    """Smooth edge from 1 inside to 0 outside, one half on the circle; 10-90 % over edge_mm."""
    y, x = np.mgrid[: shape[0], : shape[1]] * mm_per_px
    away = np.hypot(x - spot.x_mm, y - spot.y_mm) - spot.radius_mm
    return 1 / (1 + np.exp(np.clip(away * (2 * np.log(9) / spot.edge_mm), -60, 60)))


def mottle(rng, shape, sigma_px, amount):
    field = opencv.blur(rng.standard_normal(shape).astype(np.float32), sigma_px)
    return amount * field / field.std()


def draw_linear(
    tone="light",
    spots=SPOTS,
    *,
    shape=SHAPE,
    mm_per_px=MM_PER_PX,
    blood_gain=1.0,
    melanin_gain=1.0,
    noise=0.006,
    seed=0,
    skin_seed=99,
    texture=1.0,
):
    """Linear sRGB of skin under even light; ``skin_seed`` draws the skin, ``seed`` the camera's noise."""
    tables, base = load_spectra(), TONES[tone]
    skin = np.random.default_rng(skin_seed)
    px = 1 / mm_per_px
    melanin = melanin_gain * base.melanin * (1 + texture * mottle(skin, shape, 1.5 * px, 0.02))
    if spots:
        added = np.stack([s.melanin * coverage(s, shape, mm_per_px) for s in spots])
        melanin += added.max(axis=0) + added.min(axis=0).clip(max=0)
    blood = blood_gain * base.blood * (1 + texture * (mottle(skin, shape, 1.0 * px, 0.06)))
    linear = _model(tone, melanin, blood, tables)
    furrows = texture * (mottle(skin, shape, 0.12 * px, 0.012) + mottle(skin, shape, 0.25 * px, 0.01))
    linear = linear * (1 + furrows)[..., None]
    grain = np.random.default_rng(seed).standard_normal(linear.shape)
    return (linear * (1 + noise * grain)).astype(np.float32)


def _model(tone, melanin, blood, tables):
    axis_m = np.linspace(melanin.min(), melanin.max(), 65)
    axis_b = np.linspace(blood.min(), blood.max(), 33)
    grid_m, grid_b = np.meshgrid(axis_m, axis_b)
    table = linear_srgb(reflectance(TONES[tone], grid_m, grid_b, tables), tables).astype(np.float32)
    x = (melanin - axis_m[0]) / max(np.ptp(axis_m), 1e-12) * 64
    y = (blood - axis_b[0]) / max(np.ptp(axis_b), 1e-12) * 32
    return opencv.remap_linear(table, x.astype(np.float32), y.astype(np.float32)).astype(np.float64)


def calibrated(linear, *, mm_per_px=MM_PER_PX, origin=(0.0, 0.0), step=1.0):
    grid = WorkingGrid(linear.shape[:2], origin, step, mm_per_px)
    return CalibratedImage(linear, np.ones(linear.shape[:2], bool), grid)


def registered(linear, *, error_px=0.0):
    nodes = np.stack(np.meshgrid(np.arange(0, 10.0), np.arange(0, 10.0)), axis=-1)
    return RegisteredImage(linear, np.ones(linear.shape[:2], bool), Registration(nodes, 100, 1.0, error_px, 1.0))


def draw(tone="light", spots=SPOTS, **options):
    return registered(draw_linear(tone, spots, **options))
