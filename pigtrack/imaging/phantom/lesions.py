"""Pigmented lesions with a known outline, and what becomes of each from session to session."""

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from pigtrack.imaging.phantom.layout import CONTROL_MM, REGION_MM
from pigtrack.imaging.phantom.placing import Bounds, Circle, find_free_place
from pigtrack.imaging.phantom.plan import ChangeKind, PhantomPlan, Purpose, stream
from pigtrack.model.quantity import FloatImage

CONTRASTS = (0.015, 0.035, 0.070)
"""Added melanosome fraction of melasma and post-inflammatory pigment, of a lentigo, of a dark lentigo."""

CLEARANCE_MM = 4.5
"""Bare skin between two outlines, so that each has a ring of its own."""

FRAY = 2.5
"""How far the border strays, in its own width, for a grain of 1 at full strength."""

_TEN_TO_NINETY = 2 * np.log(9.0)
"""Width of a logistic step from 10 to 90 %, in its scale."""


class Fate(StrEnum):
    """What becomes of a lesion."""

    FADE = "fade"
    SHRINK = "shrink"
    BOTH = "both"
    STAY = "stay"
    GROW = "grow"
    APPEAR = "appear"
    MERGE = "merge"
    SPLIT = "split"


@dataclass(frozen=True, slots=True)
class Blob:
    """A patch of pigment with an irregular outline ``r(θ) = radius·(1 + Σ aₖ·cos(kθ + φₖ))``, k = 2, 3 …

    Attributes
    ----------
    centre, radius, edge : float
        Millimetres; ``edge`` is the width in which the pigment falls from 90 to 10 %.
    waves : tuple of (float, float)
        aₖ and φₖ.
    """

    centre: tuple[float, float]
    radius: float
    edge: float
    waves: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class LesionState:
    """A lesion in one session: its blobs, and the melanosome fraction that they add on their plateau."""

    melanin: float
    blobs: tuple[Blob, ...]


@dataclass(frozen=True, slots=True)
class PlannedLesion:
    """A lesion through the course; ``states`` has one entry a session. ``grain`` roughens its pigment."""

    id: int
    fate: Fate
    control: bool
    states: tuple[LesionState, ...]
    grain: float = 0.08


def blob_area_mm2(blob: Blob) -> float:
    """Area inside the half level: π·r²·(1 + Σ aₖ²/2).

    Examples
    --------
    >>> round(blob_area_mm2(Blob((0.0, 0.0), 1.0, 0.2)), 4)
    3.1416
    """
    return float(np.pi * blob.radius**2 * (1 + sum(a * a for a, _ in blob.waves) / 2))


def reach_mm(state: LesionState) -> tuple[float, float, float, float]:
    """Left, top, right, bottom beyond which a lesion adds less than a ten thousandth of its pigment."""
    radii = [blob.radius * (1 + sum(abs(a) for a, _ in blob.waves)) + 2.2 * blob.edge for blob in state.blobs]
    x, y = np.array([blob.centre for blob in state.blobs]).T
    return float(min(x - radii)), float(min(y - radii)), float(max(x + radii)), float(max(y + radii))


def draw_coverage(state: LesionState, x_mm: FloatImage, y_mm: FloatImage) -> FloatImage:
    """Share of a lesion's plateau that is there at each point, 0..1, float32; 0.5 on the outline."""
    bare = np.ones(x_mm.shape, np.float32)
    for blob in state.blobs:
        bare *= 1 - _blob_coverage(blob, x_mm, y_mm)
    return 1 - bare


def _blob_coverage(blob: Blob, x_mm: FloatImage, y_mm: FloatImage) -> FloatImage:
    dx, dy = x_mm - np.float32(blob.centre[0]), y_mm - np.float32(blob.centre[1])
    distance, angle = np.hypot(dx, dy), np.arctan2(dy, dx)
    outline, slope = np.full_like(distance, blob.radius), np.zeros_like(distance)
    for k, (height, phase) in enumerate(blob.waves, start=2):
        outline += np.float32(blob.radius * height) * np.cos(k * angle + np.float32(phase))
        slope -= np.float32(blob.radius * height * k) * np.sin(k * angle + np.float32(phase))
    leaning = slope / np.maximum(distance, np.float32(0.4 * blob.radius))
    outside = (distance - outline) / np.sqrt(1 + leaning**2)
    return np.asarray(1 / (1 + np.exp(np.clip(outside * np.float32(_TEN_TO_NINETY / blob.edge), -30, 30))))


