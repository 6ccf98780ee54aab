"""Draw one photograph of a phantom course."""

from dataclasses import dataclass

from pigtrack.imaging.phantom.camera import open_eye
from pigtrack.imaging.phantom.course import CoursePlan, plan_view
from pigtrack.imaging.phantom.develop import develop, expose, quantise
from pigtrack.imaging.phantom.plan import Nuisance, Purpose, stream
from pigtrack.imaging.phantom.pose import focal_length_35mm, skin_at_pixels
from pigtrack.imaging.phantom.scene import cast_shadow, draw_skin_scene, fall_off, lay_card
from pigtrack.imaging.phantom.truth import PhotographTruth, photograph_truth
from pigtrack.model.calibration import Card
from pigtrack.model.photograph import Pixels
from pigtrack.model.spectra import SpectralTables


@dataclass(frozen=True, eq=False, slots=True)
class RenderedPhotograph:
    """A photograph as a camera would have stored it, and what is true of it.

    Attributes
    ----------
    pixels : ndarray, shape (rows, columns, 3), uint8
        Encoded sRGB, upright.
    jpeg_quality : int
        Quality, 1 to 95, with which the pretended camera writes its file.
    colour_subsampling : bool
        Whether that file keeps colour at half the resolution.
    focal_length_35mm : float
        Of the lens, in millimetres on 35 mm film.
    """

    session: int
    shot: int
    pixels: Pixels
    jpeg_quality: int
    colour_subsampling: bool
    truth: PhotographTruth
    focal_length_35mm: float


def render_photograph(
    course: CoursePlan, session: int, shot: int, tables: SpectralTables, card: Card
) -> RenderedPhotograph:
    """Draw one photograph of a course; sessions and shots count from 1.

    Each photograph has random numbers of its own, so it comes out the same whether drawn alone or in a row.

    Raises
    ------
    ValueError
        If the course has no such photograph, or the card no spectra.
    """
    plan, view = course.plan, plan_view(course, session, shot)
    taken = view.condition
    eye = open_eye(plan, taken, tables, card)
    skin = skin_at_pixels(view.skin, taken.deformation, course.shape)
    truth = photograph_truth(course, session, view, skin, card)
    scene = draw_skin_scene(course, session, shot, view, eye, skin, tables)
    lay_card(scene, course, view, eye, skin, card)
    if plan.strikes(Nuisance.CARD_SHADOW, session):
        cast_shadow(scene, skin)
    del skin
    fall_off(scene, taken)
    raw = expose(scene, eye, taken, stream(plan, Purpose.NOISE, session, shot))
    del scene
    encoded = develop(raw, eye, taken, local=plan.strikes(Nuisance.LOCAL_TONE_MAPPING, session))
    focal = focal_length_35mm(taken.camera_mm, course.shape)
    return RenderedPhotograph(
        session, shot, quantise(encoded), taken.jpeg_quality, taken.colour_subsampling, truth, focal
    )
