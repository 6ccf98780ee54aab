"""What a photograph tells of a person or a place stays in the original: nothing that is derived holds it."""

import hashlib
import pickle

import pytest
from drawn_courses import draw
from drawn_files import encoded, exif, jpeg_with, png_chunk, scene, tiff

from pigtrack.store.photographs import read_capture, read_photograph
from pigtrack.tracker import measure

SECRETS = {
    0x013B: "ARTIST-SECRET",
    0x013C: "HOST-SECRET",
    0x8298: "COPYRIGHT-SECRET",
    0x010E: "DESCRIPTION-SECRET",
    0xA430: "OWNER-SECRET",
    0xA431: "BODY-SERIAL-SECRET",
    0xA435: "LENS-SERIAL-SECRET",
    0xA420: "UNIQUE-ID-SECRET",
    0x927C: b"MAKERNOTE-SECRET",
    0x9286: b"ASCII\0\0\0COMMENT-SECRET",
}
PLACE = {1: "N", 2: (52.0, 31.0, 12.125), 3: "E", 4: (13.0, 24.0, 36.75), 27: b"PLACE-SECRET", 29: "2026:01:11"}
XMP = (
    b"http://ns.adobe.com/xap/1.0/\0<x exif:GPSLatitude='52,31.2N' aux:SerialNumber='XMP-SECRET' dc:creator='SECRET'/>"
)


def telling_exif() -> bytes:
    block = exif(taken="2026:01:11 09:30:00", t0x010f="Maker", t0x0110="Phone 1")
    for tag, value in SECRETS.items():
        (block if tag < 0x8000 or tag == 0x8298 else block.get_ifd(0x8769))[tag] = value
    block.get_ifd(0x8825).update(PLACE)
    return block.tobytes() + b"THUMBNAIL-SECRET"


def telling(jpeg: bytes) -> bytes:
    return jpeg_with(jpeg, (0xE1, b"Exif\0\0" + telling_exif()[6 * telling_exif().startswith(b"Exif") :]), (0xE1, XMP))


def written_out(record: object) -> bytes:
    return pickle.dumps(record) + repr(record).encode()


@pytest.mark.parametrize("kind", ["jpg", "png", "tif"])
def test_a_read_photograph_tells_nothing_of_person_or_place(tmp_path, kind):
    path = tmp_path / f"photo.{kind}"
    png = encoded(scene(), "PNG")
    data = {
        "jpg": telling(encoded(scene())),
        "png": png[:33] + png_chunk(b"eXIf", telling_exif().removeprefix(b"Exif\0\0")) + png[33:],
        "tif": tiff(scene(), extratags=[(tag, "s", 0, str(SECRETS[tag]), True) for tag in (0x013B, 0x013C, 0x8298)]),
    }[kind]
    assert b"SECRET" in data
    path.write_bytes(data)
    photograph = read_photograph(path)
    for record in (photograph, read_capture(path)):
        assert b"SECRET" not in written_out(record)
    if kind != "tif":
        assert photograph.capture.camera == "Maker Phone 1"


@pytest.mark.parametrize("kind", ["jpg", "png", "tif"])
def test_reading_leaves_the_original_as_it_was(tmp_path, kind):
    path = tmp_path / f"photo.{kind}"
    path.write_bytes({"jpg": telling(encoded(scene())), "png": encoded(scene(), "PNG"), "tif": tiff(scene())}[kind])
    path.chmod(0o444)
    before = path.read_bytes(), path.stat().st_mtime_ns
    photograph = read_photograph(path)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert photograph.sha256 == hashlib.sha256(before[0]).hexdigest()
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


@pytest.mark.slow
def test_nothing_that_a_measurement_writes_tells_of_person_or_place(tmp_path):
    folder = tmp_path / "course"
    draw(folder, scenario="ward", tone="light", sessions=2, megapixels=1.0)
    originals = {path: telling(path.read_bytes()) for path in folder.rglob("*.jpg") if "truth" not in path.parts}
    assert len(originals) == 2
    for path, data in originals.items():
        path.write_bytes(data)
    measure(course_folder=folder)
    assert all(path.read_bytes() == data for path, data in originals.items())
    written = [path for path in (folder / "results").rglob("*") if path.is_file()]
    assert len(written) > 10
    for path in written:
        assert not any(mark in path.read_bytes() for mark in (b"SECRET", b"Exif\0\0", b"eXIf", b"GPSLatitude")), path
