"""Pictures of colour cards under everything that happens to them, with the truth; for tests and `benchmarks/cards.py`.

Each scene is drawn from its kind and a seed, in linear light, then developed: lamp, tone, noise, JPEG. Even seeds
(and odd ones below 300) are for development, odd ones from 301 on are held out: no limit was set by looking at them.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np

from pigtrack.imaging.colour import XYZ_TO_SRGB, decode, encode_srgb
from pigtrack.imaging.geometry import apply_homography, fit_homography
from pigtrack.imaging.phantom.cardface import card_cover, draw_face, patch_centres_mm
from pigtrack.imaging.phantom.layout import CARD_PITCH_MM
from pigtrack.model.calibration import Card, CardReading
from pigtrack.model.photograph import Encoding, Photograph

SKINS = {"light": (0.62, 0.42, 0.32), "tan": (0.33, 0.20, 0.13), "dark": (0.09, 0.05, 0.035)}
LAMPS = {
    "daylight": (1.0, 1.0, 1.0),
    "tungsten": (1.45, 0.95, 0.42),
    "fluorescent": (0.85, 1.15, 0.75),
    "unbalanced": (0.5, 1.0, 0.7),
    "shade": (0.75, 0.95, 1.35),
}
"""What the light, or a white balance left out, does to linear R, G, B."""


@dataclass(frozen=True, eq=False)
class Scene:
    """A photograph and what a finder should say of it.

    ``expected`` is "whole", or the names of the faults that are right answers. ``centres`` is where the patches lie,
    shape (patches, 2), in the order of the card that is drawn; None where there is none. ``bend`` is the root mean
    square distance of a real card's patches from a flat grid, in pitches.
    """

    kind: str
    photograph: Photograph
    expected: tuple[str, ...]
    centres: np.ndarray | None = None
    bend: float = 0.0

    @property
    def pitch_px(self) -> float:
        return float(np.linalg.norm(self.centres[1] - self.centres[0]))

    @property
    def tolerance_px(self) -> float:
        """A hundredth of the pitch or 0.15 px, and what no flat grid can follow."""
        return max((0.01 + self.bend) * self.pitch_px, 0.15)


@dataclass(frozen=True)
class Look:
    """How a scene is taken. Angles in degrees, lengths in pixels; ``cut`` is how many pitches run out of frame."""

    pitch: float = 40.0
    roll: float = 0.0
    tilt: float = 0.0
    lamp: str = "daylight"
    gain: float = 0.85
    stops: float = 0.0
    blur: float = 0.6
    noise: float = 0.004
    jpeg: int = 92
    skin: str = "light"
    ground: str = "skin"
    slope: float = 0.1
    tone: float = 0.0
    mirrored: bool = False
    cut: float = 0.0
    cover: str = ""


def random_look(rng: np.random.Generator) -> Look:
    """An ordinary clinic photograph: any roll, a little tilt, any skin."""
    return Look(
        pitch=float(np.exp(rng.uniform(np.log(18), np.log(90)))),
        roll=float(rng.uniform(0, 360)),
        tilt=float(rng.uniform(0, 10)),
        gain=float(rng.uniform(0.55, 0.95)),
        blur=float(rng.uniform(0.5, 1.0)),
        noise=float(rng.uniform(0.002, 0.01)),
        jpeg=int(rng.integers(75, 96)),
        skin=str(rng.choice(list(SKINS))),
        ground=str(rng.choice(["skin", "cloth", "clutter", "skin"])),
        slope=float(rng.uniform(0, 0.2)),
        tone=float(rng.uniform(0, 0.5)),
    )


WHOLE: dict[str, Callable[[Look, np.random.Generator], Look]] = {
    "plain": lambda look, rng: look,
    "tilted 10-20 degrees": lambda look, rng: replace(look, tilt=rng.uniform(10, 20)),
    "pitch 7-10 px": lambda look, rng: replace(look, pitch=rng.uniform(7, 10), blur=rng.uniform(0.45, 0.6)),
    "pitch 10-18 px": lambda look, rng: replace(look, pitch=rng.uniform(10, 18), blur=rng.uniform(0.5, 0.8)),
    "pitch 100-250 px": lambda look, rng: replace(look, pitch=rng.uniform(100, 250), blur=rng.uniform(0.8, 2)),
    "tinted": lambda look, rng: replace(look, lamp=str(rng.choice(list(LAMPS)[1:]))),
    "three stops dark": lambda look, rng: replace(look, stops=-rng.uniform(2, 3), noise=0.012),
    "blurred": lambda look, rng: replace(look, blur=look.pitch * rng.uniform(0.03, 0.06) + 0.5),
    "JPEG 40": lambda look, rng: replace(look, jpeg=40),
    "fingers on the rim": lambda look, rng: replace(look, cover="rim"),
    "finger over 1-2 patches": lambda look, rng: replace(look, cover="patches"),
    "clutter": lambda look, rng: replace(look, ground="clutter"),
    "uneven light": lambda look, rng: replace(look, slope=rng.uniform(0.3, 0.6), gain=0.7),
    "everything": lambda look, rng: replace(
        look, tilt=rng.uniform(5, 20), lamp=str(rng.choice(list(LAMPS))), stops=-rng.uniform(0, 2),
        jpeg=int(rng.integers(45, 90)), cover=str(rng.choice(["", "rim"])), ground="clutter", noise=0.01,
    ),
}  # fmt: skip

FAULTY: dict[str, tuple[tuple[str, ...], Callable[[Look, np.random.Generator], Look]]] = {
    "mirrored": (("MIRRORED",), lambda look, rng: replace(look, mirrored=True)),
    "half hidden": (("HIDDEN",), lambda look, rng: replace(look, cover="half")),
    "fingers over many patches": (("HIDDEN",), lambda look, rng: replace(look, cover="many")),
    "a column or row lost": (("OUTSIDE",), lambda look, rng: replace(look, cut=float(rng.uniform(0.3, 1.4)))),
    "blown out": (("BLOWN_OUT",), lambda look, rng: replace(look, gain=float(rng.uniform(2.2, 4.0)))),
}

_RESHAPED = (
    "a larger card with this in it",
    "a camera-trax-like card",
    "colours shuffled",
    "random colours",
    "hues turned",
    "greys elsewhere",
)
NEGATIVE = ("skin only", "cloth", "clutter only", "keyboard", "checkerboard", "colour tiles", "codes")


def kinds() -> tuple[str, ...]:
    """Names of all kinds that can be drawn."""
    return (*WHOLE, *FAULTY, *_RESHAPED, "another card", *NEGATIVE)


def draw_scene(kind: str, seed: int, card: Card, *, other: Card | None = None) -> Scene:
    """Draw one scene; ``other`` is the card that lies there where ``card`` is asked ("another card")."""
    rng = np.random.default_rng([seed, list(kinds()).index(kind)])
    look = random_look(rng)
    if kind in WHOLE:
        return photograph_card(kind, card, WHOLE[kind](look, rng), rng, ("whole",))
    if kind in FAULTY:
        expected, change = FAULTY[kind]
        return photograph_card(kind, card, change(look, rng), rng, expected)
    if kind in _RESHAPED or kind == "another card":
        lying = other if kind == "another card" and other is not None else _foreign(kind, card, rng)
        return photograph_card(kind, lying, replace(look, lamp=str(rng.choice(list(LAMPS)))), rng, _said_of(kind))
    return _without_card(kind, look, rng)


def _said_of(kind: str) -> tuple[str, ...]:
    """With the greys moved by a row, three rows of four are right: that the fourth is hidden is no error."""
    return ("FOREIGN", "HIDDEN") if kind == "greys elsewhere" else ("FOREIGN",)


def _foreign(kind: str, card: Card, rng: np.random.Generator) -> Card:
    xyz = card.xyz.copy()
    shape = (card.rows, card.columns, 3)
    if kind == "a larger card with this in it":
        return _larger(card, rng)
    if kind == "colours shuffled":
        xyz = xyz[rng.permutation(len(xyz))]
    elif kind == "random colours":
        xyz = rng.uniform(0.03, 0.9, xyz.shape)
    elif kind == "greys elsewhere":
        xyz = np.roll(xyz.reshape(shape), int(rng.integers(1, card.rows)), axis=0).reshape(-1, 3)
    elif (
        kind == "hues turned"
    ):  # the same lights and darks with other hues: what a correlation of each channel forgives
        xyz[:18] = (
            (np.clip(xyz[:18] @ XYZ_TO_SRGB.T, 0.005, 1)[:, np.roll(np.arange(3), rng.integers(1, 3))])
            @ np.linalg.inv(XYZ_TO_SRGB).T
        )
    else:
        xyz = np.clip(TRAX, 0.004, 1) @ np.linalg.inv(XYZ_TO_SRGB).T
    return replace(card, xyz=xyz, patch_width=float(rng.uniform(0.78, 0.9)))


def _larger(card: Card, rng: np.random.Generator) -> Card:
    """A card of three or two rows and columns more on each side, in the manner of the Digital SG."""
    more = int(rng.integers(2, 4))
    xyz = rng.uniform(0.03, 0.85, (card.rows + 2 * more, card.columns + 2 * more, 3))
    xyz[more:-more, more:-more] = card.xyz.reshape(card.rows, card.columns, 3)
    return replace(card, columns=card.columns + 2 * more, rows=card.rows + 2 * more, xyz=xyz.reshape(-1, 3))


TRAX = np.array(
    [[0.03, 0.03, 0.03], [0.45, 0.45, 0.45], [0.08, 0.08, 0.08], [0.85, 0.85, 0.85], [0.2, 0.2, 0.2], [0.6, 0.6, 0.6],
     [0.1, 0.03, 0.3], [0.25, 0.6, 0.05], [0.7, 0.06, 0.3], [0.02, 0.2, 0.5], [0.75, 0.4, 0.02], [0.05, 0.05, 0.3],
     [0.02, 0.25, 0.06], [0.45, 0.02, 0.02], [0.8, 0.65, 0.02], [0.4, 0.05, 0.25], [0.0, 0.25, 0.35], [0.8, 0.75, 0.5],
     [0.65, 0.4, 0.3], [0.15, 0.07, 0.04], [0.15, 0.3, 0.6], [0.12, 0.16, 0.05], [0.3, 0.2, 0.5], [0.3, 0.7, 0.6]]
)  # fmt: skip
"""Linear R, G, B of an invented card after the manner of a pocket one: greys and hues in another order."""


def pose(look: Look, card: Card, rng: np.random.Generator) -> tuple[np.ndarray, tuple[int, int]]:
    """Homography from millimetres on the card to pixels, and rows, columns of a picture that holds all of it."""
    per_mm = look.pitch / CARD_PITCH_MM
    reach = look.pitch * np.hypot(card.columns + 1.5, card.rows + 2) / 2
    side = max(2.3 * reach, 420.0)
    shape = (int(side), int(side * 1.25))
    focal = 1.2 * np.hypot(*shape)
    roll, lean, about = np.radians([look.roll, look.tilt, rng.uniform(0, 360)])
    axis = np.array([np.cos(about), np.sin(about), 0]) * lean
    turn = cv2.Rodrigues(axis)[0] @ cv2.Rodrigues(np.array([0, 0, roll]))[0]
    away = focal / per_mm
    spare = np.maximum(np.array([shape[1], shape[0]]) / 2 - 1.08 * reach, 0)
    shift = rng.uniform(-1, 1, 2) * spare / per_mm
    camera = np.array([[focal, 0, shape[1] / 2], [0, focal, shape[0] / 2], [0, 0, 1]])
    homography = camera @ np.column_stack([turn[:, 0], turn[:, 1], [*shift, away]])
    if look.cut:
        homography = _pushed_out(homography, look, card, shape, rng)
    return homography / homography[2, 2], shape


def _pushed_out(
    homography: np.ndarray, look: Look, card: Card, shape: tuple[int, int], rng: np.random.Generator
) -> np.ndarray:
    """Move the card over the picture's border until its outermost patch centre is ``cut`` pitches beyond."""
    centres = apply_homography(homography, patch_centres_mm(card))
    axis, far = int(rng.integers(2)), int(rng.integers(2))
    border = (shape[1], shape[0])[axis] * far
    extreme = centres[:, axis].max() if far else centres[:, axis].min()
    move = np.eye(3)
    move[axis, 2] = border + (look.cut - 0.45) * look.pitch * (1 if far else -1) - extreme
    return move @ homography


