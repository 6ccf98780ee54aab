"""Real photographs with and without cards, from the folder that PIGTRACK_REAL_PHOTOS names, and what is in them."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from pigtrack.model.photograph import Encoding, Photograph

REAL = Path(os.environ.get("PIGTRACK_REAL_PHOTOS", Path(__file__).parents[4] / "shared" / "data"))

WHOLE_CARDS = (
    "ccd_IMG_1967_corrected.png", "ccd_IMG_1967_raw.png", "ccd_IMG_1971_corrected.png", "ccd_IMG_1971_raw.png",
    "ccd_IMG_2578_corrected.png", "ccd_IMG_2578_raw.png", "ccd_IMG_2581_corrected.png", "ccd_IMG_2581_raw.png",
    "pedrodiamel_hand_4160x3120.jpg", "plantcv_calibrite-passport.png", "plantcv_classic.png",
    "plantcv_colorchecker-classic-mini.jpg", "plantcv_xrite-passport.png", "plantcv_source1_img.png",
    "plantcv_target_img.png", "plantcv_target_img_plant.jpg",
)  # fmt: skip

REFUSED_CARDS = {
    "plantcv_partial_card_rgb.png": ("HIDDEN",),
    "plantcv_camera-trax.png": ("FOREIGN",),
    "plantcv_seedhead-rgb.jpg": ("FOREIGN",),  # a "Pixel Perfect" chart under veiling glare
    "plantcv_source2_img.png": ("OUTSIDE",),
    "plantcv_tobacco_leaves.jpg": ("BLOWN_OUT",),
    "plantcv_astrocard_img.png": ("ABSENT", "FOREIGN"),  # 3 x 11 patches between tags
    "plantcv_astrocard_missing_tags.png": ("ABSENT", "FOREIGN"),
}
"""What a ColorChecker finder should say of them."""


def there(folder: str) -> bool:
    """Tell whether a folder of real photographs is at hand."""
    return (REAL / folder / "MANIFEST.csv").is_file()


def open_real(folder: str, name: str) -> Photograph:
    """Read a picture as sRGB."""
    with Image.open(REAL / folder / name) as image:
        return Photograph(name, np.asarray(image.convert("RGB")), Encoding.SRGB, "0" * 64)


def fixed_camera() -> tuple[str, ...]:
    """Names of the frames of one camera that never moved, a small Passport in each."""
    return tuple(sorted(path.name for path in (REAL / "fixed_camera").glob("*.jpg")))


def without_card() -> Iterator[Photograph]:
    """Skin close up, and scenes whose card is painted over."""
    for folder in ("dermoscopy", "phone_lesions"):
        paths = sorted(p for p in (REAL / folder).iterdir() if p.suffix in {".jpg", ".png"} and "mask" not in p.name)
        for path in paths:
            yield open_real(folder, path.name)
    for name, quad in quads().items():
        yield _painted_over(open_real("cards", name), quad)


def quads() -> dict[str, np.ndarray]:
    """Corners of the cards as others marked them, shape (4, 2)."""
    entries = json.loads((REAL / "cards" / "card_quads.json").read_text(encoding="utf-8"))
    return {name: np.array(entry["quad_xy_px"]) for name, entry in entries.items()}


def _painted_over(photograph: Photograph, quad: np.ndarray) -> Photograph:
    """Cover the card and a quarter around it with the background's colour, and noise."""
    pixels = photograph.pixels.copy()
    low, high = quad.min(axis=0), quad.max(axis=0)
    margin = 0.35 * (high - low)
    left, top = np.maximum(low - margin, 0).astype(int)
    right, bottom = np.minimum(high + margin, [pixels.shape[1], pixels.shape[0]]).astype(int)
    rng = np.random.default_rng(7)
    colour = np.median(pixels[:, :: max(1, pixels.shape[1] // 50)].reshape(-1, 3), axis=0)
    pixels[top:bottom, left:right] = np.clip(rng.normal(colour, 3, (bottom - top, right - left, 3)), 0, 255)
    return Photograph(f"{photograph.name}, card painted over", pixels, photograph.encoding, photograph.sha256)
