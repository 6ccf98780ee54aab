import hashlib
import io
import os
import resource
import struct
import time
import zlib
from contextlib import nullcontext as does_not_raise
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from drawn_files import SAMPLES, deep_png, dng, encoded, exif, grey_jpeg, matrix_profile, png_chunk, scene, tiff
from PIL import Image, ImageOps

from pigtrack.errors import PhotographError
from pigtrack.model.photograph import Encoding
from pigtrack.store.photographs import read_capture, read_photograph, turn_upright


@pytest.fixture
def keep(tmp_path):
    def write(data: bytes, name: str = "photo.jpg") -> Path:
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write


def test_a_jpeg_comes_back_as_stored_with_its_digest(keep):
    data = encoded(scene())
    photograph = read_photograph(keep(data))
    np.testing.assert_array_equal(photograph.pixels, np.asarray(Image.open(io.BytesIO(data))))
    assert photograph.sha256 == hashlib.sha256(data).hexdigest()
    assert photograph.name == "photo.jpg"
    assert photograph.encoding is Encoding.SRGB


def test_a_photograph_carries_the_name_that_its_course_gives_it(keep):
    assert read_photograph(keep(encoded(scene())), name="visit-1/left.jpg").name == "visit-1/left.jpg"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_once_in_every_container(keep, orientation):
    upright = np.asarray(ImageOps.exif_transpose(_tagged(scene(), orientation)))
    png = encoded(scene(), "PNG", exif=exif(orientation))
    np.testing.assert_array_equal(read_photograph(keep(png)).pixels, upright)
    for options in ({}, {"compression": "zlib"}, {"byteorder": ">"}, {"bigtiff": True}):
        stored = tiff(scene(), orientation=orientation, **options)
        np.testing.assert_array_equal(read_photograph(keep(stored)).pixels, upright)
    lzw = encoded(scene(), "TIFF", compression="tiff_lzw", tiffinfo={274: orientation})
    np.testing.assert_array_equal(read_photograph(keep(lzw)).pixels, upright)
    jpeg = read_photograph(keep(encoded(scene(), exif=exif(orientation)))).pixels
    assert np.abs(jpeg.astype(int) - upright).mean() < 3


def _tagged(picture, orientation):
    image = Image.fromarray(picture)
    image.getexif()[0x0112] = orientation
    return image


@pytest.mark.parametrize("orientation", [1, 6])
def test_nobody_can_change_the_pixels_by_mistake(keep, orientation):
    with pytest.raises(ValueError, match="read-only"):
        read_photograph(keep(encoded(scene(), exif=exif(orientation)))).pixels[0, 0, 0] = 1


def test_turning_four_quarters_gives_the_picture_back():
    picture = scene(70, 90)
    turned = picture
    for _ in range(4):
        turned = turn_upright(turned, 6)
    np.testing.assert_array_equal(turned, picture)


@pytest.mark.parametrize(("name", "shape", "top_left"), [("plain", (80, 112, 3), "r"), ("turned", (112, 80, 3), "b")])
def test_heic_is_turned_by_its_container_alone(name, shape, top_left):
    photograph = read_photograph(SAMPLES / f"{name}.heic")
    assert photograph.pixels.shape == shape
    assert int(photograph.pixels[10, 10].argmax()) == {"r": 0, "b": 2}[top_left]
    assert photograph.capture.camera == "Maker Phone 1"


@pytest.mark.parametrize(
    ("box", "value", "turned"),
    [
        (b"irot", 0, lambda stored: stored),
        (b"irot", 1, np.rot90),
        (b"irot", 2, lambda stored: stored[::-1, ::-1]),
        (b"irot", 3, lambda stored: np.rot90(stored, -1)),
        (b"imir", 0, lambda stored: stored[::-1]),
        (b"imir", 1, lambda stored: stored[:, ::-1]),
    ],
)
def test_each_turn_and_mirror_of_a_heic_is_applied_once(keep, box, value, turned):
    data = (SAMPLES / "turned.heic").read_bytes()
    at = data.index(b"irot")
    stored = read_photograph(keep(data[: at + 4] + b"\0" + data[at + 5 :])).pixels
    assert stored.shape == (80, 112, 3)
    pixels = read_photograph(keep(data[:at] + box + bytes([value]) + data[at + 5 :])).pixels
    np.testing.assert_array_equal(pixels, turned(stored))


