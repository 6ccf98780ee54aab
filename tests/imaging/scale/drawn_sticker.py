"""A scale sticker printed into a picture, with its place known: any pose, light, blur, tone and JPEG."""

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

from pigtrack.imaging.geometry import apply_homography
from pigtrack.imaging.scale.stickerface import FOOT, MODULES, QUIET, sticker_cells
from pigtrack.model.photograph import Encoding, Photograph

SKINS = {"light": (0.62, 0.42, 0.34), "tan": (0.42, 0.24, 0.16), "dark": (0.10, 0.055, 0.04)}
"""Linear R, G, B."""

INK, PAPER = 0.03, 0.85


def posed(px_per_module, *, tilt=0.0, turn=20.0, middle=(320.0, 240.0), distance=200.0):
    """From modules to pixels: ``distance`` modules off, tilted about an axis that is turned too."""
    tilt, turn = np.radians([tilt, turn])
    spin = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    lean = np.array([[1, 0, 0], [0, np.cos(tilt), -np.sin(tilt)], [0, np.sin(tilt), np.cos(tilt)]])
    axes = spin @ lean
    origin = -axes[:, :2] @ [MODULES / 2, MODULES / 2] + [0, 0, distance]
    focal = px_per_module * distance
    camera = np.array([[focal, 0, middle[0]], [0, focal, middle[1]], [0, 0, 1]])
    return camera @ np.column_stack([axes[:, 0], axes[:, 1], origin])


def reflectance(number, places, gain=0.0):
    """Ink or paper at places in modules, nan beyond the paper; ``gain`` modules of ink spread beyond its edges."""
    x, y = places[..., 0], places[..., 1]
    cells = sticker_cells(number)
    black = np.zeros(x.shape, bool)
    for dx, dy in ((0, 0), (gain, 0), (-gain, 0), (0, gain), (0, -gain)):
        column = np.clip(np.floor(x + dx) + 1, 0, 9).astype(int)
        row = np.clip(np.floor(y + dy) + 1, 0, 9).astype(int)
        black |= cells[row, column]
    paper = (x > -QUIET) & (x < MODULES + QUIET) & (y > -QUIET) & (y < MODULES + FOOT)
    return np.where(paper, np.where(black, INK, PAPER), np.nan)


def print_sticker(scene, homography, number, *, gain=0.0, fine=4):
    """Lay a sticker into linear light, shape (rows, columns, 3), antialiased."""
    rows, columns = scene.shape[:2]
    steps = (np.arange(fine) + 0.5) / fine - 0.5
    y = (np.arange(rows)[:, None] + steps).ravel()
    x = (np.arange(columns)[:, None] + steps).ravel()
    places = apply_homography(np.linalg.inv(homography), np.stack(np.meshgrid(x, y), axis=-1))
    seen = reflectance(number, places, gain)
    ground = scene.repeat(fine, 0).repeat(fine, 1)
    drawn = np.where(np.isnan(seen)[..., None], ground, seen[..., None])
    return drawn.reshape(rows, fine, columns, fine, 3).mean(axis=(1, 3))


def photographed(scene, *, blur=0.8, noise=0.004, curve=0.25, quality=90, seed=0):
    """Blur, exposure, noise, an S-curve beyond sRGB, and JPEG; returns 8-bit pixels as a Photograph."""
    rng = np.random.default_rng(seed)
    light = gaussian_filter(scene, (blur, blur, 0)) + rng.normal(0, noise, scene.shape)
    light = np.clip(light, 0, 1)
    encoded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    encoded = encoded + curve * encoded * (1 - encoded) * (2 * encoded - 1)
    image = Image.fromarray(np.round(np.clip(encoded, 0, 1) * 255).astype(np.uint8))
    if quality is not None:
        from io import BytesIO

        file = BytesIO()
        image.save(file, "JPEG", quality=quality)
        image = Image.open(file)
    return Photograph("drawn.jpg", np.asarray(image), Encoding.SRGB, "0" * 64)


def skin(tone, shape=(480, 640), seed=0):
    """Plain skin with some grain, under a slope of light."""
    rng = np.random.default_rng(seed)
    grain = gaussian_filter(rng.normal(0, 1, shape), 2.0)
    grain = 1 + 0.03 * grain / grain.std()
    slope = 1 + 0.15 * np.linspace(-1, 1, shape[1])
    return np.array(SKINS[tone]) * (grain * slope)[..., None]
