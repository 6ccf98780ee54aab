"""Makes the drawing modules beside this file importable from every test, and draws the phantoms that many share."""

import os
import shutil

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest


@pytest.fixture(scope="session")
def drawn(tmp_path_factory):
    """Three sessions of light skin in the studio, half a megapixel: enough for the order of things."""
    from drawn_courses import draw

    return draw(tmp_path_factory.mktemp("drawn") / "light", sessions=3)


@pytest.fixture(scope="session")
def stranger(tmp_path_factory):
    """One photograph of somebody else's skin."""
    from drawn_courses import draw

    return draw(tmp_path_factory.mktemp("drawn") / "other", seed=9, sessions=1)


@pytest.fixture(scope="session")
def sample(drawn, tmp_path_factory):
    """A measured course as the clinic's record gives it."""
    from record_stories import story

    return story(tmp_path_factory.mktemp("recorded") / "c", drawn)


@pytest.fixture(scope="session")
def kept(sample, tmp_path_factory):
    """The data folder of a record that holds the measured course; to be copied before it is changed."""
    from kept_records import begin

    return begin(tmp_path_factory.mktemp("kept") / "data", sample)


@pytest.fixture(scope="module")
def browser():
    """Chromium without a window, as the system has it."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed: sh .ci/get-system-packages")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()