def test_pixels_of_a_heic_outlive_the_library_s_own(keep):
    photograph = read_photograph(SAMPLES / "plain.heic")
    before = photograph.pixels.copy()
    others = [read_photograph(SAMPLES / "turned.heic") for _ in range(20)]
    np.testing.assert_array_equal(photograph.pixels, before)
    assert len({other.pixels.tobytes() for other in others}) == 1


def test_sixteen_bits_survive_in_png_and_tiff(keep):
    deep = scene().astype(np.uint16) * 257 + 3
    for data in (deep_png(deep), tiff(deep), tiff(deep, compression="zlib", predictor=True), tiff(deep, byteorder=">")):
        np.testing.assert_array_equal(read_photograph(keep(data)).pixels, deep)


@pytest.mark.parametrize("compression", [None, "zlib", "lzw", "packbits"])
@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("order", ["<", ">"])
def test_a_tiff_may_be_written_in_many_ways(keep, compression, deep, order):
    picture = scene(150, 200).astype(np.uint16) * 257 if deep else scene(150, 200)
    planes = np.ascontiguousarray(np.moveaxis(picture, -1, 0))
    if compression in ("lzw", "packbits"):  # which tifffile can't write
        code = [cv2.IMWRITE_TIFF_COMPRESSION, {"lzw": 5, "packbits": 32773}[compression]]
        written = [cv2.imencode(".tif", picture[..., ::-1], code)[1].tobytes()]
    else:
        ways = [{}, {"tile": (64, 64)}, {"rowsperstrip": 7}, {"bigtiff": True}]
        ways += [{"rowsperstrip": 64, "predictor": True}] * (compression is not None)
        written = [tiff(picture, byteorder=order, compression=compression, **way) for way in ways]
        packed_planes = deep and compression
        written += [] if packed_planes else [tiff(planes, planarconfig="separate", byteorder=order, **ways[2])]
    for data in written:
        np.testing.assert_array_equal(read_photograph(keep(data)).pixels, picture)


def test_a_fourth_channel_that_is_no_alpha_is_left_out(keep):
    infrared = np.dstack([scene(), scene()[..., 0]])
    photograph = read_photograph(keep(tiff(infrared, extrasamples=["unspecified"])))
    np.testing.assert_array_equal(photograph.pixels, scene())
    assert photograph.capture.processing == ()


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits", None])
@pytest.mark.parametrize("orientation", [1, 5, 6])
def test_half_transparent_pixels_leave_their_neighbours_alone(keep, compression, orientation):
    picture = np.dstack([scene(), np.full((80, 112), 255, np.uint8)])
    picture[:10, :, 3] = 90
    data = encoded(picture, "TIFF", compression=compression, tiffinfo={274: orientation})
    expected = scene()
    expected[:10] = 0
    np.testing.assert_array_equal(read_photograph(keep(data)).pixels, turn_upright(expected, orientation))


def test_raw_comes_linear_with_the_camera_s_own_balance(keep):
    mosaic = np.full((120, 160), 1000, np.uint16)
    mosaic[:, 80:] = 4000
    mosaic[0::2, 0::2] *= 2
    photograph = read_photograph(keep(dng(mosaic), "photo.dng"))
    assert photograph.encoding is Encoding.LINEAR
    dark, bright = photograph.pixels[60, 40].astype(float), photograph.pixels[60, 120].astype(float)
    np.testing.assert_allclose(bright / dark, 4, rtol=0.001)
    np.testing.assert_allclose(dark / dark[1], (2, 1, 1), rtol=0.001)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_raw_file_is_turned_once(keep, orientation):
    mosaic = np.full((120, 160), 1000, np.uint16)
    mosaic[:40] *= 3
    mosaic[:, :50] *= 2
    stored, turned = (read_photograph(keep(dng(mosaic, each), "photo.dng")).pixels for each in (1, orientation))
    np.testing.assert_array_equal(turned, turn_upright(stored, orientation))


def test_raw_is_not_brightened_by_what_it_shows(keep):
    dim = read_photograph(keep(dng(np.full((120, 160), 500, np.uint16)), "photo.dng")).pixels[60, 80]
    np.testing.assert_allclose(dim[1], 500 / 16383 * 65535, rtol=0.005)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_cut_raw_file_is_refused_though_its_decoder_goes_on(keep, share):
    data = dng(np.random.default_rng(0).integers(0, 16_000, (120, 160), dtype=np.uint16))
    with pytest.raises(PhotographError):
        read_photograph(keep(data[: int(share * len(data))], "photo.dng"))