def plan_lesions(plan: PhantomPlan) -> tuple[PlannedLesion, ...]:
    """Place the treated lesions and one or two control lesions, and lead each through the sessions."""
    rng = stream(plan, Purpose.LESIONS)
    drafts = _place(rng, _fates(plan, rng), REGION_MM)
    controls = _place(rng, [Fate.STAY] * int(rng.integers(1, 3)), CONTROL_MM)
    numbered = enumerate([(d, False) for d in drafts] + [(d, True) for d in controls], start=1)
    return tuple(_lead(rng, k, draft, control, plan) for k, (draft, control) in numbered)


@dataclass(frozen=True, slots=True)
class _Draft:
    fate: Fate
    state: LesionState
    direction: float = 0.0
    gap: float = 0.0


def _fates(plan: PhantomPlan, rng: np.random.Generator) -> list[Fate]:
    count = int(rng.integers(9, 15))
    if plan.change is not ChangeKind.MIXED:
        every = Fate.STAY if plan.change is ChangeKind.STATIC else Fate(plan.change.value)
        return [every] * count
    fates = [Fate.SPLIT, Fate.MERGE, Fate.FADE, Fate.SHRINK, Fate.BOTH, Fate.STAY, Fate.GROW, Fate.APPEAR]
    rest = [Fate.FADE, Fate.SHRINK, Fate.BOTH, Fate.STAY, Fate.GROW]
    return fates + [rest[k] for k in rng.integers(0, len(rest), max(count - len(fates) - 1, 0))]


def _place(rng: np.random.Generator, fates: list[Fate], bounds: Bounds) -> list[_Draft]:
    """Give each lesion a place; the large ones first, as they need the most room."""
    radii = {k: _radius(rng, fate) for k, fate in enumerate(fates)}
    room = {k: radius * (2.75 if fates[k] is Fate.MERGE else 1.3) for k, radius in radii.items()}
    taken: list[Circle] = []
    placed: dict[int, list[_Draft]] = {}
    for k in sorted(room, key=lambda k: -room[k]):
        taken.append(find_free_place(rng, taken, room[k], _inset(bounds), clearance=CLEARANCE_MM))
        placed[k] = _draft(rng, fates[k], taken[-1][:2], radii[k])
    return [draft for k in range(len(fates)) for draft in placed[k]]


def _inset(bounds: Bounds) -> Bounds:
    left, top, right, bottom = bounds
    return left + 3.5, top + 3.5, right - 3.5, bottom - 3.5


def _radius(rng: np.random.Generator, fate: Fate) -> float:
    if fate is Fate.MERGE:
        return float(rng.uniform(1.5, 2.3))
    if fate is Fate.SPLIT:
        return float(rng.uniform(2.6, 3.4))
    low, high = ((0.8, 1.3), (1.5, 3.0), (3.0, 5.0))[int(rng.choice(3, p=[0.2, 0.55, 0.25]))]
    return float(rng.uniform(low, high))


def _draft(rng: np.random.Generator, fate: Fate, centre: tuple[float, float], radius: float) -> list[_Draft]:
    melanin = float(rng.choice(CONTRASTS, p=[0.25, 0.5, 0.25])) * float(rng.uniform(0.9, 1.1))
    direction = float(rng.uniform(0, np.pi))
    if fate is Fate.MERGE:
        gap = float(rng.uniform(1.0, 1.6))
        away = radius * 1.08 + gap / 2
        places = [_beside(centre, direction, side * away) for side in (-1, 1)]
        return [_Draft(fate, LesionState(melanin, (_blob(rng, p, radius, 0.08),)), direction, gap) for p in places]
    if fate is Fate.SPLIT:
        places = [_beside(centre, direction, side * 0.62 * radius) for side in (-1, 1)]
        blobs = tuple(_blob(rng, p, 0.72 * radius, 0.06) for p in places)
        return [_Draft(fate, LesionState(melanin, blobs), direction)]
    return [_Draft(fate, LesionState(melanin, (_blob(rng, centre, radius, 0.18),)))]


def _beside(centre: tuple[float, float], direction: float, distance: float) -> tuple[float, float]:
    return centre[0] + distance * float(np.cos(direction)), centre[1] + distance * float(np.sin(direction))