def photograph_card(kind: str, card: Card, look: Look, rng: np.random.Generator, expected: tuple[str, ...]) -> Scene:
    """Draw a card, photograph it and tell where it lies."""
    homography, shape = pose(look, card, rng)
    picture, millimetres = _ground(shape, look, rng), _millimetres(homography, shape)
    per_mm = look.pitch / CARD_PITCH_MM
    colours = np.clip(card.xyz @ XYZ_TO_SRGB.T, 0.002, 1.0)
    face = draw_face(card, colours, np.full(3, rng.uniform(0.02, 0.05)), millimetres, px_per_mm=per_mm)
    cover = card_cover(card, millimetres, px_per_mm=per_mm)[..., None]
    return _taken(kind, picture + cover * (face - picture), homography, card, look, rng, expected)


def retake(kind: str, seed: int, photograph: Photograph, reading: CardReading) -> Scene:
    """Turn, tilt, scale, tint, darken, cover, mirror, cut or blow out a real photograph of a card, as it was read."""
    rng = np.random.default_rng([seed, 1000 + list(kinds()).index(kind)])
    expected, change = (("whole",), WHOLE[kind]) if kind in WHOLE else FAULTY[kind]
    look = replace(change(random_look(rng), rng), tone=0.0)
    card, centres = reading.card, reading.centres
    lying = fit_homography(patch_centres_mm(card), centres)
    most = 1.3 * float(np.linalg.norm(centres[1] - centres[0]))  # what is not in the source can't be enlarged out of it
    look = replace(look, pitch=min(look.pitch, most), gain=look.gain / 0.85 / max(LAMPS[look.lamp]))
    homography, shape = pose(look, card, rng)
    shrink = most / 1.3 / look.pitch
    linear = decode(photograph.pixels / 255.0, photograph.encoding).astype(np.float32)
    linear = cv2.GaussianBlur(linear, (0, 0), 0.4 * shrink) if shrink > 1.2 else linear
    back = lying @ np.linalg.inv(homography)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    picture = cv2.warpPerspective(linear, back, shape[::-1], flags=flags, borderMode=cv2.BORDER_REPLICATE)
    scene = _taken(kind, picture, homography, card, replace(look, slope=look.slope / 2), rng, expected)
    return replace(scene, bend=reading.centre_error_px / float(np.linalg.norm(centres[1] - centres[0])))


