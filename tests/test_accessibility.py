"""Every HTML page in a real browser: no violation, no complaint, no request, nothing too wide or too small."""

from dataclasses import replace

import numpy as np
import pytest
from browsing import DESK, NARROWEST, PHONE, RULES, TOO_WIDE, look_closely, visit
from composed_results import result, spots
from imaging.simulated_course import course, photograph, spot

import pigtrack
from pigtrack.charts import draw_course_chart, draw_lesion_charts, draw_patient_chart, figure_bytes, picture_bytes
from pigtrack.model.course import AdverseEvent
from pigtrack.report import ReportPictures, render_report
from pigtrack.report.patient import render_patient_page
from pigtrack.store.catalogues import list_languages, load_catalogue
from pigtrack.store.protocol_file import load_protocol
from pigtrack.store.reference_data import data_folder

TREATED = {"technique": "manual injection", "product": "F-RADIANCE"}


def measured():
    """Four visits: one spot grew, one event, one visit kept out of the trend."""
    grown = [photograph(spot(1, area=30), spot(2, area=14, contrast=6), spot(3, area=22, contrast=6))]
    treated = {f"session_{n}": {"treatment": TREATED} for n in (1, 2)}
    treated["session_2"]["adverse_events"] = (AdverseEvent("bruise", severity="mild", outcome="resolved"),)
    treated["session_4"] = {"treatment": TREATED, "after_procedure": True}
    which = course(4, **treated)
    told = result(spots(), spots(contrast=0.8), grown, spots(), which=which)
    return replace(told, protocol=load_protocol("dark-spot-mesotherapy"))


def pictures(told, catalogue):
    skin = picture_bytes(np.full((300, 400, 3), (150, 170, 200), np.uint8))
    which, protocol = told.course, told.protocol
    lesions = draw_lesion_charts(which, told.lesions, catalogue=catalogue)
    return ReportPictures(
        course_chart=figure_bytes(
            draw_course_chart(which, told.sessions, protocol=protocol, catalogue=catalogue), "svg"
        ),
        lesion_charts=figure_bytes(lesions, "svg"),
        before=skin,
        after=skin,
        overlays={1: skin, 3: skin},
        melanin={1: skin, 3: skin},
        redness={1: skin, 3: skin},
        plain_before=skin,
        plain_after=skin,
        patient_chart=figure_bytes(
            draw_patient_chart(which, told.sessions, protocol=protocol, catalogue=catalogue), "svg"
        ),
    )


def cohort_page(language):
    return pigtrack.compare_courses(
        data_folder("sample_images") / "sample-cohort", by="product", language=language
    ).page()


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder, told = tmp_path_factory.mktemp("pages"), measured()
    for language in list_languages():
        words = load_catalogue(language)
        shown = pictures(told, words)
        texts = {
            "report": render_report(told, shown, catalogue=words, version="0.1.0"),
            "patient": render_patient_page(told, shown, catalogue=words, version="0.1.0"),
            "cohort": cohort_page(language),
        }
        for name, text in texts.items():
            (folder / f"{name}-{language}.html").write_text(text, encoding="utf-8")
    return folder


PAGES = [(name, language) for name in ("report", "patient", "cohort") for language in list_languages()]


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize(("name", "language"), PAGES)
def test_a_page_can_be_read_by_everybody(browser, pages, name, language, width):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    with visit(browser, (pages / f"{name}-{language}.html").as_uri(), width) as page:
        look_closely(page, axe)


@pytest.mark.parametrize(("name", "language"), PAGES)
def test_a_page_can_be_read_in_the_dark(browser, pages, name, language):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    with visit(browser, (pages / f"{name}-{language}.html").as_uri(), PHONE, color_scheme="dark") as page:
        found = axe.run(page, options=RULES)
        assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize(("name", "language"), PAGES)
def test_a_page_fits_the_narrowest_screen_and_letters_twice_as_large(browser, pages, name, language):
    """WCAG 1.4.10 and 1.4.4: a page magnified twice has half the width; letters alone may be made larger."""
    with visit(browser, (pages / f"{name}-{language}.html").as_uri(), NARROWEST) as page:
        assert page.evaluate(TOO_WIDE) <= 0
        page.set_viewport_size({"width": DESK // 2, "height": 900})
        assert page.evaluate(TOO_WIDE) <= 0
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        for width in (NARROWEST, PHONE, DESK // 2, DESK):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate(TOO_WIDE) <= 0, f"{width} px with letters of twice the size"


def test_the_slider_moves_by_keys_and_uncovers_the_first_picture(browser, pages):
    with visit(browser, (pages / "patient-en.html").as_uri(), PHONE) as page:
        handle = page.get_by_role("slider")
        handle.focus()
        before = page.locator(".pair img").first.evaluate("each => getComputedStyle(each).clipPath")
        page.keyboard.press("Home")
        after = page.locator(".pair img").first.evaluate("each => getComputedStyle(each).clipPath")
        assert handle.input_value() == "0"
        assert before != after


def test_without_scripts_the_two_pictures_stand_one_below_the_other(browser, pages):
    with visit(browser, (pages / "patient-en.html").as_uri(), PHONE, java_script_enabled=False) as page:
        first, second = (page.locator(".pair img").nth(index).bounding_box() for index in (0, 1))
        assert first["y"] + first["height"] <= second["y"]
        assert page.get_by_role("slider").count() == 0


def test_the_checker_finds_a_fault_where_there_is_one(browser, tmp_path):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    (tmp_path / "bad.html").write_text("<html><body><img src='data:,'><p style='color:#ccc'>pale</p></body></html>")
    with visit(browser, (tmp_path / "bad.html").as_uri(), PHONE) as page:
        assert {each["id"] for each in axe.run(page, options=RULES).response["violations"]} >= {
            "image-alt", "color-contrast", "html-has-lang",
        }  # fmt: skip