@pytest.mark.parametrize("name", ["plain", "turned"])
def test_a_heic_file_with_names_that_are_no_text_is_refused_and_does_no_harm(keep, name):
    data = (SAMPLES / f"{name}.heic").read_bytes()
    at = data.index(b"Exif")
    with pytest.raises(PhotographError, match="is damaged"):
        read_photograph(keep(data[: at + 1] + b"\xcc" + data[at + 2 :]))
    assert read_photograph(keep(data + b"what a phone appends")).pixels.ndim == 3


def test_raw_without_its_extra_says_what_to_install(keep, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "rawpy", None)
    with pytest.raises(PhotographError, match=r"Install pigtrack\[raw\]"):
        read_photograph(keep(dng(np.full((80, 80), 1000, np.uint16)), "photo.dng"))


def test_an_opaque_alpha_is_dropped_and_hidden_pixels_are_black(keep):
    picture = np.dstack([scene(), np.full((80, 112), 255, np.uint8)])
    np.testing.assert_array_equal(read_photograph(keep(encoded(picture, "PNG"))).pixels, scene())
    picture[:10, :, 3] = 100
    photograph = read_photograph(keep(encoded(picture, "PNG")))
    assert not photograph.pixels[:10].any()
    np.testing.assert_array_equal(photograph.pixels[10:], scene()[10:])
    assert photograph.capture.processing == ("cut out",)
    picture[:50, :, 3] = 0
    with pytest.raises(PhotographError, match="transparent over 62 %"):
        read_photograph(keep(encoded(picture, "PNG")))


@pytest.mark.parametrize(
    ("encoding", "gamma"), [(Encoding.SRGB, None), (Encoding.DISPLAY_P3, None), (Encoding.ADOBE_RGB, 2.19921875)]
)
def test_known_profiles_are_recognised_by_what_they_do_not_by_their_names(keep, encoding, gamma):
    profile = matrix_profile(encoding, gamma, "any name")
    photograph = read_photograph(keep(encoded(scene(), "PNG", icc_profile=profile)))
    assert photograph.encoding is encoding
    np.testing.assert_array_equal(photograph.pixels, scene())


def numbered(primaries: int, transfer: int, kind: str) -> bytes:
    """A PNG or HEIC that tells its colours by two numbers of ITU-T H.273 in place of a profile."""
    if kind == "heic":
        data = (SAMPLES / "plain.heic").read_bytes()
        at = data.index(b"nclx") + 4
        return data[:at] + struct.pack(">HH", primaries, transfer) + data[at + 4 :]
    data = encoded(scene(), "PNG")
    return data[:33] + png_chunk(b"cICP", bytes((primaries, transfer, 0, 1))) + data[33:]


@pytest.mark.parametrize("kind", ["heic", "png"])
def test_colours_told_by_number_count_where_no_profile_is(keep, kind):
    expected = {(1, 13): Encoding.SRGB, (2, 2): Encoding.SRGB, (12, 13): Encoding.DISPLAY_P3}
    for numbers, encoding in expected.items():
        assert read_photograph(keep(numbered(*numbers, kind))).encoding is encoding
    for numbers, said in {(9, 16): "HDR screens", (12, 18): "HDR screens", (9, 14): r"BT\.2020"}.items():
        with pytest.raises(PhotographError, match=said):
            read_photograph(keep(numbered(*numbers, kind)))


def test_a_profile_comes_before_the_colours_number(keep):
    profile = matrix_profile(Encoding.ADOBE_RGB, 2.19921875, "A")
    data = encoded(scene(), "PNG", icc_profile=profile)
    data = data[:33] + png_chunk(b"cICP", bytes((12, 13, 0, 1))) + data[33:]
    assert read_photograph(keep(data)).encoding is Encoding.ADOBE_RGB


def test_a_profile_with_known_primaries_and_another_curve_is_converted(keep):
    profile = matrix_profile(Encoding.SRGB, 1.8, "odd curve")
    grey = np.full((80, 80, 3), 100, np.uint8)
    photograph = read_photograph(keep(encoded(grey, "PNG", icc_profile=profile)))
    light = (100 / 255) ** 1.8
    expected = 255 * (1.055 * light ** (1 / 2.4) - 0.055)
    assert np.abs(photograph.pixels - expected).max() <= 1
    assert photograph.encoding is Encoding.SRGB
    assert photograph.capture.processing == ("converted from the profile odd curve",)


def test_sixteen_bits_with_an_unknown_profile_are_refused(keep):
    data = tiff(scene().astype(np.uint16) * 257, iccprofile=matrix_profile(Encoding.SRGB, 1.8, "odd"))
    with pytest.raises(PhotographError, match="unusual colour profile 'odd'"):
        read_photograph(keep(data))


