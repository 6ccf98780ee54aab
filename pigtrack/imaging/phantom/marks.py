"""What else may lie on the skin: decoys, redness, needle marks, bruises, hair and shine."""

from dataclasses import dataclass

import numpy as np

from pigtrack.imaging.phantom.layout import FIELD_MM, REGION_MM, circle
from pigtrack.imaging.phantom.lesions import Blob, LesionState, PlannedLesion, reach_mm
from pigtrack.imaging.phantom.placing import Circle, find_free_place
from pigtrack.imaging.phantom.plan import Nuisance, PhantomPlan, Purpose, stream
from pigtrack.model.course import Polygon
from pigtrack.model.quantity import FloatArray


@dataclass(frozen=True, slots=True)
class Stamp:
    """A soft-edged patch in which the skin differs.

    Attributes
    ----------
    melanin : float
        Melanosome fraction added.
    melanin_share, blood_share : float
        Relative change of the skin's own melanin and blood.
    ink : float
        Share of a tattoo's full ink.
    """

    blob: Blob
    melanin: float = 0.0
    melanin_share: float = 0.0
    blood_share: float = 0.0
    ink: float = 0.0

    @property
    def state(self) -> LesionState:
        """The stamp's shape as a lesion of full strength."""
        return LesionState(1.0, (self.blob,))


@dataclass(frozen=True, slots=True)
class Decoys:
    """Things that are no lesions: stamps on the skin, and polygons around those a clinician would leave out."""

    stamps: tuple[Stamp, ...]
    exclude: tuple[Polygon, ...]


def plan_decoys(plan: PhantomPlan, lesions: tuple[PlannedLesion, ...]) -> Decoys:
    """Place a mole; with the nuisance also a tattoo, a keratosis and two pale patches.

    They belong to the skin, so they are there from the first session on, whatever nuisance asked for them.
    """
    rng = stream(plan, Purpose.DECOYS)
    taken = [surround(lesion) for lesion in lesions]
    mole = _free(rng, taken, 1.6)
    stamps, exclude = [Stamp(_blob(mole, 0.35), melanin=0.16, blood_share=0.3)], [_around(mole)]
    if Nuisance.DECOYS not in plan.nuisances:
        return Decoys(tuple(stamps), tuple(exclude))
    tattoo, keratosis = _free(rng, taken, 2.4), _free(rng, taken, 2.2)
    stamps.append(Stamp(_blob(tattoo, 0.3), ink=1.0))
    stamps.append(Stamp(_blob(keratosis, 0.2), melanin=0.09, blood_share=-0.3))
    stamps += [Stamp(_blob(_free(rng, taken, 2.5), 0.8), melanin_share=-0.35) for _ in range(2)]
    return Decoys(tuple(stamps), (*exclude, _around(tattoo), _around(keratosis)))


def surround(lesion: PlannedLesion) -> Circle:
    """Circle that holds a lesion in all sessions."""
    left, top, right, bottom = np.array([reach_mm(state) for state in lesion.states]).T
    x, y = (left.min() + right.max()) / 2, (top.min() + bottom.max()) / 2
    return float(x), float(y), float(max(right.max() - left.min(), bottom.max() - top.min()) / 2)


def _free(rng: np.random.Generator, taken: list[Circle], radius: float) -> Circle:
    left, top, right, bottom = REGION_MM
    place = find_free_place(rng, taken, radius, (left + 3, top + 3, right - 3, bottom - 3), clearance=3.5)
    taken.append(place)
    return place


def _blob(place: Circle, edge: float) -> Blob:
    return Blob(place[:2], place[2], edge, ((0.12, place[0]), (0.08, place[1])))


def _around(place: Circle) -> Polygon:
    return circle(place[:2], place[2] * 1.15 + 1.0)


def session_stamps(plan: PhantomPlan, session: int) -> tuple[Stamp, ...]:
    """Marks that one session's nuisances leave on the skin."""
    rng = stream(plan, Purpose.MARKS, session)
    drawn = {
        Nuisance.REDNESS: _redness(rng),
        Nuisance.NEEDLE_MARKS: _needle_marks(rng),
        Nuisance.BRUISE: _bruise(rng),
    }
    return tuple(stamp for name, stamps in drawn.items() if plan.strikes(name, session) for stamp in stamps)