def _blob(rng: np.random.Generator, centre: tuple[float, float], radius: float, roughness: float) -> Blob:
    heights = np.clip(rng.normal(0, roughness / np.arange(1, 8)), -0.2, 0.2)
    phases = rng.uniform(0, 2 * np.pi, 7)
    edge = float(rng.uniform(0.15, min(0.5, 0.25 * radius + 0.1)))
    return Blob(centre, radius, edge, tuple((float(a), float(p)) for a, p in zip(heights, phases, strict=True)))


def _lead(rng: np.random.Generator, number: int, draft: _Draft, control: bool, plan: PhantomPlan) -> PlannedLesion:
    """Change a lesion evenly over the sessions towards an end of its own, or by the fall that the plan asks for."""
    end = float(rng.uniform(0.0, 1.0))
    left = None if plan.fall is None or control else 1 - plan.fall / 100
    first = int(rng.integers(2, max(plan.sessions, 2) + 1))
    states = []
    for session in range(1, plan.sessions + 1):
        progress = (session - 1) / max(plan.sessions - 1, 1)
        if draft.fate is Fate.APPEAR:
            progress = (session - first + 1) / (plan.sessions - first + 1) if session >= first else 0.0
        states.append(_state(draft, progress, end) if left is None else _fallen(draft, progress, left))
    return PlannedLesion(number, draft.fate, control, tuple(states))


def _state(draft: _Draft, progress: float, end: float) -> LesionState:
    state, fate = draft.state, draft.fate
    if fate is Fate.SPLIT:
        return replace(state, blobs=_drawn_apart(state.blobs, draft.direction, progress))
    if fate is Fate.MERGE:
        grown = 1 + progress * (draft.gap / 2 + 0.5) / state.blobs[0].radius
        return replace(state, blobs=_scaled(state.blobs, grown))
    fading = {Fate.FADE: 0.35 + 0.4 * end, Fate.BOTH: 0.45 + 0.4 * end}.get(fate, 1.0)
    shrinking = {Fate.SHRINK: 0.4 + 0.35 * end, Fate.BOTH: 0.5 + 0.35 * end, Fate.GROW: 1.3 + 0.4 * end}.get(fate, 1.0)
    strength = 0.4 + 0.6 * progress if progress > 0 else 0.0
    melanin = state.melanin * (strength if fate is Fate.APPEAR else 1 + progress * (fading - 1))
    return LesionState(melanin, _scaled(state.blobs, float(np.sqrt(1 + progress * (shrinking - 1)))))


def _fallen(draft: _Draft, progress: float, left: float) -> LesionState:
    """Take melanin, area, or as much of both, until ``left`` of their product is there at the end."""
    kept = 1 + progress * (left - 1)
    melanin, area = {Fate.FADE: (kept, 1.0), Fate.SHRINK: (1.0, kept)}.get(draft.fate, (kept**0.5, kept**0.5))
    return LesionState(draft.state.melanin * melanin, _scaled(draft.state.blobs, area**0.5))


def _scaled(blobs: tuple[Blob, ...], factor: float) -> tuple[Blob, ...]:
    return tuple(replace(blob, radius=blob.radius * factor) for blob in blobs)


def _drawn_apart(blobs: tuple[Blob, ...], direction: float, progress: float) -> tuple[Blob, ...]:
    """Shrink two blobs towards their outer ends, until bare skin lies between them."""
    factor = 1 - 0.42 * progress
    return tuple(
        replace(b, radius=b.radius * factor, centre=_beside(b.centre, direction, side * 0.3 * progress * b.radius))
        for b, side in zip(blobs, (-1, 1), strict=True)
    )


def draw_lesion(
    state: LesionState, x_mm: FloatImage, y_mm: FloatImage, grain: FloatImage, *, strength: float
) -> FloatImage:
    """Coverage with pigment that clumps and a border that frays along the skin's grain.

    ``grain`` has mean 0 and deviation 1 and belongs to the skin. The border is moved by `FRAY` of its own width
    times grain and strength, so that it wanders without a bias of the area.
    """
    plain = np.clip(draw_coverage(state, x_mm, y_mm), np.float32(1e-6), np.float32(1 - 1e-6))
    clumps = np.clip(np.float32(strength) * grain, -0.25, 0.25)
    odds = plain / (1 - plain) * np.exp(np.float32(FRAY * _TEN_TO_NINETY) * clumps)
    return np.asarray(odds / (1 + odds) * (1 + clumps))
