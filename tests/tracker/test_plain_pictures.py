"""Pictures for the patient are drawn from the pixels that were kept, and their scale bar still tells millimetres."""

from io import BytesIO
from types import SimpleNamespace

import numpy as np
import pytest
from imaging.simulated_course import course
from PIL import Image

from pigtrack.charts import draw_overlay, picture_caption
from pigtrack.store.catalogues import load_catalogue
from pigtrack.store.workspace import keep_record
from pigtrack.tracker.jobs import plain_name
from pigtrack.tracker.picturing import draw_plain

MM_PER_PX = 0.05


@pytest.mark.parametrize("shape", [(1600, 2000), (500, 700)])
def test_the_scale_bar_of_a_shrunken_plain_picture_has_the_length_it_says(tmp_path, shape):
    frame = np.full((*shape, 3), (200, 160, 130), np.uint8)
    keep_record(tmp_path, plain_name(0), draw_overlay(frame))
    laid = SimpleNamespace(first_placed={1: 0}, frame=SimpleNamespace(shape=shape, mm_per_px=MM_PER_PX))
    drawn = draw_plain(course(1), laid, (1,), tmp_path, catalogue=load_catalogue("en"))[1]
    picture = np.asarray(Image.open(BytesIO(drawn)))
    rows = round(shape[0] * picture.shape[1] / shape[1])
    dark = (picture[rows:, picture.shape[1] // 2 :] < 90).all(axis=2)
    edges = [np.flatnonzero(np.diff(np.r_[0, row.astype(int), 0])) for row in dark]
    longest = max((np.diff(each)[::2].max(initial=0) for each in edges if each.size), default=0)
    told = longest * MM_PER_PX * shape[1] / picture.shape[1]
    assert min(abs(told - length) for length in (5, 10, 20)) < 0.3
    assert told > 4


@pytest.mark.parametrize(("language", "word"), [("en", "Visit 1,"), ("de", "1. Besuch,")])
def test_a_picture_for_the_patient_speaks_of_visits_as_the_page_does(language, word):
    told = picture_caption(course(1), 1, load_catalogue(language), form="visit_caption")
    assert told.startswith(word)
