"""The sheet of scale stickers: true to size on paper, and each sticker on it is found again."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from pigtrack import tracker
from pigtrack.charts import figure_bytes
from pigtrack.charts.render import PNG_DPI
from pigtrack.charts.sticker_sheet import draw_sticker_sheet
from pigtrack.cli import app
from pigtrack.errors import OutputError
from pigtrack.imaging.scale import find_sticker
from pigtrack.model.photograph import Encoding, Photograph


@pytest.fixture(scope="module")
def sheet():
    with Image.open(BytesIO(figure_bytes(draw_sticker_sheet(), "png"))) as image:
        return np.asarray(image.convert("RGB"))


@pytest.mark.parametrize("side_mm", [10.0, 20.0])
def test_all_stickers_are_there_and_true_to_size(sheet, side_mm):
    page, numbers = sheet.copy(), set()
    while (found := find_sticker(Photograph("s", page, Encoding.SRGB, ""), side_mm=side_mm)) is not None:
        lengths = np.linalg.norm(found.corners - np.roll(found.corners, 1, axis=0), axis=1)
        assert lengths == pytest.approx(np.full(4, side_mm / 25.4 * PNG_DPI), rel=0.003)
        numbers.add(found.number)
        left, top = np.floor(found.corners.min(axis=0)).astype(int)
        right, bottom = np.ceil(found.corners.max(axis=0)).astype(int)
        page[top : bottom + 1, left : right + 1] = 255
    assert numbers == set(range(10) if side_mm == 10 else range(10, 20))


def test_the_drawing_is_as_large_as_a_sheet_of_paper_and_the_same_every_time():
    first, second = (figure_bytes(draw_sticker_sheet(), "svg") for _ in range(2))
    assert first == second
    assert b'width="595.275591pt" height="841.889764pt"' in first
    assert figure_bytes(draw_sticker_sheet(), "pdf") == figure_bytes(draw_sticker_sheet(), "pdf")
    assert b"/MediaBox [ 0 0 595.2755905512 841.8897637795 ]" in figure_bytes(draw_sticker_sheet(), "pdf")


@pytest.mark.parametrize(("name", "start"), [("s.pdf", b"%PDF"), ("S.SVG", b"<?xml")])
def test_it_is_written_where_it_was_asked_for(tmp_path, name, start):
    result = CliRunner().invoke(app, ["cards", "--sticker", str(tmp_path / "new" / name)])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "new" / name).read_bytes().startswith(start)


def test_another_ending_is_refused_with_what_to_do(tmp_path):
    with pytest.raises(OutputError, match="SVG or PDF"):
        tracker.draw_stickers(out=tmp_path / "s.png")