def test_a_camera_s_mark_for_adobe_rgb_counts_where_no_profile_is(keep):
    block = exif()
    block.get_ifd(0x8769)[0xA005] = {1: "R03"}
    assert read_photograph(keep(encoded(scene(), exif=block))).encoding is Encoding.ADOBE_RGB


@pytest.mark.parametrize("value", [128, 0, 255])
def test_a_flat_picture_is_no_broken_one(keep, value):
    flat = np.full((100, 100, 3), value, np.uint8)
    flat[:30] = scene(30, 100)
    for options in ({}, {"subsampling": 2}, {"progressive": True}):
        assert read_photograph(keep(encoded(flat, **options))).pixels.shape == flat.shape


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.97])
@pytest.mark.parametrize("ending", [b"", b"\xff\xd9"])
def test_a_cut_jpeg_is_refused_even_with_an_end_mark_put_back(keep, share, ending):
    data = encoded(scene(300, 400))
    with pytest.raises(PhotographError, match="is cut short"):
        read_photograph(keep(data[: int(share * len(data))] + ending))


@pytest.mark.parametrize("share", [0.2, 0.4, 0.6])
def test_a_progressive_jpeg_without_its_last_scans_is_refused(keep, share):
    data = encoded(scene(300, 400), progressive=True)
    assert read_photograph(keep(data)).pixels.shape == (300, 400, 3)
    with pytest.raises(PhotographError, match="is cut short"):
        read_photograph(keep(data[: int(share * len(data))] + b"\xff\xd9"))


def test_pictures_appended_behind_a_jpeg_do_no_harm(keep):
    data = encoded(scene())
    expected = read_photograph(keep(data)).pixels
    np.testing.assert_array_equal(
        read_photograph(keep(data + encoded(scene(seed=3)) + b"MotionPhoto")).pixels, expected
    )


def test_pixels_that_a_bomb_announces_are_never_made(keep):
    header = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", b"\0\0\xff\xff\0\0\xff\xff\x08\x02\0\0\0")
    data = header + png_chunk(b"IDAT", b"x\x9c") + png_chunk(b"IEND", b"")
    start = time.perf_counter()
    with pytest.raises(PhotographError, match="more than 100 million"):
        read_photograph(keep(data))
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize(("packing", "packed"), [(8, None), (32773, b"\x81\0" * 5_000_000)])
def test_a_strip_that_holds_far_more_than_the_picture_is_never_unpacked_whole(keep, packing, packed):
    if packed is None:
        deflate = zlib.compressobj(1)
        packed = b"".join(deflate.compress(bytes(10_000_000)) for _ in range(40)) + deflate.flush()
    whole = tiff(scene(), compression="zlib", rowsperstrip=80)
    bomb = bytearray(whole + packed)
    with tifffile.TiffFile(io.BytesIO(whole)) as opened:
        tags = opened.pages[0].tags
        for name, value in (("StripOffsets", len(whole)), ("StripByteCounts", len(packed)), ("Compression", packing)):
            struct.pack_into("<H" if tags[name].dtype == 3 else "<I", bomb, tags[name].valueoffset, value)
    start, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with suppress(PhotographError):
        assert not read_photograph(keep(bytes(bomb))).pixels.any()
    assert time.process_time() - start < 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kB; unpacked it has 400 MB or more


def test_what_would_not_fit_into_a_worker_s_memory_is_refused_from_its_header(keep):
    with_alpha = np.dstack([scene(), scene()[..., 0]]).astype(np.uint16)
    packed = bytearray(tiff(with_alpha, compression="zlib", extrasamples=["unassalpha"]))
    with tifffile.TiffFile(io.BytesIO(packed)) as opened:
        sizes = [opened.pages[0].tags[name] for name in ("ImageWidth", "ImageLength")]
    for tag in sizes:
        struct.pack_into("<H" if tag.dtype == 3 else "<I", packed, tag.valueoffset, 11_000)
    png = bytearray(deep_png(scene().astype(np.uint16)))
    png[16:26] = struct.pack(">IIBB", 9_900, 10_000, 16, 6)
    png[29:33] = struct.pack(">I", zlib.crc32(png[12:29]))
    for data, told in ((packed, "more than 100 million"), (png, "too large to be opened as PNG of 16 bits")):
        with pytest.raises(PhotographError, match=told):
            read_photograph(keep(bytes(data)))
    for tag in sizes:
        struct.pack_into(
            "<H" if tag.dtype == 3 else "<I", packed, tag.valueoffset, 11_000 if tag is sizes[0] else 9_000
        )
    with pytest.raises(PhotographError, match="too large to be opened as TIFF"):
        read_photograph(keep(bytes(packed)))


