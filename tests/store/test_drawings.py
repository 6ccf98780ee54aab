import pytest

from pigtrack.errors import OutputError
from pigtrack.store.drawings import write_drawings


def test_drawings_are_written_into_a_folder_that_is_made(tmp_path):
    paths = write_drawings(tmp_path / "a" / "b", {"x.svg": b"1", "x.png": b"2"})
    assert [path.read_bytes() for path in paths] == [b"1", b"2"]
    write_drawings(tmp_path / "a" / "b", {"x.svg": b"3"})
    assert (tmp_path / "a" / "b" / "x.svg").read_bytes() == b"3"


def test_a_place_that_is_no_folder_is_refused(tmp_path):
    (tmp_path / "file").write_text("here", encoding="utf-8")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(OutputError, match="can't be written"):
            write_drawings(place, {"x.svg": b"1"})
    assert (tmp_path / "file").read_text(encoding="utf-8") == "here"


def test_a_name_that_is_a_folder_is_refused(tmp_path):
    (tmp_path / "x.svg").mkdir()
    with pytest.raises(OutputError, match="can't be written"):
        write_drawings(tmp_path, {"x.svg": b"1"})
