"""The photographer's guide: its pictures are there, small, and used; its table is kept by test_docs."""

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "docs" / "photographing.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"!\[(.+?)\]\(pictures/(.+?)\)", GUIDE)


def test_every_picture_of_the_guide_is_there_and_small_and_says_what_it_shows():
    assert len(SHOWN) == 10
    for words, name in SHOWN:
        assert (ROOT / "docs" / "pictures" / name).stat().st_size < 150_000, name
        assert len(words) > 20, name


def test_the_drawn_set_up_is_the_script_s():
    drawn = runpy.run_path(str(ROOT / "docs" / "make_pictures.py"))["SETUP"]
    assert (ROOT / "docs" / "pictures" / "setup.svg").read_text(encoding="utf-8") == drawn


@pytest.mark.slow
def test_the_script_draws_the_pictures_of_the_guide(tmp_path):
    runpy.run_path(str(ROOT / "docs" / "make_pictures.py"))["draw"](tmp_path)
    for _, name in SHOWN:
        assert (tmp_path / name).exists()
