"""A whole phantom course as numbers: what lies where, before any pixel is drawn."""

from dataclasses import dataclass

import numpy as np

from pigtrack.imaging.phantom.condition import Condition, plan_condition
from pigtrack.imaging.phantom.field import PlannedField, plan_field
from pigtrack.imaging.phantom.freckles import plan_freckles
from pigtrack.imaging.phantom.layout import (
    CARD_CENTRE_MM,
    CONTROL_MM,
    REGION_MM,
    photograph_shape,
    pixels_per_mm,
    rectangle,
)
from pigtrack.imaging.phantom.lesions import PlannedLesion, plan_lesions
from pigtrack.imaging.phantom.marks import Decoys, plan_decoys
from pigtrack.imaging.phantom.plan import PhantomPlan, Scene
from pigtrack.imaging.phantom.pose import card_homography, skin_homography, skin_to_pixels
from pigtrack.model.course import Polygon
from pigtrack.model.quantity import FloatArray


@dataclass(frozen=True, slots=True)
class CoursePlan:
    """Lesions and decoys of a plan, its field of melasma if any, and the rows and columns of its photographs."""

    plan: PhantomPlan
    shape: tuple[int, int]
    lesions: tuple[PlannedLesion, ...]
    decoys: Decoys
    field: PlannedField | None = None


@dataclass(frozen=True, eq=False, slots=True)
class View:
    """How one photograph is taken, and where its skin and card lie in upright pixels.

    Attributes
    ----------
    skin, card : ndarray, shape (3, 3)
        Homographies from millimetres of the deformed skin and of the card's face.
    """

    condition: Condition
    skin: FloatArray
    card: FloatArray


def plan_course(plan: PhantomPlan) -> CoursePlan:
    """Decide everything about a course that does not depend on the single photograph."""
    melasma = plan.scene is Scene.MELASMA
    spots = plan_freckles if plan.freckles else plan_lesions
    lesions = () if melasma else spots(plan)
    field = plan_field(plan) if melasma else None
    return CoursePlan(plan, photograph_shape(plan.megapixels), lesions, plan_decoys(plan, lesions), field)


def plan_view(course: CoursePlan, session: int, shot: int) -> View:
    """Decide how one photograph is taken; sessions and shots count from 1.

    Raises
    ------
    ValueError
        If the course has no such photograph.
    """
    plan, shape = course.plan, course.shape
    if not (1 <= session <= plan.sessions and 1 <= shot <= plan.shots):
        raise ValueError(f"session 1 to {plan.sessions} and shot 1 to {plan.shots} exist, got {session}, {shot}")
    taken = plan_condition(plan, session, shot, pixels_per_mm(shape))
    skin = skin_homography(taken.pose, taken.camera_mm, shape)
    card = card_homography(taken.pose, taken.card, CARD_CENTRE_MM, taken.camera_mm, shape)
    return View(taken, skin, card)


def draw_polygons(course: CoursePlan) -> dict[str, tuple[Polygon, ...]]:
    """Region, control and exclude polygons in upright pixels of the first photograph."""
    view = plan_view(course, 1, 1)
    drawn = {
        "region": (rectangle(REGION_MM),),
        "control": (rectangle(CONTROL_MM),),
        "exclude": course.decoys.exclude,
    }
    return {name: tuple(_in_pixels(course, view, each) for each in polygons) for name, polygons in drawn.items()}


def _in_pixels(course: CoursePlan, view: View, polygon: Polygon) -> Polygon:
    """Corners in upright pixels, drawn no further than the photograph's edge."""
    pixels = skin_to_pixels(view.skin, view.condition.deformation, np.array(polygon))
    pixels = np.clip(pixels, 0, [course.shape[1] - 1, course.shape[0] - 1])
    return tuple((round(float(x), 1), round(float(y), 1)) for x, y in pixels)
