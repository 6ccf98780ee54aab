"""Courses of measurements with known truth, drawn without pictures."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np

from pigtrack.imaging.change import ChangeSettings
from pigtrack.imaging.change.plain import USUAL_GRAIN
from pigtrack.model.course import Course, Endpoint, Session
from pigtrack.model.metrics import PhotographMeasurement, PlainSkin, SkinReading, SpotMeasurement
from pigtrack.model.quantity import Measured, Unit

SKIN = SkinReading(region_mi=40.0, region_ei=20.0, region_lab=(65.0, 12.0, 17.0), region_u=0.2,
                   control_mi=39.0, control_ei=19.0, control_u=0.2)  # fmt: skip
REFLECTANCE = 0.341
"""Of the skin above: its L* as luminance."""


USUAL = ChangeSettings()
NORMAL = replace(
    USUAL,
    proportion=0.0,
    area=replace(USUAL.area, own_degrees=np.inf),
    contrast=replace(USUAL.contrast, own_degrees=np.inf),
    load=replace(USUAL.load, own_degrees=np.inf),
)
"""The usual noise with normal tails and a ruler in proportion, as they are drawn here."""


@dataclass(frozen=True)
class Truth:
    """What the lesions are: per session (rows) and lesion (columns), as a share of the baseline."""

    area: np.ndarray
    contrast: np.ndarray
    areas: np.ndarray
    contrasts: np.ndarray
    settings: ChangeSettings = field(default_factory=lambda: NORMAL)


def spot(identity=1, *, area=10.0, contrast=8.0, present=True, parts=1, merged_with=(), flags=(), load=None, u=0.02,
         delta_ei=0.0):  # fmt: skip
    """One lesion in one photograph; every relative u alike unless the value is 0."""

    def measured(value, unit):
        return None if value is None else Measured(value, abs(value) * u or 0.2, unit)

    amount = area * contrast if load is None and area is not None and contrast is not None else load
    return SpotMeasurement(
        lesion_id=identity,
        present=present,
        parts=parts,
        centroid=(10.0 * identity, 20.0),
        area=measured(area, Unit.SQUARE_MILLIMETRE),
        area_frozen=measured(area, Unit.SQUARE_MILLIMETRE),
        diameter=None,
        lab=(55.0, 14.0, 20.0),
        ring_lab=(65.0, 12.0, 17.0),
        delta_mi=measured(contrast, Unit.MELANIN_INDEX),
        delta_e00=measured(contrast, Unit.DELTA_E_2000),
        delta_l=contrast,
        delta_ita=contrast,
        delta_ei=delta_ei,
        load=measured(amount, Unit.PIGMENT_LOAD),
        edge_width=0.3,
        merged_with=merged_with,
        flags=frozenset(flags),
    )


def photograph(*spots, skin=SKIN, plain=None):
    return PhotographMeasurement(tuple(spots), skin, np.zeros((2, 2), np.int32), plain=plain)


def draw_plain(seed, *, noise, texture=0.0):
    """Plain skin whose texture is the same for all seeds, under noise that is not; both at 1 mm, falling with size."""
    fixed, chance = np.random.default_rng(0), np.random.default_rng(seed)
    sizes = (1.0, 2.0, 4.0)
    drawn = [(fixed.normal(0, texture, (40, 40)) + chance.normal(0, noise, (40, 40))) / size for size in sizes]
    return PlainSkin(sizes, tuple(each.astype(np.float32) for each in drawn))


def course(sessions, *, days=14, primary=Endpoint.LOAD, **changes):
    """A course with sessions ``days`` apart; ``changes`` maps a session's number to what differs in it."""
    start = date(2026, 1, 11)
    return Course(
        id="C-1",
        primary=primary,
        sessions=tuple(
            Session(
                n,
                start + timedelta(days=days * (n - 1)),
                **{"photos": (f"{n}.jpg",), **changes.get(f"session_{n}", {})},
            )
            for n in range(1, sessions + 1)
        ),
    )


def draw_truth(rng, *, sessions=6, lesions=12, area=1.0, contrast=1.0):
    """Lesions of 2 to 40 mm² and 3 to 12 MI; after the baseline every one is ``area`` and ``contrast`` of itself."""
    shape = (sessions, lesions)
    return Truth(
        area=np.where(np.arange(sessions)[:, None] > 0, area, 1.0) * np.ones(shape),
        contrast=np.where(np.arange(sessions)[:, None] > 0, contrast, 1.0) * np.ones(shape),
        areas=np.exp(rng.uniform(np.log(2), np.log(40), lesions)),
        contrasts=rng.uniform(3, 12, lesions),
    )


def photograph_course(truth, rng, *, shots=2, shot_cv=0.02):
    """Measure a truth with the session noise that the settings name, and ``shots`` photographs a session."""
    return [_session(truth, index, rng, shots, shot_cv) for index in range(len(truth.area))]


def _session(truth, index, rng, shots, shot_cv):
    settings = truth.settings
    areas, contrasts = truth.areas * truth.area[index], truth.contrasts * truth.contrast[index]
    noisy = {
        "area": areas * _noise(settings.area, rng, len(areas)),
        "contrast": contrasts * _noise(settings.contrast, rng, len(areas)),
        "load": areas * contrasts * _noise(settings.load, rng, len(areas)),
    }
    return [photograph(*_shot(noisy, settings, rng, shot_cv)) for _ in range(shots)]


def _noise(noise, rng, lesions):
    return (1 + rng.normal(0, noise.shared(REFLECTANCE))) * (1 + rng.normal(0, noise.each(REFLECTANCE), lesions))


def _shot(noisy, settings, rng, cv):
    """Areas scatter by their claim times ``chance``; without plain skin the others scatter as they claim."""
    rim = settings.area.floor * USUAL_GRAIN * np.sqrt(4 * np.pi / noisy["area"])
    scatter = {"area": np.hypot(settings.area.chance * cv, rim), "contrast": cv, "load": cv}
    values = {name: value * (1 + scatter[name] * rng.normal(0, 1, len(value))) for name, value in noisy.items()}
    return [
        spot(i + 1, area=values["area"][i], contrast=values["contrast"][i], load=values["load"][i], u=cv)
        for i in range(len(noisy["area"]))
    ]
