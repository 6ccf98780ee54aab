"""How each photograph is taken: room, camera and hand of a scenario, and what the nuisances do to them."""

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from pigtrack.imaging.phantom.plan import Nuisance, PhantomPlan, Purpose, Scenario, stream
from pigtrack.imaging.phantom.pose import Deformation, Pose, plan_deformation

Lamp = tuple[tuple[str, float], ...]
"""Names of `SpectralTables.lamps` with their shares of the light (in luminance)."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a scenario is like. Angles in degrees, lengths in millimetres; ± ranges are uniform.

    Attributes
    ----------
    tilt, roll, shift, distance_share : float
        Of the camera; ``distance_share`` is relative.
    card_tilt, card_roll, card_shift, card_height : float
        Of the card against the skin; ``card_height`` is how far above it at most.
    gradient : float
        Relative fall of the light from one end of the field to the other.
    obliquity : float
        Of the lamp against the skin's normal.
    vignetting, flare : float
        Loss in the corners; veil as a share of the picture's mean.
    glints : float
        Light mirrored by the skin's fine relief where it leans most, in units of a perfect white.
    full_well, read_noise : float
        Electrons of a pixel at full scale, and of its noise in the dark.
    blur_px, sharpening : float
        Deviation of lens and sensor; strength of the camera's unsharp mask.
    curve, saturation, white_error : float
        Strength of the tone curve's S, of the colours, relative error of the white balance.
    """

    camera_mm: float
    tilt: float
    roll: float
    shift: float
    distance_share: float
    card_tilt: float
    card_roll: float
    card_shift: float
    card_height: float
    gradient: float
    obliquity: float
    vignetting: float
    flare: float
    glints: float
    exposure_share: float
    full_well: float
    read_noise: float
    blur_px: float
    sharpening: float
    curve: float
    saturation: float
    white_error: float
    jpeg_quality: int
    colour_subsampling: bool
    lamps: tuple[Lamp, ...]


_SPECIMENS: tuple[Lamp, ...] = (
    (("FL2", 0.7), ("D65", 0.3)),
    (("FL11", 1.0),),
    (("LED-B3", 1.0),),
    (("LED-B2", 0.6), ("A", 0.4)),
    (("FL3.12", 0.6), ("LED-B4", 0.4)),
    (("FL7", 0.8), ("A", 0.2)),
    (("LED-B5", 0.5), ("D55", 0.5)),
)

SETTINGS = MappingProxyType(
    {
        Scenario.STUDIO: Setting(
            camera_mm=600, tilt=0.8, roll=0.8, shift=0.8, distance_share=0.008,
            card_tilt=0.5, card_roll=1.0, card_shift=0.8, card_height=0.5,
            gradient=0.02, obliquity=8, vignetting=0.02, flare=0.002, glints=0.0, exposure_share=0.01,
            full_well=40_000, read_noise=4, blur_px=0.65, sharpening=0.0, curve=0.08, saturation=1.0,
            white_error=0.004, jpeg_quality=95, colour_subsampling=False,
            lamps=((("LED-B4", 0.5), ("D50", 0.5)),),
        ),
        Scenario.WARD: Setting(
            camera_mm=500, tilt=5.5, roll=2.0, shift=2.0, distance_share=0.05,
            card_tilt=2.0, card_roll=3.5, card_shift=1.5, card_height=1.5,
            gradient=0.15, obliquity=22, vignetting=0.05, flare=0.005, glints=0.03, exposure_share=0.05,
            full_well=14_000, read_noise=8, blur_px=0.8, sharpening=0.25, curve=0.22, saturation=1.04,
            white_error=0.025, jpeg_quality=92, colour_subsampling=False, lamps=_SPECIMENS,
        ),
        Scenario.PHONE: Setting(
            camera_mm=300, tilt=8.5, roll=3.0, shift=2.0, distance_share=0.04,
            card_tilt=3.0, card_roll=5.0, card_shift=1.5, card_height=2.0,
            gradient=0.12, obliquity=25, vignetting=0.12, flare=0.008, glints=0.04, exposure_share=0.06,
            full_well=6_000, read_noise=6, blur_px=0.75, sharpening=0.6, curve=0.4, saturation=1.15,
            white_error=0.04, jpeg_quality=85, colour_subsampling=True, lamps=_SPECIMENS,
        ),
    }
)  # fmt: skip
"""Invented, after clinical rooms and cameras: numbers of the order that domain literature reports."""


@dataclass(frozen=True, slots=True)
class Condition:
    """All about one photograph that is neither skin nor chance of a pixel.

    Attributes
    ----------
    lamp : Lamp
        Relative spectral power of the light, by its parts.
    gradient : tuple of float
        Relative change of the light a millimetre, along x and y of the skin.
    lamp_direction : tuple of float
        Unit vector from the skin to the lamp, z towards the camera.
    gain : float
        Exposure: signal of a perfect white in full light, full scale 1.
    white_error : tuple of float
        Relative error of the white balance, red and blue.
    """

    pose: Pose
    card: Pose
    camera_mm: float
    deformation: Deformation
    lamp: Lamp
    gradient: tuple[float, float]
    lamp_direction: tuple[float, float, float]
    gain: float
    white_error: tuple[float, float]
    vignetting: float
    flare: float
    glints: float
    full_well: float
    read_noise: float
    blur_px: float
    sharpening: float
    curve: float
    saturation: float
    jpeg_quality: int
    colour_subsampling: bool


