"""Drawn photographs whose camera stands exactly where it is told: so far away, tilted and turned so much."""

import io
from dataclasses import replace
from functools import cache

from PIL import Image

from pigtrack.imaging.phantom import PhantomPlan, Scenario, photograph, plan_course, render_photograph
from pigtrack.imaging.phantom.layout import CARD_CENTRE_MM
from pigtrack.imaging.phantom.pose import Pose, card_homography, skin_homography
from pigtrack.model.photograph import CaptureFacts, Encoding, Photograph
from pigtrack.store.reference_data import load_card, load_spectra

CARD = "colorchecker-classic"
PLANNED = photograph.plan_view
PHONE_MM = 150
"""From here a phone's lens of 29 mm shows the field."""


def seen_from(tone="light", *, nearer=1.0, tilt_x=0, tilt_y=0, roll=0.0, shift=(0.0, 0.0)):
    """A live picture of half a megapixel, ``nearer`` times as near as planned; the card lies flat and straight.

    Its file tells the lens. Each is drawn once.
    """
    return _drawn(tone, nearer, tilt_x, tilt_y, roll, shift)


@cache
def _drawn(tone, nearer, tilt_x, tilt_y, roll, shift, far_mm=PHONE_MM):
    course = plan_course(PhantomPlan(seed=4, scenario=Scenario.WARD, tone=tone, sessions=1, megapixels=0.5))

    def view(course, session, shot):
        planned = PLANNED(course, session, shot)
        pose = Pose(tilt_x, tilt_y, roll, (*shift, far_mm * (1 / nearer - 1)))
        flat = replace(planned.condition.card, tilt_x=0.0, tilt_y=0.0, roll=0.0)
        taken = replace(planned.condition, pose=pose, card=flat, camera_mm=far_mm)
        skin = skin_homography(pose, far_mm, course.shape)
        card = card_homography(pose, flat, CARD_CENTRE_MM, far_mm, course.shape)
        return replace(planned, condition=taken, skin=skin, card=card)

    photograph.plan_view = view
    try:
        drawn = render_photograph(course, 1, 1, load_spectra(), load_card(CARD))
    finally:
        photograph.plan_view = PLANNED
    told = CaptureFacts(focal_length_35mm=drawn.focal_length_35mm)
    return Photograph("drawn", drawn.pixels, Encoding.SRGB, "0" * 64, told)


def as_jpeg(picture, quality=70):
    """What a page sends."""
    data = io.BytesIO()
    Image.fromarray(picture.pixels).save(data, "JPEG", quality=quality)
    return data.getvalue()
