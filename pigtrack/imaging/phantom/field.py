"""Melasma: confluent patches of faint pigment whose borders fade over millimetres into the skin around."""

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from pigtrack.imaging import opencv
from pigtrack.imaging.phantom.layout import FIELD_MM, MARGIN_MM, REGION_MM
from pigtrack.imaging.phantom.lesions import Blob, LesionState, draw_coverage
from pigtrack.imaging.phantom.plan import ChangeKind, PhantomPlan, Purpose, stream
from pigtrack.model.quantity import FloatImage

STEP_MM = 0.25
"""Of the raster on which the field is drawn: fine against its own structures of a millimetre and more."""

MELANIN = 0.015
"""Melanosome fraction that melasma adds: the fainter kind of pigment in the phantom."""

_NET_MM, _CLOUD_MM = 2.4, 7.0
"""Width of the meshes and of the slow swell of melasma's reticular mottling."""


class FieldFate(StrEnum):
    """What becomes of a patch."""

    FADE = "fade"
    SHRINK = "shrink"
    BOTH = "both"
    STAY = "stay"
    GROW = "grow"


@dataclass(frozen=True, slots=True)
class PlannedPatch:
    """One patch through the course; ``states`` has one entry a session, its melanin what the plateau adds."""

    fate: FieldFate
    states: tuple[LesionState, ...]


@dataclass(frozen=True, slots=True)
class PlannedField:
    """All patches of a course, and the seed of the mottling that belongs to its skin."""

    patches: tuple[PlannedPatch, ...]
    seed: int


def plan_field(plan: PhantomPlan) -> PlannedField:
    """Place three patches of 20 to 40 mm in the region and lead each through the sessions."""
    rng = stream(plan, Purpose.FIELD)
    left, top, right, bottom = REGION_MM
    third = (bottom - top) / 3
    patches = []
    for number, fate in enumerate(_fates(plan, rng)):
        radius = float(rng.uniform(10, 18))
        centre = (
            float(rng.uniform(left + radius, right - radius)),
            float(np.clip(top + third * (number + rng.uniform(0.3, 0.7)), top + radius, bottom - radius)),
        )
        waves = np.clip(rng.normal(0, 0.2 / np.arange(1, 8)), -0.25, 0.25), rng.uniform(0, 2 * np.pi, 7)
        outline = tuple((float(a), float(p)) for a, p in zip(*waves, strict=True))
        blob = Blob(centre, radius, float(rng.uniform(4, 9)), outline)
        melanin = MELANIN * float(rng.uniform(0.85, 1.15))
        patches.append(_lead(LesionState(melanin, (blob,)), fate, plan, end=float(rng.uniform())))
    return PlannedField(tuple(patches), plan.seed)


def draw_field(field: PlannedField, session: int) -> FloatImage:
    """Melanosome fraction that the field adds, on a raster of `STEP_MM` that starts at minus the margin; float32.

    Patches join softly; the sum is mottled like a net, about its own mean.
    """
    width, height = (round((side + 2 * MARGIN_MM) / STEP_MM) + 1 for side in FIELD_MM)
    x, y = np.meshgrid(
        np.arange(width, dtype=np.float32) * np.float32(STEP_MM) - np.float32(MARGIN_MM),
        np.arange(height, dtype=np.float32) * np.float32(STEP_MM) - np.float32(MARGIN_MM),
    )
    bare = np.ones((height, width), np.float32)
    for patch in field.patches:
        state = patch.states[session - 1]
        bare *= 1 - np.float32(state.melanin / (2 * MELANIN)) * draw_coverage(state, x, y)
    return np.asarray(np.float32(2 * MELANIN) * (1 - bare) * _mottling(field.seed, (height, width)))


def sample_field(raster: FloatImage, skin: FloatImage) -> FloatImage:
    """Added melanosome fraction at places of the skin in millimetres, shape (rows, columns), float32."""
    across = (skin[..., 0] + np.float32(MARGIN_MM)) * np.float32(1 / STEP_MM)
    down = (skin[..., 1] + np.float32(MARGIN_MM)) * np.float32(1 / STEP_MM)
    sampled: FloatImage = opencv.remap_linear(raster, across, down)
    return sampled


def _fates(plan: PhantomPlan, rng: np.random.Generator) -> list[FieldFate]:
    if plan.change is ChangeKind.STATIC:
        return [FieldFate.STAY] * 3
    if plan.change is not ChangeKind.MIXED:
        return [FieldFate(plan.change.value)] * 3
    return [list(FieldFate)[k] for k in rng.permutation(len(FieldFate))[:3]]


def _lead(state: LesionState, fate: FieldFate, plan: PhantomPlan, *, end: float) -> PlannedPatch:
    fading, shrinking = _ends(fate, plan, end)
    states = []
    for session in range(plan.sessions):
        progress = session / max(plan.sessions - 1, 1)
        size = float(np.sqrt(1 + progress * (shrinking - 1)))
        blobs = tuple(replace(blob, radius=blob.radius * size) for blob in state.blobs)
        states.append(LesionState(state.melanin * (1 + progress * (fading - 1)), blobs))
    return PlannedPatch(fate, tuple(states))


def _ends(fate: FieldFate, plan: PhantomPlan, end: float) -> tuple[float, float]:
    """Shares of melanin and of area that a patch has at the last session; ``end`` from 0 to 1 where none is asked."""
    if plan.fall is not None:
        left = 1 - plan.fall / 100
        both = float(np.sqrt(left))
        return {FieldFate.FADE: (left, 1.0), FieldFate.SHRINK: (1.0, left), FieldFate.BOTH: (both, both)}[fate]
    return {
        FieldFate.FADE: (0.45 + 0.35 * end, 1.0),
        FieldFate.SHRINK: (1.0, 0.5 + 0.35 * end),
        FieldFate.BOTH: (0.55 + 0.35 * end, 0.6 + 0.35 * end),
        FieldFate.STAY: (1.0, 1.0),
        FieldFate.GROW: (1.0, 1.2 + 0.3 * end),
    }[fate]


def _mottling(seed: int, shape: tuple[int, int]) -> FloatImage:
    """Share of the plateau at each point: a net of darker meshes on a slow swell, mean 1, from 0.1 to 1.9."""
    rng = np.random.default_rng([seed, int(Purpose.FIELD), 1])
    net = np.exp(-((_cloud(rng, shape, _NET_MM) / np.float32(0.6)) ** 2))
    mottled = 1 + 0.45 * (net - net.mean()) / net.std() * 0.6 + 0.18 * _cloud(rng, shape, _CLOUD_MM)
    return np.asarray(np.clip(mottled, 0.1, 1.9), dtype=np.float32)


def _cloud(rng: np.random.Generator, shape: tuple[int, int], size_mm: float) -> FloatImage:
    noise = opencv.blur(rng.standard_normal(shape, dtype=np.float32), 0.5 * size_mm / STEP_MM)
    return np.asarray((noise - noise.mean()) / noise.std(), dtype=np.float32)