def _millimetres(homography: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    y, x = np.mgrid[: shape[0], : shape[1]]
    return apply_homography(np.linalg.inv(homography), np.stack([x, y], axis=-1).astype(np.float64)).astype(np.float32)


def _taken(
    kind: str,
    picture: np.ndarray,
    homography: np.ndarray,
    card: Card,
    look: Look,
    rng: np.random.Generator,
    expected: tuple[str, ...],
) -> Scene:
    """Lay hands on the scene and photograph it."""
    centres = apply_homography(homography, patch_centres_mm(card))
    hand = _hand(_millimetres(homography, picture.shape[:2]), card, look, rng)
    picture = picture + hand[..., None] * (_skin_of_a_hand(hand.shape, rng) - picture)
    picture = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), look.blur)
    if look.mirrored:
        picture = np.ascontiguousarray(picture[:, ::-1])
    if "HIDDEN" in expected and _free_patches(hand, centres, look.pitch) < 12:
        expected = ("HIDDEN", "ABSENT")  # nobody can tell a card from so little
    return Scene(kind, develop(picture, look, rng), expected, centres)


def _free_patches(hand: np.ndarray, centres: np.ndarray, pitch: float) -> int:
    """Patches of which less than a tenth is under the hand."""
    half = max(1, round(0.4 * pitch))
    boxes = [np.rint(c).astype(int) for c in centres]
    parts = [hand[max(y - half, 0) : y + half, max(x - half, 0) : x + half] for x, y in boxes]
    return sum(part.size > 0 and float(part.mean()) < 0.1 for part in parts)


