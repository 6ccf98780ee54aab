from datetime import datetime

import pytest
from drawn_files import encoded, exif, scene

from pigtrack.store.capture import Exif
from pigtrack.store.photographs import read_photograph
from pigtrack.store.traces import xmp_traces


def facts(block, traces=()):
    return Exif(block.tobytes()).facts(traces)


def test_what_the_camera_tells_is_kept():
    found = facts(
        exif(
            taken="2026:01:11 09:30:15",
            t0x010f="Canon",
            t0x0110="Canon EOS R5",
            t0x0131="Firmware 1.2",
            t0xa434="RF100mm F2.8",
            t0x829a=0.004,
            t0x829d=8.0,
            t0x8827=200,
            t0xa403=1,
            t0x9209=0x19,
        )
    )
    assert found.time == datetime(2026, 1, 11, 9, 30, 15)
    assert (found.camera, found.lens, found.software) == ("Canon EOS R5", "RF100mm F2.8", "Firmware 1.2")
    assert (found.exposure_s, found.f_number, found.iso) == (0.004, 8.0, 200.0)
    assert (found.white_balance, found.flash, found.processing) == ("manual", True, ())


def test_place_owner_and_serial_numbers_never_reach_the_facts(tmp_path):
    block = exif(t0x0110="X", t0xa431="SERIAL-1", t0xa430="OWNER-1", t0x013b="ARTIST-1", t0x8298="COPYRIGHT-1")
    block.get_ifd(0x8825)[1] = "N"
    block.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    path = tmp_path / "a.jpg"
    path.write_bytes(encoded(scene(), exif=block))
    text = repr(read_photograph(path).capture)
    assert all(secret not in text for secret in ("SERIAL", "OWNER", "ARTIST", "COPYRIGHT", "52"))


@pytest.mark.parametrize(
    ("tags", "trace"),
    [
        ({"t0xa401": 3}, "HDR"),
        ({"t0xa401": 8}, "portrait"),
        ({"t0xa406": 3}, "night"),
        ({"t0x0131": "Adobe Photoshop 26.0"}, "edited with Adobe Photoshop 26.0"),
        ({"t0x0131": "HDR+ 1.0.5"}, "HDR"),
        ({"t0x9286": "Screenshot"}, "screenshot"),
    ],
)
def test_processing_leaves_a_trace(tags, trace):
    assert facts(exif(**tags)).processing == (trace,)


@pytest.mark.parametrize(
    ("xmp", "trace"),
    [
        (b"<rdf hdrgm:Version='1.0'/>", "HDR gain map"),
        (b"<x crs:HasSettings='True'/>", "developed"),
        (b"<exif:UserComment>Screenshot</exif:UserComment>", "screenshot"),
        (b"xmp:CreatorTool='Snapseed 2.0'", "edited with Snapseed 2.0"),
        (b"<xmp:CreatorTool>GIMP 3</xmp:CreatorTool>", "edited with GIMP 3"),
    ],
)
def test_xmp_tells_of_processing(xmp, trace):
    assert xmp_traces(xmp) == (trace,)


def test_an_untouched_photograph_shows_no_trace():
    assert facts(exif(t0xa401=0, t0xa406=0, t0x0131="16.5.1")).processing == ()
    assert xmp_traces(b"<x xmp:CreatorTool='16.5.1'/>") == ()


@pytest.mark.parametrize(
    "taken", ["", "0000:00:00 00:00:00", "2026:13:45 99:00:00", "yesterday", "    :  :     :  :  "]
)
def test_an_impossible_date_is_no_date(taken):
    assert facts(exif(taken=taken)).time is None


def test_a_damaged_block_reads_as_far_as_it_can():
    whole = exif(orientation=6, taken="2026:01:11 09:30:00", t0x010f="Maker").tobytes()
    for cut in range(0, len(whole), 3):
        assert Exif(whole[:cut]).orientation in (1, 6)
