"""The phantom: photographs of skin, spots and card drawn from spectra, with everything about them known."""

from pigtrack.imaging.phantom.course import CoursePlan, draw_polygons, plan_course, plan_view
from pigtrack.imaging.phantom.photograph import RenderedPhotograph, render_photograph
from pigtrack.imaging.phantom.plan import PHANTOM, ChangeKind, Nuisance, PhantomPlan, Scenario
from pigtrack.imaging.phantom.truth import DISPLACEMENT_STEP_MM, PhotographTruth, session_truth

__all__ = [
    "DISPLACEMENT_STEP_MM",
    "PHANTOM",
    "ChangeKind",
    "CoursePlan",
    "Nuisance",
    "PhantomPlan",
    "PhotographTruth",
    "RenderedPhotograph",
    "Scenario",
    "draw_polygons",
    "plan_course",
    "plan_view",
    "render_photograph",
    "session_truth",
]
