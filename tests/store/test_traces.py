"""What a file tells of processing is noticed; what an untouched photograph tells is not."""

import numpy as np
import pytest
from drawn_files import SAMPLES, encoded, exif, jpeg_with, png_chunk, scene, tiff

from pigtrack.model.photograph import CaptureFacts
from pigtrack.store.capture import Exif
from pigtrack.store.photographs import read_photograph
from pigtrack.store.traces import estimate_quality, heic_traces, name_traces, program_traces, screen_traces, xmp_traces

XMP, XMP_MORE = b"http://ns.adobe.com/xap/1.0/\0", b"http://ns.adobe.com/xmp/extension/\0" + b"0" * 40


@pytest.fixture
def traces_of(tmp_path):
    def read(data: bytes, name: str = "photo.jpg") -> tuple[str, ...]:
        (tmp_path / name).write_bytes(data)
        return read_photograph(tmp_path / name).capture.processing

    return read


def told(**tags) -> CaptureFacts:
    return Exif(exif(**tags).tobytes()).facts()


@pytest.mark.parametrize(
    ("tags", "trace"),
    [
        ({"t0xa401": 1}, "special rendering"),
        ({"t0xa401": 2}, "HDR"),
        ({"t0xa401": 3}, "HDR"),
        ({"t0xa401": 6}, "panorama"),
        ({"t0xa401": 7}, "portrait HDR"),
        ({"t0xa406": 2}, "portrait"),
        ({"t0xa406": 3}, "night"),
        ({"t0xa404": 2.5}, "digital zoom 2.5x"),
        ({"t0xa408": 2}, "contrast raised"),
        ({"t0xa409": 1}, "saturation lowered"),
        ({"t0xa43b": "Somebody's Editor 3"}, "edited with Somebody's Editor 3"),
        ({"t0xa43a": "Raw Maker 2"}, "developed with Raw Maker 2"),
        ({"t0x000b": "Pixelmator Pro 3.6"}, "edited with Pixelmator Pro 3.6"),
    ],
)
def test_exif_tells_of_processing(tags, trace):
    assert told(**tags).processing == (trace,)


def test_what_recent_phones_write_into_every_photograph_is_no_trace():
    assert told(t0xa460=2).processing == ()


def test_a_camera_s_own_settings_are_no_processing():
    plain = {"t0xa401": 0, "t0xa404": 1.0, "t0xa406": 0, "t0xa408": 0, "t0xa409": 0, "t0xa460": 1, "t0x0131": "16.5.1"}
    assert told(**plain).processing == ()
    assert told(t0xa401=4).processing == ()  # the plain exposure that a phone keeps beside its HDR
    assert told(t0xa404=0).processing == ()  # zoom not used


@pytest.mark.parametrize(
    ("program", "trace"),
    [
        ("Adobe Photoshop 26.0 (Macintosh)", "edited with Adobe Photoshop 26.0 (Macintosh)"),
        ("Adobe Lightroom 8.1 (Android)", "edited with Adobe Lightroom 8.1 (Android)"),
        ("Snapseed 2.0", "edited with Snapseed 2.0"),
        ("GIMP 2.10.36", "edited with GIMP 2.10.36"),
        ("Picasa", "edited with Picasa"),
        ("Windows Photo Editor 10.0.10011.16384", "edited with Windows Photo Editor 10.0.10011.16384"),
        ("Meitu", "filtered with Meitu"),
        ("FaceApp", "filtered with FaceApp"),
        ("B612", "filtered with B612"),
        ("Instagram", "filtered with Instagram"),
        ("gnome-screenshot", "screenshot"),
        ("HDR+ 1.0.345618096zd", "HDR"),
    ],
)
def test_programs_are_known_by_name(program, trace):
    assert program_traces(program) == (trace,)


@pytest.mark.parametrize(
    "program", ["16.5.1", "A525FXXU4BVG1", "Ver.1.00", "Firmware 1.2", "Digital Camera X-T4", None]
)
def test_a_camera_s_firmware_is_no_editor(program):
    assert program_traces(program) == ()