def _without_card(kind: str, look: Look, rng: np.random.Generator) -> Scene:
    shape = (700, 900)
    look = replace(look, ground={"cloth": "cloth", "clutter only": "clutter"}.get(kind, "skin"))
    picture = _ground(shape, look, rng)
    if kind in _PATTERNS:
        picture = _PATTERNS[kind](picture, look, rng)
    picture = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), look.blur)
    expected = ("ABSENT", "FOREIGN") if kind == "colour tiles" else ("ABSENT",)
    return Scene(kind, develop(picture, look, rng), expected)


def develop(linear: np.ndarray, look: Look, rng: np.random.Generator) -> Photograph:
    """Lamp, slope of the light, exposure, noise of photons, tone curve, 8 bits, JPEG."""
    rows, columns = linear.shape[:2]
    side = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    light = 1 + look.slope * (np.cos(side) * x + np.sin(side) * y) / 1.2
    raw = linear * light[..., None] * look.gain * 2.0**look.stops * np.array(LAMPS[look.lamp])
    raw = raw + np.sqrt(np.maximum(raw, 0) + 0.002) * rng.normal(0, look.noise, raw.shape)
    codes = encode_srgb(raw)
    codes = codes + look.tone * 0.5 * codes * (1 - codes) * (2 * codes - 1)
    stored = np.rint(np.clip(codes, 0, 1) * 255).astype(np.uint8)
    return Photograph(f"{look.ground}.jpg", jpeg(stored, look.jpeg), Encoding.SRGB, "0" * 64)


