"""The phantom: photographs of skin, spots and card drawn from spectra, with everything about them known."""

from pigtrack.imaging.phantom.course import CoursePlan, draw_polygons, plan_course, plan_view
from pigtrack.imaging.phantom.field import STEP_MM as FIELD_STEP_MM
from pigtrack.imaging.phantom.fieldtruth import FieldTruth, field_truth
from pigtrack.imaging.phantom.photograph import RenderedPhotograph, render_photograph
from pigtrack.imaging.phantom.plan import PHANTOM, ChangeKind, Nuisance, PhantomPlan, Scenario, Scene
from pigtrack.imaging.phantom.truth import DISPLACEMENT_STEP_MM, PhotographTruth, session_truth

__all__ = [
    "DISPLACEMENT_STEP_MM",
    "FIELD_STEP_MM",
    "PHANTOM",
    "ChangeKind",
    "CoursePlan",
    "FieldTruth",
    "Nuisance",
    "PhantomPlan",
    "PhotographTruth",
    "RenderedPhotograph",
    "Scenario",
    "Scene",
    "draw_polygons",
    "field_truth",
    "plan_course",
    "plan_view",
    "render_photograph",
    "session_truth",
]
