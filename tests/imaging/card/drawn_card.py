import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.colour import XYZ_TO_SRGB, encode_srgb
from pigtrack.imaging.geometry import apply_homography
from pigtrack.model.photograph import Encoding, Photograph
from pigtrack.store.reference_data import load_card

BACKGROUNDS = {"light": (0.62, 0.42, 0.32), "tan": (0.33, 0.20, 0.13), "dark": (0.09, 0.05, 0.035)}
POSE = np.array([[52.0, 6.0, 190.0], [-4.0, 51.0, 180.0], [1.2e-3, 2.0e-3, 1.0]])


def draw_card(homography=POSE, *, shape=(480, 720), tone="light", gain=0.9, blur_px=0.7, alter=None, width=0.87):
    """Linear light of a card on even skin: gathered from 2 x 2 samples a pixel, blurred; `alter` edits the patches."""
    card = load_card("colorchecker-classic")
    colours = np.clip(card.xyz @ XYZ_TO_SRGB.T, 0.0, 1.0)
    if alter is not None:
        colours = alter(colours.copy())
    fine = 2
    rows, columns = np.mgrid[: shape[0] * fine, : shape[1] * fine]
    pixels = ((np.stack([columns, rows], axis=-1) + 0.5) / fine - 0.5).astype(np.float32)
    where = apply_homography(np.linalg.inv(homography), pixels)
    picture = np.empty((*where.shape[:2], 3), np.float32)
    picture[:] = BACKGROUNDS[tone]
    on_card = (np.abs(where[..., 0] - 2.5) < 3.3) & (np.abs(where[..., 1] - 1.5) < 2.3)
    picture[on_card] = 0.02
    nearest = np.rint(where)
    inside = (np.abs(where - nearest) < width / 2).all(axis=-1)
    inside &= (nearest >= 0).all(axis=-1) & (nearest[..., 0] < 6) & (nearest[..., 1] < 4)
    index = (nearest[..., 1] * 6 + nearest[..., 0]).astype(int)
    picture[inside] = colours[index[inside]]
    picture = picture.reshape(shape[0], fine, shape[1], fine, 3).mean(axis=(1, 3))
    return opencv.blur(picture.astype(np.float32), blur_px) * gain


def develop(linear, *, seed=1, noise=0.004, depth=8):
    """Encode as sRGB with noise."""
    noisy = linear * (1 + np.random.default_rng(seed).normal(0, noise, linear.shape))
    top = 2**depth - 1
    codes = np.rint(encode_srgb(noisy) * top).astype(np.uint8 if depth == 8 else np.uint16)
    return Photograph("drawn.png", codes, Encoding.SRGB, "0" * 64)