def plan_condition(plan: PhantomPlan, session: int, shot: int, px_per_mm: float) -> Condition:
    """Draw how one photograph is taken. Room and camera belong to the course, the skin's pull to the setting-up."""
    setting = SETTINGS[plan.scenario]
    hand = stream(plan, Purpose.SHOT, session, shot)
    setup = plan.setting_up(shot)
    gradient, direction = _light(plan, setting, session, setup)
    return Condition(
        pose=_camera_pose(plan, setting, session, hand),
        card=_card_pose(plan, setting, session, setup),
        camera_mm=setting.camera_mm,
        deformation=_deformation(plan, session, setup),
        lamp=_lamp(plan, setting, session),
        gradient=gradient,
        lamp_direction=direction,
        gain=_gain(plan, setting, session, hand),
        white_error=_pair(hand.normal(0, setting.white_error, 2)),
        vignetting=setting.vignetting,
        flare=setting.flare,
        glints=setting.glints,
        full_well=setting.full_well / (8 if plan.strikes(Nuisance.NOISE, session) else 1),
        read_noise=setting.read_noise * (2 if plan.strikes(Nuisance.NOISE, session) else 1),
        blur_px=_blur(plan, setting, session, px_per_mm),
        sharpening=setting.sharpening,
        curve=setting.curve,
        saturation=setting.saturation,
        jpeg_quality=50 if plan.strikes(Nuisance.JPEG, session) else setting.jpeg_quality,
        colour_subsampling=setting.colour_subsampling or plan.strikes(Nuisance.JPEG, session),
    )


def _pair(values: np.ndarray) -> tuple[float, float]:
    return float(values[0]), float(values[1])


def _camera_pose(plan: PhantomPlan, setting: Setting, session: int, rng: np.random.Generator) -> Pose:
    tilt_x, tilt_y = rng.uniform(-setting.tilt, setting.tilt, 2)
    away = float(rng.uniform(-0.5, 1.0) * setting.distance_share)  # too near would cut the card off
    roll, x, y = rng.uniform(-1, 1, 3) * [setting.roll, setting.shift, setting.shift]
    lean, side = rng.uniform(10, 14), rng.uniform(0, 2 * np.pi)
    if plan.strikes(Nuisance.TILT, session):
        tilt_x, tilt_y = lean * np.cos(side), lean * np.sin(side)
    if plan.strikes(Nuisance.DISTANCE, session):
        away = float(rng.uniform(0.10, 0.18))
    return Pose(float(tilt_x), float(tilt_y), float(roll), (float(x), float(y), away * setting.camera_mm))


def _card_pose(plan: PhantomPlan, setting: Setting, session: int, setup: int) -> Pose:
    rng = stream(plan, Purpose.CARD, session, setup)
    tilt_x, tilt_y = rng.uniform(-setting.card_tilt, setting.card_tilt, 2)
    roll = rng.uniform(-setting.card_roll, setting.card_roll)
    x, y = rng.uniform(-setting.card_shift, setting.card_shift, 2)
    height = rng.uniform(0.3, max(setting.card_height, 0.31))
    return Pose(float(tilt_x), float(tilt_y), float(roll), (float(x), float(y), -float(height)))


def _deformation(plan: PhantomPlan, session: int, setup: int) -> Deformation:
    if session == 1 and setup == 0:
        return Deformation()
    strain = 0.02 if plan.strikes(Nuisance.STRAIN, session) else 0.005
    return plan_deformation(stream(plan, Purpose.VISIT, session, setup), strain)


def _lamp(plan: PhantomPlan, setting: Setting, session: int) -> Lamp:
    """The room's lamp; with the nuisance, each later session has another one."""
    order = stream(plan, Purpose.LAMP).permutation(len(_SPECIMENS))
    if plan.strikes(Nuisance.LAMP, session):
        return _SPECIMENS[order[1 + (session - 2) % (len(order) - 1)]]
    return setting.lamps[0] if len(setting.lamps) == 1 else setting.lamps[order[0]]


def _light(
    plan: PhantomPlan, setting: Setting, session: int, setup: int
) -> tuple[tuple[float, float], tuple[float, float, float]]:
    room, visit = stream(plan, Purpose.ROOM), stream(plan, Purpose.ROOM, session, setup)
    side = room.uniform(0, 2 * np.pi) + visit.normal(0, 0.3)
    fall = setting.gradient * visit.uniform(0.6, 1.0) / 130.0
    lean = np.radians(setting.obliquity * visit.uniform(0.7, 1.0))
    x, y, z = np.cos(side) * np.sin(lean), np.sin(side) * np.sin(lean), np.cos(lean)
    return (float(fall * np.cos(side)), float(fall * np.sin(side))), (float(x), float(y), float(z))


def _gain(plan: PhantomPlan, setting: Setting, session: int, rng: np.random.Generator) -> float:
    """Signal of a perfect white; the nuisance takes a stop or gives half of one, turn and turn about."""
    gain = 0.86 * (1 + rng.uniform(-1, 1) * setting.exposure_share) / (1 + setting.gradient / 2)
    stops = 0.5 if session % 2 else -rng.uniform(0.7, 1.1)
    return float(gain * 2**stops) if plan.strikes(Nuisance.EXPOSURE, session) else float(gain)


def _blur(plan: PhantomPlan, setting: Setting, session: int, px_per_mm: float) -> float:
    """Deviation in pixels; the nuisance adds 0.15 mm of missed focus."""
    extra = 0.15 * px_per_mm if plan.strikes(Nuisance.BLUR, session) else 0.0
    return float(np.hypot(setting.blur_px, extra))
