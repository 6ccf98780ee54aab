"""What a photograph's file tells beside its pixels is cut out, and the pixels stay; outlines follow pixels exactly."""

import io
import random
from contextlib import suppress

import numpy as np
import pytest
from drawn_files import encoded, exif, jpeg_with, png_chunk, scene
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps
from scipy import ndimage
from test_privacy import telling, telling_exif

from pigtrack.errors import ExportError
from pigtrack.export.outlines import stored_points, trace_mask, trace_outlines
from pigtrack.export.pictures import clean_picture, exif_orientation, read_segments

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def upright(data):
    with Image.open(io.BytesIO(data)) as picture:
        return np.array(ImageOps.exif_transpose(picture).convert("RGB"))


@pytest.mark.parametrize("how", [{}, {"progressive": True}, {"subsampling": 2}, {"quality": 40}])
def test_a_jpeg_keeps_its_pixels_and_profile_and_loses_all_else(how):
    trailer = b"\xff\xd8\xff\xe1\0\x0cExif\0\0SECRET\xff\xd9"
    data = telling(encoded(scene(), **how, icc_profile=PROFILE)) + trailer
    clean = clean_picture(data)
    assert np.array_equal(upright(clean), upright(data))
    for secret in (b"SECRET", b"GPS", b"Phone", b"2026"):
        assert secret in data or secret == b"GPS"
        assert secret not in clean
    with Image.open(io.BytesIO(clean)) as picture:
        assert picture.info["icc_profile"] == PROFILE


@pytest.mark.parametrize("way", range(1, 9))
def test_a_turned_photograph_stays_turned(way):
    for data in (
        encoded(scene(), exif=exif(orientation=way, taken="2026:01:11 09:00:00")),
        encoded(scene(), "PNG", exif=exif(orientation=way, taken="2026:01:11 09:00:00")),
    ):
        clean = clean_picture(data)
        assert b"2026" not in clean
        assert np.array_equal(upright(clean), upright(data))
    assert exif_orientation(list(read_segments(encoded(scene(), exif=exif(orientation=way))))) == way


def test_a_png_keeps_its_pixels_and_profile_and_loses_texts_time_and_place():
    png = encoded(scene(), "PNG", icc_profile=PROFILE)
    more = [
        (b"eXIf", telling_exif().removeprefix(b"Exif\0\0")),
        (b"tEXt", b"Comment\0SECRET"),
        (b"tIME", b"\7\xea\1\1\1\1\1"),
    ]
    data = png[:33] + b"".join(png_chunk(kind, body) for kind, body in more) + png[33:] + b"TRAILER-SECRET"
    clean = clean_picture(data)
    assert b"SECRET" not in clean
    assert b"tIME" not in clean
    assert np.array_equal(upright(clean), upright(data))
    assert b"iCCP" in clean


def test_a_thumbnail_in_the_jfif_header_goes():
    data = encoded(scene())
    assert data[2:4] == b"\xff\xe0"
    length = int.from_bytes(data[4:6], "big")
    header = data[6 : 4 + length - 2] + b"\1\1" + b"RGB"
    planted = data[:2] + b"\xff\xe0" + (len(header) + 2).to_bytes(2, "big") + header + data[4 + length :]
    clean = clean_picture(planted)
    assert b"\1\1RGB" in planted
    assert b"\1\1RGB" not in clean
    assert np.array_equal(upright(clean), upright(data))


@pytest.mark.parametrize("name", ["HEIC", "empty", "TIFF"])
def test_what_can_not_be_taken_apart_is_refused_with_a_remedy(name):
    data = {"HEIC": b"\0\0\0\x18ftypheic", "empty": b"", "TIFF": encoded(scene(), "TIFF")}[name]
    with pytest.raises(ExportError, match="neither JPEG nor PNG"):
        clean_picture(data, name="session-1-photo-1.heic")


def test_a_damaged_file_never_passes_as_whole_and_never_raises_anything_else():
    chance = random.Random(1)
    whole = [jpeg_with(encoded(scene()), (0xE1, b"Exif\0\0" + b"x" * 40)), encoded(scene(), "PNG")]
    for data in whole:
        for _ in range(300):
            cut = data[: chance.randrange(len(data) - 2)]
            with pytest.raises(ExportError):
                clean_picture(cut)
            spoilt = bytearray(data)
            spoilt[chance.randrange(len(data))] = chance.randrange(256)
            with suppress(ExportError):
                clean_picture(bytes(spoilt))


masks = st.integers(0, 2**32 - 1).map(
    lambda seed: (lambda rng: rng.random(tuple(rng.integers(1, 14, 2))) < rng.random())(np.random.default_rng(seed))
)


def area(ring):
    x, y = ring[:, 0], ring[:, 1]
    return float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) / 2)


@settings(max_examples=150, deadline=None)
@given(masks)
def test_each_part_has_one_outline_that_encloses_exactly_its_pixels_and_holes(mask):
    labels, count = ndimage.label(mask)
    outlines = trace_mask(mask)
    expected = [ndimage.binary_fill_holes(labels == part, np.ones((3, 3))).sum() for part in range(1, count + 1)]
    assert [area(ring) for ring in outlines] == sorted(map(float, expected), reverse=True)
    for ring in outlines:
        assert np.array_equal(ring[0], ring[-1])
        steps = np.diff(ring, axis=0)
        assert ((steps == 0).sum(axis=1) == 1).all()


def test_labels_are_told_apart_and_lie_where_they_are():
    labels = np.zeros((30, 40), np.int32)
    labels[3:7, 10:20] = 4
    labels[3:7, 20:25] = 9
    outlines = trace_outlines(labels)
    assert set(outlines) == {4, 9}
    assert outlines[4][0].tolist() == [[10, 3], [20, 3], [20, 7], [10, 7], [10, 3]]
    assert trace_outlines(np.zeros((5, 5), np.int32)) == {}


@pytest.mark.parametrize("way", range(1, 9))
def test_a_point_of_the_upright_picture_is_found_in_the_stored_one(way):
    stored = np.zeros((40, 70, 3), np.uint8)
    stored[10, 55] = 255
    data = encoded(stored, "PNG", exif=exif(orientation=way))
    row, column = np.argwhere(upright(data)[..., 0])[0]
    shape = upright(data).shape[:2]
    found = stored_points(np.array([[column + 0.5, row + 0.5]]), way, shape)
    assert found.tolist() == [[55.5, 10.5]]
