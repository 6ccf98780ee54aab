"""Whatever is given for a photograph: it is read, or refused in one sentence with a remedy; never a crash."""

import os
import random
import socket
import time

import numpy as np
import pytest
from drawn_files import (
    animated,
    damage,
    deep_png,
    encoded,
    in_mode,
    png_chunk,
    refused_files,
    scene,
    small_files,
    tiff,
)

from pigtrack.errors import PhotographError
from pigtrack.store.photographs import read_capture, read_photograph

DEEP = scene(70, 96).astype(np.uint16) * 257


def page(pixels):
    return tiff(pixels, photometric="minisblack")


REFUSED = {
    "nothing": (b"", "is empty"),
    "a text": (b"Dear doctor,\r\nhere is my photograph.\n", "is a text"),
    "a PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + b"x" * 99, "is a PDF document"),
    "a film": (b"\0\0\0 ftypisom\0\0\2\0isomiso2avc1mp41" + b"\0" * 99, "is a video"),
    "a QuickTime film": (b"\0\0\0\x14ftypqt  \0\0\2\0qt  " + b"\0" * 99, "is a video"),
    "a sequence": (b"\0\0\0\x18ftyphevc\0\0\0\0hevcmsf1" + b"\0" * 99, "is a sequence"),
    "an AVIF": (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1" + b"\0" * 99, "is an AVIF picture"),
    "noise": (bytes(random.Random(0).randrange(256) for _ in range(500)), "is no picture"),
    "a document": (b"PK\3\4" + b"\0" * 99, "is an archive"),
    "a GIF": (encoded(scene(), "GIF"), "is a GIF picture"),
    "a BMP": (encoded(scene(), "BMP"), "is a BMP picture"),
    "a WebP": (encoded(scene(), "WEBP"), "is a WebP picture"),
    "an animated PNG": (animated("PNG"), "is an animation"),
    "two pages": (animated("TIFF"), "holds 2 full pictures"),
    "one pixel": (encoded(np.zeros((1, 1, 3), np.uint8), "PNG"), "only 1 x 1 pixels"),
    "63 columns": (encoded(scene(200, 63), "PNG"), "only 63 x 200 pixels"),
    "a thumbnail": (encoded(scene(48, 64)), "only 64 x 48 pixels"),
    "grey": (encoded(scene()[..., 0]), "has no colour"),
    "deep grey": (encoded(DEEP[..., 0], "PNG"), "has no colour"),
    "a grey TIFF": (page(scene()[..., 0]), "has no colour"),
    "black and white": (encoded(scene()[..., 0] > 128, "PNG"), "has no colour"),
    "floating point": (tiff(scene().astype(np.float32)), "unusual kind of TIFF pixels"),
    "signed numbers": (tiff(DEEP.astype(np.int16)), "unusual kind of TIFF pixels"),
    "32 bits": (tiff(DEEP.astype(np.uint32)), "unusual kind of TIFF pixels"),
    "an interlaced deep PNG": (deep_png(DEEP, interlace=1), "interlaced PNG of 16 bits"),
    "a palette": (in_mode("P", "PNG"), "has a palette"),
    "printing colours": (in_mode("CMYK"), "has printing colours"),
    "printing colours in TIFF": (in_mode("CMYK", "TIFF"), "has other colours"),
    "a JPEG inside TIFF": (encoded(scene(), "TIFF", compression="jpeg"), "compressed in an unusual way"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_refused_by_what_it_is_whatever_its_name(tmp_path, case):
    data, expected = REFUSED[case]
    for name in ("photo.jpg", "photo.png", "photo"):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(PhotographError) as caught:
            read_photograph(tmp_path / name)
        assert expected in caught.value.problem, caught.value
        assert caught.value.remedy.endswith(".")


def test_a_right_picture_under_a_wrong_name_is_read(tmp_path):
    (tmp_path / "photo.pdf").write_bytes(encoded(scene(), "PNG"))
    np.testing.assert_array_equal(read_photograph(tmp_path / "photo.pdf").pixels, scene())


def test_what_is_no_file_is_said(tmp_path):
    (tmp_path / "folder.jpg").mkdir()
    (tmp_path / "dangling.jpg").symlink_to(tmp_path / "gone.jpg")
    os.mkfifo(tmp_path / "pipe.jpg")
    expected = {
        "gone.jpg": "There is no",
        "dangling.jpg": "There is no",
        "folder.jpg": "not a file",
        "pipe.jpg": "not a",
    }
    for name, said in expected.items():
        for read in (read_photograph, read_capture):
            with pytest.raises(PhotographError, match=said):
                read(tmp_path / name)
    for impossible in ("x" * 5000, "a\0b"):
        with pytest.raises(PhotographError):
            read_photograph(tmp_path / impossible)


@pytest.mark.parametrize(
    "name",
    [
        "left\ncheek.jpg",
        "😀 cheek 左.jpg",
        "-rf.jpg",
        "--help",
        " .jpg",
        "a" * 251 + ".jpg",
        "'; rm x;'.jpg",
        "%s%n.jpg",
        os.fsdecode(b"caf\xe9 \xff.jpg"),
        "\u202egpj.exe.jpg",
        "\x1b[31mred.jpg",
        'say "cheese".jpg',
        "back\\slash.jpg",
    ],
)
def test_a_hostile_name_does_no_harm(tmp_path, name):
    (tmp_path / name).write_bytes(encoded(scene()))
    assert read_photograph(tmp_path / name).name == name
    (tmp_path / name).write_bytes(b"no picture")
    with pytest.raises(PhotographError) as caught:
        read_photograph(tmp_path / name)
    sentence = str(caught.value)
    assert all(letter.isprintable() for letter in sentence), sentence
    sentence.encode("utf-8")
    assert len(sentence) < 300


def test_a_socket_and_a_device_are_no_photographs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a socket's path may be no longer than 108 bytes
    with socket.socket(socket.AF_UNIX) as door:
        door.bind("door.jpg")
        for path in ("door.jpg", "/dev/zero"):
            with pytest.raises(PhotographError, match="not a file"):
                read_photograph(path)


def test_a_link_to_a_photograph_is_read(tmp_path):
    (tmp_path / "a.jpg").write_bytes(encoded(scene()))
    (tmp_path / "link.jpg").symlink_to("a.jpg")
    assert read_photograph(tmp_path / "link.jpg").name == "link.jpg"
    (tmp_path / "round.jpg").symlink_to("round.jpg")
    with pytest.raises(PhotographError):
        read_photograph(tmp_path / "round.jpg")


def test_a_file_that_grew_beyond_sense_is_not_read_into_memory(tmp_path):
    with (tmp_path / "film.jpg").open("wb") as film:
        film.truncate(2_000_000_000)
    with pytest.raises(PhotographError, match="larger than 1 GB"):
        read_photograph(tmp_path / "film.jpg")


@pytest.mark.parametrize("width", [2**31 - 1, 20_000])
def test_a_size_beyond_sense_is_refused_from_the_header(tmp_path, width):
    header = width.to_bytes(4, "big") * 2 + b"\x08\x02\0\0\0"
    chunks = ((b"IHDR", header), (b"IDAT", b"x\x9c"), (b"IEND", b""))
    data = b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks)
    jpeg = encoded(scene())
    at = jpeg.index(b"\xff\xc0")
    broad = jpeg[: at + 5] + min(width, 65_500).to_bytes(2, "big") * 2 + jpeg[at + 9 :]
    for each in (data, broad):
        (tmp_path / "a").write_bytes(each)
        with pytest.raises(PhotographError, match="more than 100 million"):
            read_photograph(tmp_path / "a")


SMALL = small_files()
WHOLE = {name: data for name, data in SMALL.items() if name not in refused_files()}


def read_damaged(folder, count, seed):
    """Read damaged files; return how many were read all the same."""
    chance, survived, refusals = random.Random(seed), 0, set()
    for _ in range(count):
        name, data = damage(SMALL, chance)
        (folder / name).write_bytes(data)
        start = time.perf_counter()
        try:
            photograph = read_photograph(folder / name)
        except PhotographError as caught:
            refusals.add(str(caught))
            continue
        finally:
            assert time.perf_counter() - start < 5
        survived += 1
        assert photograph.pixels.dtype in (np.uint8, np.uint16)
        assert min(photograph.pixels.shape[:2]) >= 64
        assert photograph.pixels.shape[2] == 3
    assert not any("\n" in refusal for refusal in refusals)
    return survived


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_the_files_that_are_damaged_below_are_whole(tmp_path, name):
    (tmp_path / name).write_bytes(WHOLE[name])
    assert read_photograph(tmp_path / name).pixels.ndim == 3


def test_damaged_files_are_read_or_refused(tmp_path, capfd):
    assert 0 < read_damaged(tmp_path, 400, seed=1) < 300
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_a_file_cut_anywhere_is_refused(tmp_path, name):
    whole = WHOLE[name]
    needed = len(whole) if not name.endswith(".dng") else len(whole) - 200  # a raw file's last tags may be spare
    for cut in range(0, needed, max(1, needed // 40)):
        (tmp_path / name).write_bytes(whole[:cut])
        with pytest.raises(PhotographError):
            read_photograph(tmp_path / name)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_ten_thousand_damaged_files_are_read_or_refused(tmp_path, capfd, seed):
    read_damaged(tmp_path, 1000, seed=100 + seed)
    assert capfd.readouterr() == ("", "")