def _redness(rng: np.random.Generator) -> list[Stamp]:
    """A blush over the treated skin that runs out before the control."""
    left, top, right, bottom = REGION_MM
    centre = ((left + right) / 2 + rng.normal(0, 4), (top + bottom) / 2 + rng.normal(0, 4))
    blush = [Stamp(Blob((float(centre[0]), float(centre[1])), 42.0, 22.0), blood_share=float(rng.uniform(0.5, 0.9)))]
    places = rng.uniform([left, top], [right, bottom], (6, 2))
    return blush + [Stamp(Blob(_pair(p), 5.0, 6.0), blood_share=float(rng.uniform(0.2, 0.5))) for p in places]


def _needle_marks(rng: np.random.Generator) -> list[Stamp]:
    """Pricks about 9 mm apart, each with a red halo."""
    left, top, right, bottom = REGION_MM
    x, y = np.meshgrid(np.arange(left + 6, right - 3, 9.0), np.arange(top + 6, bottom - 3, 9.0))
    places = np.stack([x.ravel(), y.ravel()], axis=1) + rng.normal(0, 1.2, (x.size, 2))
    halos = [Stamp(Blob(_pair(p), 1.0, 1.3), blood_share=float(rng.uniform(0.6, 1.2))) for p in places]
    return halos + [Stamp(Blob(_pair(p), 0.18, 0.12), blood_share=4.0, melanin=0.01) for p in places]


def _bruise(rng: np.random.Generator) -> list[Stamp]:
    left, top, right, bottom = REGION_MM
    places = rng.uniform([left + 12, top + 12], [right - 12, bottom - 12], (3, 2))
    return [
        Stamp(Blob(_pair(p), float(rng.uniform(3, 6)), 4.0), blood_share=float(rng.uniform(1.5, 2.5))) for p in places
    ]


def _pair(point: FloatArray) -> tuple[float, float]:
    return float(point[0]), float(point[1])


def session_melanin(plan: PhantomPlan, session: int) -> float:
    """Melanosome fraction that a tan adds to all skin in one session."""
    return 0.006 if plan.strikes(Nuisance.TAN, session) else 0.0


def plan_hairs(plan: PhantomPlan, session: int) -> list[FloatArray]:
    """Lines of hairs over the skin in millimetres, each of shape (n, 2); none in a plain session."""
    if not plan.strikes(Nuisance.HAIR, session):
        return []
    rng = stream(plan, Purpose.HAIR, session)
    lie = rng.uniform(0, 2 * np.pi)
    hairs = []
    for _ in range(70):
        steps = int(rng.integers(8, 24))
        heading = lie + rng.normal(0, 0.35) + np.cumsum(rng.normal(0, 0.06, steps))
        walk = np.cumsum(np.stack([np.cos(heading), np.sin(heading)], axis=1) * 0.7, axis=0)
        hairs.append(rng.uniform([0, 0], FIELD_MM) + walk)
    return hairs


def plan_highlights(plan: PhantomPlan, session: int, shot: int) -> tuple[Stamp, ...]:
    """Shiny places; ``ink`` stands for their strength in units of a perfect white."""
    rng = stream(plan, Purpose.GLARE, session, shot)
    left, top, right, bottom = REGION_MM
    spots = rng.uniform([left + 5, top + 5], [right - 5, bottom - 5], (4, 2))
    glare = [
        Stamp(_blob((*_pair(p), float(rng.uniform(1.2, 3.0))), 4.5), ink=float(rng.uniform(0.15, 0.6))) for p in spots
    ]
    middle = rng.uniform([left + 15, top + 15], [right - 15, bottom - 15])
    sheen = [Stamp(Blob(_pair(middle), 30.0, 30.0), ink=float(rng.uniform(0.02, 0.04)))]
    chosen = (glare if plan.strikes(Nuisance.GLARE, session) else []) + (
        sheen if plan.strikes(Nuisance.SHEEN, session) else []
    )
    return tuple(chosen)