def jpeg(pixels: np.ndarray, quality: int) -> np.ndarray:
    """Write R, G, B codes as a JPEG of this quality and read them again."""
    data = cv2.imencode(".jpg", np.ascontiguousarray(pixels[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])


def _ground(shape: tuple[int, int], look: Look, rng: np.random.Generator) -> np.ndarray:
    skin = np.array(SKINS[look.skin], np.float32)
    picture = skin * (1 + 0.12 * _clouds(shape, 120, rng) + 0.05 * _clouds(shape, 5, rng))[..., None]
    if look.ground == "cloth":
        return _cloth(shape, rng)
    return _clutter(picture, rng) if look.ground == "clutter" else picture.astype(np.float32)


def _clouds(shape: tuple[int, int], size: float, rng: np.random.Generator) -> np.ndarray:
    small = rng.standard_normal((max(2, int(shape[0] / size)) + 2, max(2, int(shape[1] / size)) + 2), np.float32)
    return cv2.resize(small, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)


def _cloth(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Two colours woven: stripes or a check of 6 to 40 px, turned by some angle."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    angle, step = rng.uniform(0, np.pi), rng.uniform(6, 40)
    u, v = np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x
    weave = (np.sin(2 * np.pi * u / step) > 0) * 0.5 + (np.sin(2 * np.pi * v / step) > 0) * (0.5 * rng.integers(2))
    first, second = rng.uniform(0.03, 0.8, (2, 3))
    return (first + (second - first) * weave[..., None] * (1 + 0.1 * _clouds(shape, 3, rng)[..., None])).astype(
        np.float32
    )


def _clutter(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Boxes, discs, lines and print of all sizes."""
    drawn = np.ascontiguousarray(picture.astype(np.float32))
    rows, columns = drawn.shape[:2]
    for _ in range(60):
        colour = tuple(float(c) for c in rng.uniform(0.02, 0.9, 3))
        place = (int(rng.integers(columns)), int(rng.integers(rows)))
        size = float(np.exp(rng.uniform(np.log(5), np.log(columns / 5))))
        form = rng.integers(4)
        if form == 0:
            box = cv2.boxPoints((place, (size, size * rng.uniform(0.3, 2)), rng.uniform(0, 180)))
            cv2.fillPoly(drawn, [np.rint(box).astype(np.int32)], colour)
        elif form == 1:
            cv2.circle(drawn, place, max(2, int(size / 2)), colour, -1)
        elif form == 2:
            end = (int(rng.integers(columns)), int(rng.integers(rows)))
            cv2.line(drawn, place, end, colour, int(rng.integers(1, 8)))
        else:
            _write(drawn, "pigment 24", place, size / 60, colour)
    return drawn


def _write(
    drawn: np.ndarray, text: str, place: tuple[int, int], size: float, colour: tuple[float, float, float]
) -> None:
    mask = np.zeros(drawn.shape[:2], np.uint8)
    cv2.putText(mask, text, place, cv2.FONT_HERSHEY_SIMPLEX, size, 255, 2)
    drawn[mask > 127] = colour


def _hand(millimetres: np.ndarray, card: Card, look: Look, rng: np.random.Generator) -> np.ndarray:
    """Share of each pixel under fingers over the rim, patches, many patches, or under a hand over half of the card."""
    half = np.array([card.columns, card.rows]) * CARD_PITCH_MM / 2
    inside = np.zeros(millimetres.shape[:2], np.float32)
    if look.cover == "half":
        return _half_plane(millimetres, half, rng)
    for finger in _fingers(look.cover, half, rng) if look.cover else []:
        inside = np.maximum(inside, _capsule(millimetres, *finger, px_per_mm=look.pitch / CARD_PITCH_MM))
    return inside


def _skin_of_a_hand(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    skin = np.array(SKINS[str(rng.choice(list(SKINS)))], np.float32)
    return skin * (0.85 + 0.1 * _clouds(shape, 30, rng))[..., None]


def _half_plane(millimetres: np.ndarray, half: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    angle, share = rng.uniform(0, 2 * np.pi), rng.uniform(-0.25, 0.25)
    along = millimetres / half.astype(np.float32) @ np.array([np.cos(angle), np.sin(angle)], np.float32)
    return np.clip((along - share) * 30 + 0.5, 0, 1).astype(np.float32)


def _fingers(cover: str, half: np.ndarray, rng: np.random.Generator) -> list[tuple[np.ndarray, np.ndarray, float]]:
    """Tip, direction outward and radius (mm) of each finger; a patch is 0.85 of a pitch wide."""
    found = []
    pitch = CARD_PITCH_MM
    count = {"rim": int(rng.integers(1, 4)), "patches": 1, "many": 2}[cover]
    for _ in range(count):
        axis, sign = int(rng.integers(2)), rng.choice([-1.0, 1.0])
        outward = np.array([sign, 0.0]) if axis == 0 else np.array([0.0, sign])
        across = outward[::-1] * rng.uniform(-0.85, 0.85) * half[1 - axis]
        depth = {"rim": -0.12, "patches": 0.5, "many": rng.uniform(2.0, 2.6)}[cover] * pitch
        radius = {"rim": rng.uniform(0.4, 0.8), "patches": 0.4, "many": rng.uniform(0.9, 1.1)}[cover] * pitch
        if cover == "rim":  # the tip stays on the frame, beyond the outer patches
            depth = -0.02 * pitch
        tip = outward * (half[axis] - depth + (radius if cover == "rim" else radius * 0.6)) + across
        found.append((tip, outward, float(radius)))
    return found


def _capsule(
    millimetres: np.ndarray, tip: np.ndarray, outward: np.ndarray, radius: float, *, px_per_mm: float
) -> np.ndarray:
    away = millimetres - tip.astype(np.float32)
    along = np.maximum(away @ outward.astype(np.float32), 0)
    off = np.linalg.norm(away - along[..., None] * outward.astype(np.float32), axis=-1)
    return np.clip((radius - off) * px_per_mm + 0.5, 0, 1)


def _tiles(
    picture: np.ndarray,
    rng: np.random.Generator,
    rows: int,
    columns: int,
    colours: Callable[[], np.ndarray],
    gap: float,
) -> np.ndarray:
    """A grid of squares on a dark or light board, turned by some angle."""
    shape = picture.shape[:2]
    pitch = float(rng.uniform(0.4, 0.9) * min(shape) / max(rows, columns))
    angle = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[: shape[0], : shape[1]]
    u = (np.cos(angle) * (x - shape[1] / 2) + np.sin(angle) * (y - shape[0] / 2)) / pitch + columns / 2
    v = (np.cos(angle) * (y - shape[0] / 2) - np.sin(angle) * (x - shape[1] / 2)) / pitch + rows / 2
    board = (u > -0.2) & (u < columns + 0.2) & (v > -0.2) & (v < rows + 0.2)
    cell = np.stack([np.clip(v, 0, rows - 1e-3), np.clip(u, 0, columns - 1e-3)], axis=-1).astype(int)
    inside = (np.abs(u - cell[..., 1] - 0.5) < (1 - gap) / 2) & (np.abs(v - cell[..., 0] - 0.5) < (1 - gap) / 2)
    table = np.stack([colours() for _ in range(rows * columns)]).reshape(rows, columns, 3)
    drawn = picture.copy()
    drawn[board] = rng.uniform(0.02, 0.08) if rng.uniform() < 0.7 else 0.7
    drawn[inside] = table[cell[inside][:, 0], cell[inside][:, 1]]
    return drawn


def _keyboard(picture: np.ndarray, look: Look, rng: np.random.Generator) -> np.ndarray:
    key = rng.uniform(0.05, 0.8)
    drawn = _tiles(picture, rng, 5, 12, lambda: np.full(3, key * rng.uniform(0.97, 1.03)), 0.15)
    for _ in range(80):
        place = (int(rng.integers(picture.shape[1])), int(rng.integers(picture.shape[0])))
        _write(drawn, chr(int(rng.integers(65, 91))), place, 0.4, (0.9, 0.9, 0.9))
    return drawn


def _checkerboard(picture: np.ndarray, look: Look, rng: np.random.Generator) -> np.ndarray:
    turn = iter(np.indices((7, 9)).sum(axis=0).ravel() % 2)
    return _tiles(picture, rng, 7, 9, lambda: np.full(3, 0.03 + 0.8 * next(turn)), 0.0)


def _colour_tiles(picture: np.ndarray, look: Look, rng: np.random.Generator) -> np.ndarray:
    rows, columns = int(rng.integers(4, 8)), int(rng.integers(4, 9))
    return _tiles(picture, rng, rows, columns, lambda: rng.uniform(0.03, 0.85, 3), float(rng.uniform(0.08, 0.2)))


def _codes(picture: np.ndarray, look: Look, rng: np.random.Generator) -> np.ndarray:
    return _tiles(picture, rng, 25, 25, lambda: np.full(3, 0.03 + 0.8 * rng.integers(2)), 0.0)


_PATTERNS = {"keyboard": _keyboard, "checkerboard": _checkerboard, "colour tiles": _colour_tiles, "codes": _codes}