def test_a_progressive_jpeg_of_endless_scans_is_refused(keep):
    data = encoded(scene(), progressive=True)
    scan = data[data.rindex(b"\xff\xda") : -2]
    with pytest.raises(PhotographError, match="rare kind"):
        read_photograph(keep(data[:-2] + 100 * scan + data[-2:]))


@pytest.mark.parametrize("options", [{"subsampling": 0}, {"subsampling": 2}, {"progressive": True}])
def test_a_jpeg_of_which_the_decoder_made_up_a_part_is_refused(keep, capfd, options):
    data = encoded(scene(300, 400), restart_marker_rows=4, **options)
    rng, complaints = np.random.default_rng(0), 0
    for at in rng.integers(data.index(b"\xff\xda") + 20, len(data) - 20, 60):
        broken = data[:at] + rng.bytes(3) + data[at + 3 :]
        decoded = cv2.imdecode(np.frombuffer(broken, np.uint8), cv2.IMREAD_COLOR)
        complained = decoded is None or bool(capfd.readouterr().err)  # the same library, asked by another way
        with pytest.raises(PhotographError, match=r"is damaged|is cut short") if complained else does_not_raise():
            read_photograph(keep(broken))
        complaints += complained
    assert complaints >= 10


def test_filling_before_a_jpeg_s_end_mark_does_no_harm(keep):
    data = encoded(scene())
    for filling in (b"\0" * 40, b"\xff" * 7):
        np.testing.assert_array_equal(
            read_photograph(keep(data[:-2] + filling + data[-2:])).pixels, read_photograph(keep(data)).pixels
        )


@pytest.mark.parametrize("factors", [(0x22, 0x21, 0x12), (0x21, 0x11, 0x21), (0x41, 0x11, 0x11), (0x31, 0x11, 0x11)])
def test_a_jpeg_may_sample_its_colours_in_odd_ways(keep, factors):
    photograph = read_photograph(keep(grey_jpeg(factors)))
    np.testing.assert_array_equal(photograph.pixels, np.full((128, 128, 3), 128))


@pytest.mark.parametrize("options", [{}, {"subsampling": 2}, {"subsampling": 1}, {"progressive": True}])
def test_jpeg_pixels_are_those_of_the_reference_decoder(keep, options):
    data = encoded(scene(301, 403), **options)
    expected = np.asarray(Image.open(io.BytesIO(data)))
    np.testing.assert_array_equal(read_photograph(keep(data)).pixels, expected)


def test_libraries_say_nothing_of_their_own(keep, capfd):
    for data in (encoded(scene(), "PNG")[:-30], encoded(scene())[:900], tiff(scene())[:-40], b"II*\0" + b"\xff" * 90):
        with pytest.raises(PhotographError):
            read_photograph(keep(data))
    broken = bytearray(deep_png(scene().astype(np.uint16)))
    with pytest.raises(PhotographError):
        read_photograph(keep(bytes(broken[:200] + broken[210:])))
    assert capfd.readouterr() == ("", "")


def test_capture_facts_are_read_without_decoding(keep):
    data = encoded(scene(), exif=exif(taken="2026:01:11 09:30:00"))
    assert str(read_capture(keep(data)).time) == "2026-01-11 09:30:00"
    assert read_capture(keep(b"no picture")).time is None


@pytest.mark.parametrize("orientation", [1, 6])
def test_twelve_megapixels_are_read_quickly(keep, orientation):
    rng = np.random.default_rng(0)
    coarse = Image.fromarray(rng.integers(0, 255, (150, 200, 3), dtype=np.uint8))
    picture = np.asarray(coarse.resize((4000, 3000)))
    path = keep(encoded(picture, quality=90, subsampling=2, exif=exif(orientation)))
    start = time.process_time()
    read_photograph(path)
    assert time.process_time() - start < 0.25  # 0.04 to 0.05 s on an idle machine of 2024


def test_real_photographs_are_read(request):
    default = request.config.rootpath.parent / "shared" / "data"
    folder = Path(os.environ.get("PIGTRACK_REAL_PHOTOS", default))
    photos = sorted(path for path in folder.glob("cards/*") if path.suffix in (".jpg", ".png"))
    if not photos:
        pytest.skip(f"no real photographs in {folder}")
    for path in photos:
        assert read_photograph(path).pixels.dtype == np.uint8
