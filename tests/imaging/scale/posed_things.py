"""Cards and stickers laid on skin before a pinhole camera, without pictures: exact places, known scale."""

from dataclasses import dataclass

import numpy as np

from pigtrack.imaging.geometry import FULL_FRAME_DIAGONAL_MM, apply_homography, fit_homography
from pigtrack.model.calibration import CardReading, StickerReading
from pigtrack.store.reference_data import load_card

CARD = load_card("colorchecker-classic")
SHAPE = (3000, 4000)
PITCH_MM = 9.0
UPRIGHT = np.eye(3)


def lean(tilt_x, tilt_y, turn=0.0):
    """Rotation: turned about z, then tilted about y and x; degrees."""
    x, y, z = np.radians([tilt_x, tilt_y, turn])
    about_x = np.array([[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_z = np.array([[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]])
    return about_x @ about_y @ about_z


@dataclass(frozen=True)
class Stand:
    """A camera before skin; the skin's origin is in the middle of the picture. Lengths in mm, angles in degrees."""

    distance: float = 400.0
    focal_35mm: float = 52.0
    skin: tuple = (0.0, 0.0, 0.0)
    card: tuple = (0.0, 0.0, 8.0)
    card_at: tuple = (35.0, 20.0)
    card_height: float = 1.0
    noise_px: float = 0.0
    seed: int = 0

    @property
    def camera(self):
        focal = self.focal_35mm / FULL_FRAME_DIAGONAL_MM * np.hypot(*SHAPE)
        return np.array([[focal, 0, (SHAPE[1] - 1) / 2], [0, focal, (SHAPE[0] - 1) / 2], [0, 0, 1]])

    def seen(self, on_skin, height=0.0, own=UPRIGHT, at=(0.0, 0.0)):
        """Pixels of points of a flat thing (mm about its centre), lying on the skin at a place and height."""
        flat = np.column_stack([on_skin, np.zeros(len(on_skin))]) @ own.T + [*at, -height]
        places = flat @ lean(*self.skin).T + [0, 0, self.distance]
        drawn = places @ self.camera.T
        return drawn[:, :2] / drawn[:, 2:]

    def reading(self, card=CARD):
        """The card as it would be found."""
        rows, columns = np.divmod(np.arange(24), 6)
        grid = np.column_stack([columns, rows]).astype(float)
        pixels = self.seen((grid - [2.5, 1.5]) * PITCH_MM, self.card_height, lean(*self.card), self.card_at)
        pixels = pixels + np.random.default_rng(self.seed).normal(0, self.noise_px, pixels.shape)
        homography = fit_homography(grid, pixels)
        return CardReading(
            card, apply_homography(homography, grid), homography, np.ones((24, 3)), np.zeros((24, 3)),
            np.zeros(24, bool), 1.0, max(self.noise_px, 0.02), 0.8,
        )  # fmt: skip

    def sticker(self, side_mm=10.0, at=(-15.0, 0.0)):
        """A sticker as it would be found."""
        corners = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]]) * side_mm
        return StickerReading(3, side_mm, self.seen(corners, at=at), 0.05)

    def point(self, at):
        """Upright pixel of a place on the skin."""
        return tuple(self.seen(np.array([at], dtype=float))[0])

    def mm_per_px(self, at):
        """True scale at a place on the skin."""
        corners = np.array(at) + 0.01 * np.array([[0, 0], [1, 0], [0, 1]])
        origin, right, down = self.seen(corners)
        return 0.01 / np.sqrt(abs(np.linalg.det(np.stack([right - origin, down - origin]))))

    def tilt_deg(self):
        """Angle of the card against the sensor."""
        return float(np.degrees(np.arccos((lean(*self.skin) @ lean(*self.card))[2, 2])))