@pytest.mark.parametrize(
    ("xmp", "trace"),
    [
        (b"<x hdrgm:Version='1.0'/>", "HDR gain map"),
        (b"<x GCamera:HdrPlusMakernote='AA'/>", "HDR"),
        (b"<x GDepth:Format='RangeInverse'/>", "depth map"),
        (b"<x GCamera:PortraitVersion='1'/>", "portrait"),
        (b"<x GPano:ProjectionType='equirectangular'/>", "panorama"),
        (b"<x crs:HasSettings='True'/>", "developed"),
        (b"<x stEvt:softwareAgent='Adobe Photoshop 25'/>", "edited with Adobe Photoshop 25"),
        (b"<x>.../digitalsourcetype/compositeWithTrainedAlgorithmicMedia</x>", "changed by artificial intelligence"),
    ],
)
def test_xmp_in_a_jpeg_tells_of_processing(traces_of, xmp, trace):
    assert xmp_traces(xmp) == (trace,)
    assert traces_of(jpeg_with(encoded(scene()), (0xE1, XMP + xmp))) == (trace,)
    assert traces_of(jpeg_with(encoded(scene()), (0xE1, XMP_MORE + xmp))) == (trace,)


def test_a_photograph_with_a_gain_map_behind_it_is_told(traces_of):
    gain_map = jpeg_with(encoded(scene(seed=2)), (0xE1, XMP + b"<x HDRGainMap:HDRGainMapVersion='65536'/>"))
    assert traces_of(encoded(scene()) + gain_map) == ("HDR gain map",)
    ultra_hdr = jpeg_with(encoded(scene()), (0xE2, b"urn:iso:std:iso:ts:21496:-1\0\0\0\0\0"))
    assert traces_of(ultra_hdr) == ("HDR gain map",)
    matte = jpeg_with(encoded(scene(seed=2)), (0xE1, XMP + b"urn:com:apple:photo:2018:aux:portraiteffectsmatte"))
    assert traces_of(encoded(scene()) + matte) == ("portrait",)


def test_a_film_behind_a_photograph_is_no_processing(traces_of):
    assert traces_of(encoded(scene()) + b"MotionPhoto_Data" + bytes(5000)) == ()


@pytest.mark.parametrize(
    ("names", "trace"),
    [
        (b"hvc1 urn:com:apple:photo:2020:aux:hdrgainmap", "HDR gain map"),
        (b"hvc1 tmap", "HDR gain map"),
        (b"urn:mpeg:hevc:2015:auxid:2", "depth map"),
        (b"urn:com:apple:photo:2019:aux:semanticskinmatte", "portrait"),
    ],
)
def test_pictures_beside_the_picture_of_a_heic_tell_of_processing(names, trace):
    assert heic_traces(names) == (trace,)


def test_an_untouched_heic_shows_no_trace():
    assert read_photograph(SAMPLES / "plain.heic").capture.processing == ()


@pytest.mark.parametrize(
    ("name", "trace"),
    [
        ("IMG-20260111-WA0003.jpg", "sent by WhatsApp"),
        ("WhatsApp Image 2026-01-11 at 09.30.15.jpeg", "sent by WhatsApp"),
        ("photo_2026-01-11_09-30-15.jpg", "sent by Telegram"),
        ("signal-2026-01-11-093015.jpg", "sent by Signal"),
        ("FB_IMG_1768123456789.jpg", "sent by Facebook"),
        ("Screenshot_20260111-093015.png", "screenshot"),
        ("Screen Shot 2026-01-11.png", "screenshot"),
        ("Bildschirmfoto 2026-01-11.png", "screenshot"),
        ("IMG_E1234.JPG", "edited"),
        ("PXL_20260111_093015123~2.jpg", "edited"),
        ("cheek-edited.jpg", "edited"),
        ("PXL_20260111_093015123.PORTRAIT.jpg", "portrait"),
        ("PXL_20260111_093015123.NIGHT.jpg", "night"),
        ("IMG_20260111_093015_HDR.jpg", "HDR"),
    ],
)
def test_names_that_phones_and_messengers_give_are_known(name, trace):
    assert name_traces(f"session-02/{name}") == (trace,)


@pytest.mark.parametrize(
    "name",
    [
        "IMG_1234.JPG",
        "IMG_20260111_093015.jpg",
        "PXL_20260111_093015123.jpg",
        "PXL_20260111_093015123.MP.jpg",
        "DSC0001.NEF",
        "session-01.jpg",
        "left cheek.heic",
        "P-0007 portrait.jpg",
        "screenshots/left.jpg",
        "P1000123.RW2",
        "_DSC1234.ARW",
    ],
)
def test_names_that_cameras_and_clinics_give_tell_nothing(name):
    assert name_traces(name) == ()


