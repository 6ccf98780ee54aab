"""Draws the pictures of docs/photographing.md from the phantom: `python docs/make_pictures.py`.

Each is a pair: a good photograph on the left, the same one with one thing wrong on the right. The set-up is a drawing.
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from pigtrack.bench import faults
from pigtrack.imaging import opencv
from pigtrack.imaging.card import find_card
from pigtrack.model.calibration import CardReading
from pigtrack.store.photographs import read_photograph
from pigtrack.store.reference_data import load_card
from pigtrack.tracker.phantoms import render_phantom

FOLDER = Path(__file__).parent / "pictures"
WIDTH, HEIGHT, GAP, HEAD = 480, 360, 16, 84
MEGAPIXELS = 1.5
PX_PER_MM = 9.4
CLOTH = np.array([96, 112, 120], np.uint8)
GREEN, RED, PAPER = (0, 110, 60), (176, 30, 30), (255, 255, 255)

Spoil = Callable[[np.ndarray, CardReading, np.random.Generator], np.ndarray]


def skin_of(codes: np.ndarray, card: CardReading) -> np.ndarray:
    """All that is not the card."""
    return ~opencv.dilate(faults.card_mask(codes, card), 4)


def on_card(card: CardReading) -> np.ndarray:
    """The card's middle, upright pixels."""
    return card.centres.mean(axis=0)


def glints(codes: np.ndarray, card: CardReading, rng: np.random.Generator) -> np.ndarray:
    """Shiny places on the skin."""
    return faults.shine(codes, spots=9, radius_px=2.2 * PX_PER_MM, light=0.5, where=skin_of(codes, card), rng=rng)


def hairs(codes: np.ndarray, card: CardReading, rng: np.random.Generator) -> np.ndarray:
    """Hair over the skin."""
    where = skin_of(codes, card)
    return faults.hair(codes, count=90, thickness_px=1.4, length_px=20 * PX_PER_MM, where=where, rng=rng)


def on_cloth(codes: np.ndarray) -> np.ndarray:
    """Lay a cloth where the tilted picture shows nothing."""
    return np.where(codes.any(axis=2, keepdims=True), codes, CLOTH)


def far_off(codes: np.ndarray, _card: CardReading, _rng: np.random.Generator) -> np.ndarray:
    """The site small in the middle of a cloth."""
    rows, columns = codes.shape[:2]
    small = faults.shrink(codes, share=0.35)
    wide = np.full_like(codes, 0) + CLOTH
    top, left = (rows - small.shape[0]) // 2, (columns - small.shape[1]) // 2
    wide[top : top + small.shape[0], left : left + small.shape[1]] = small
    return wide


PAIRS: tuple[tuple[str, str, str, str, Spoil], ...] = (
    ("light", "light", "light from both sides", "light from one side",
     lambda c, card, rng: faults.slope_light(c, share=1.2, angle_deg=200)),
    ("lamps", "intermediate", "one kind of lamp", "daylight and lamp mixed",
     lambda c, card, rng: faults.mix_lamps(c, share=1.1, angle_deg=160)),
    ("shadow", "light", "the whole card lit alike", "a shadow over the card",
     lambda c, card, rng: faults.shade(c, point=on_card(card), angle_deg=35, depth=0.45, soft_px=8)),
    ("tilt", "brown", "camera parallel to the skin", "camera tilted",
     lambda c, card, rng: on_cloth(faults.view_from(c, tilt_deg=28, side_deg=90, nearer=0.82))),
    ("far", "light", "the site fills the picture", "too far away", far_off),
    ("glare", "dark", "dry skin, no shine", "shiny skin", glints),
    ("tones", "light", "HDR off", "HDR: a glow around the card",
     lambda c, card, rng: faults.map_tones(c, power=0.55, reach=0.04)),
    ("focus", "intermediate", "sharp on the skin", "out of focus",
     lambda c, card, rng: faults.blur(c, sigma_px=0.7 * PX_PER_MM)),
    ("hair", "light", "hair held aside", "hair over the site", hairs),
)  # fmt: skip
"""File, skin, what the left picture shows, what the right one, and how it is spoilt."""