def test_a_picture_of_a_screen_s_size_without_a_camera_may_be_a_screenshot(traces_of):
    assert screen_traces((2532, 1170, 3), None) == ("the size of a phone's screen",)
    assert screen_traces((2532, 1170, 3), "Apple iPhone 15") == ()
    assert screen_traces((4032, 3024, 3), None) == ()
    assert screen_traces((1600, 1200, 3), None) == ()
    assert traces_of(encoded(scene(1280, 720), "PNG"), "a.png") == ("the size of a phone's screen",)


def test_a_screenshot_program_s_name_in_a_png_is_told(traces_of):
    data = encoded(scene(), "PNG")
    text = png_chunk(b"tEXt", b"Software\0gnome-screenshot")
    assert traces_of(data[:33] + text + data[33:], "a.png") == ("screenshot",)


def test_strong_compression_is_told_with_its_quality(traces_of):
    assert traces_of(encoded(scene(), quality=50)) == ("compressed to a quality of about 50",)
    assert traces_of(encoded(scene(), quality=85)) == ()


@pytest.mark.parametrize("quality", [20, 45, 60, 75, 90, 97])
def test_the_quality_of_libjpeg_s_own_tables_is_recognised(quality):
    data = encoded(scene(), quality=quality)
    at = data.index(b"\xff\xdb")
    table = data[at + 4 : at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")]
    assert abs(estimate_quality([table]) - quality) <= 1
    assert estimate_quality([]) is None
    assert estimate_quality([table[:20]]) is None


def test_a_progressive_jpeg_was_saved_by_a_program(traces_of):
    assert traces_of(encoded(scene(), progressive=True)) == ("saved again",)
    assert traces_of(jpeg_with(encoded(scene()), (0xFE, b"CREATOR: gd-jpeg v1.0"))) == ("saved again",)
    assert traces_of(jpeg_with(encoded(scene()), (0xEC, b"Ducky\0\1\0\4\0\0\0P"))) == (
        "edited with Photoshop, saved for the web",
    )


def test_each_trace_is_told_once(traces_of):
    data = jpeg_with(encoded(scene(), exif=exif(t0xa401=3, t0x0131="HDR+ 1.0")), (0xE1, XMP + b"<x HdrPlus/>"))
    assert traces_of(data, "IMG_1_HDR.jpg") == ("HDR",)


def test_flash_and_white_balance_are_facts():
    facts = told(t0x9209=0x19, t0xa403=0)
    assert (facts.flash, facts.white_balance, facts.processing) == (True, "auto", ())
    assert told(t0x9209=0x10).flash is False
    assert told().flash is None


def test_the_equivalent_focal_length_is_read_or_follows_from_the_sensor():
    assert told(t0xa405=26).focal_length_35mm == 26
    sensor = {
        "t0x920a": 50.0,
        "t0xa20e": 4000 / 22.3,
        "t0xa20f": 3000 / 14.9,
        "t0xa210": 4,
        "t0xa002": 4000,
        "t0xa003": 3000,
    }
    assert told(**sensor).focal_length_35mm == pytest.approx(50 * 43.27 / np.hypot(22.3, 14.9), abs=0.1)
    inches = sensor | {"t0xa20e": 4000 / 22.3 * 25.4, "t0xa20f": 3000 / 14.9 * 25.4, "t0xa210": 2}
    assert told(**inches).focal_length_35mm == told(**sensor).focal_length_35mm
    assert told(**sensor, t0xa405=0).focal_length_35mm == told(**sensor).focal_length_35mm


@pytest.mark.parametrize(
    "wrong", [{"t0xa20e": 0.001}, {"t0xa20e": 1e6, "t0xa20f": 1e6}, {"t0xa210": 9}, {"t0xa002": 0}]
)
def test_a_sensor_of_an_impossible_size_gives_no_focal_length(wrong):
    sensor = {"t0x920a": 50.0, "t0xa20e": 179.4, "t0xa20f": 201.3, "t0xa210": 4, "t0xa002": 4000, "t0xa003": 3000}
    assert told(**sensor | wrong).focal_length_35mm is None


def test_xmp_in_a_tiff_tells_of_processing(traces_of):
    told_there = b"<x xmp:CreatorTool='GIMP'"
    data = tiff(scene(), extratags=[(700, "B", len(told_there), told_there, True)])
    assert traces_of(data, "a.tif") == ("edited with GIMP",)