def good_photograph(folder: Path, tone: str) -> tuple[np.ndarray, CardReading]:
    """Draw a good photograph of a skin tone."""
    out = folder / tone
    if not out.exists():
        render_phantom(
            out=out, seed=5, scenario="studio", tone=tone, sessions=1, change="static", megapixels=MEGAPIXELS
        )
    photograph = read_photograph(out / "session-01.jpg")
    return np.asarray(photograph.pixels), find_card(photograph, load_card("colorchecker-classic"))


def pair_picture(good: np.ndarray, bad: np.ndarray, words: tuple[str, str]) -> Image.Image:
    """Lay two photographs side by side with their words above."""
    page = Image.new("RGB", (2 * WIDTH + GAP, HEIGHT + HEAD), PAPER)
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(size=33)
    for left, codes, colour, mark, said in (
        (0, good, GREEN, "Good", words[0]),
        (WIDTH + GAP, bad, RED, "Not so", words[1]),
    ):
        page.paste(Image.fromarray(codes).resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS), (left, HEAD))
        pen.text((left + 2, 0), f"{mark}:\n{said}", fill=colour, font=font)
        pen.rectangle((left, HEAD, left + WIDTH - 1, HEAD + HEIGHT - 1), outline=colour, width=3)
    return page


SETUP = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 400" role="img"
 aria-label="A camera straight above the skin, two lamps at 45 degrees, the card flat beside the spot">
<style>text{font:19px sans-serif;fill:#222}.t{stroke:#555;stroke-width:1.5;fill:none;stroke-dasharray:5 4}</style>
<rect width="640" height="400" fill="#fff"/>
<path d="M40 316 Q320 284 600 316 L600 346 L40 346 Z" fill="#d9a98c"/>
<ellipse cx="290" cy="303" rx="17" ry="4" fill="#7a4a2e"/>
<rect x="345" y="296" width="92" height="7" rx="2" fill="#222"/>
<rect x="350" y="294" width="12" height="3" fill="#c33"/><rect x="366" y="294" width="12" height="3" fill="#3a3"/>
<rect x="382" y="294" width="12" height="3" fill="#36c"/><rect x="398" y="294" width="12" height="3" fill="#eee"/>
<rect x="284" y="28" width="88" height="44" rx="6" fill="#333"/>
<rect x="311" y="72" width="34" height="16" fill="#555"/>
<path class="t" d="M328 88 V290 M314 88 L214 292 M342 88 L462 292"/>
<g fill="#f5c542" stroke="#886" stroke-width="2">
<path d="M66 128 l50 -34 l18 26 l-50 34 Z"/><path d="M574 128 l-50 -34 l-18 26 l50 34 Z"/></g>
<path class="t" d="M124 140 L288 296 M516 140 L352 290"/>
<text x="384" y="44">camera parallel</text><text x="384" y="68">to the skin</text>
<text x="8" y="76">soft lamp at 45°</text><text x="508" y="84">the same</text>
<text x="8" y="240">phone: 40 to 60 cm</text><text x="8" y="264">85 mm lens: 1 m</text>
<text x="232" y="384">spot</text><path d="M254 364 L284 308" stroke="#555"/>
<text x="330" y="384">card: flat, 1 to 3 cm beside it</text><path d="M392 364 L392 308" stroke="#555"/>
</svg>
"""


def draw(folder: Path) -> None:
    """Draw all pictures into a folder."""
    opencv.use_threads(1)
    folder.mkdir(exist_ok=True)
    (folder / "setup.svg").write_text(SETUP, encoding="utf-8")
    with tempfile.TemporaryDirectory() as work:
        for number, (name, tone, good, bad, spoil) in enumerate(PAIRS):
            codes, card = good_photograph(Path(work), tone)
            spoilt = spoil(codes, card, np.random.default_rng(number))
            picture = pair_picture(codes, spoilt, (good, bad))
            picture.save(folder / f"{name}.jpg", quality=80, subsampling=0, optimize=True)


if __name__ == "__main__":
    draw(FOLDER)
