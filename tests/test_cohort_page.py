"""The cohort's page and chart as people meet them: in a browser, in two languages, before a checker."""

import re
import shutil
from dataclasses import replace

import pytest
from drawn_cohorts import write_cohort

import pigtrack
from pigtrack.charts.cohort_chart import MOST_LINES, draw_cohort_chart, pick_lines
from pigtrack.model.cohort import LeftOut
from pigtrack.report.cohort import render_cohort
from pigtrack.store.catalogues import list_languages, load_catalogue


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    folder = write_cohort(tmp_path_factory.mktemp("cohort") / "clinic", groups={"Alpha": 11, "Beta": 5, "Gamma": 4})
    return pigtrack.compare_courses(folder)


def page_of(compared, language="en", **changes):
    result = replace(compared.result, **changes)
    return render_cohort(result, compared.chart_svg, catalogue=load_catalogue(language), version="0")


@pytest.mark.parametrize("language", list_languages())
def test_the_page_asks_nothing_of_the_network_and_runs_no_script(compared, language):
    page = page_of(compared, language)
    assert "default-src 'none'" in page
    assert not re.search(r"(src|href)=\"(?!data:|#)|<script|@import|url\(", page)


@pytest.mark.parametrize("language", list_languages())
def test_no_percentage_stands_without_its_interval(compared, language):
    text = re.sub(r"<[^>]+>", " ", page_of(compared, language).split("<main>")[1])
    for told in re.finditer(r"[+\u2212]?\d+(?:[.,]\d+)?\u00a0%", text):
        around = text[max(0, told.start() - 60) : told.end() + 40]
        assert re.search(r"interval|Intervall|between|zwischen", around), around


def test_counts_of_courses_left_out_are_hidden_where_they_are_few(compared):
    page = page_of(compared, left_out={LeftOut.DAMAGED: 4, LeftOut.TWICE: 12})
    assert "Fewer than 5 courses: files are damaged" in page
    assert "12 courses: the same course" in page


def test_mixed_versions_and_an_endpoint_not_named_beforehand_are_said(compared):
    page = page_of(compared, algorithms=({"change": 1}, {"change": 2}), named_beforehand=False)
    assert "measured by different versions" in page
    assert "Not every course named pigment load" in page


def test_groups_are_called_by_name_and_never_put_in_an_order_of_merit(compared):
    page = page_of(compared)
    assert page.index(">Alpha<") < page.index(">Beta<") < page.index(">Gamma<")
    assert not re.search(
        r"\b(best|worst|better|worse|winner|rank|significant|p\s*[<=])",
        page.split("<main>")[1].split("<h2>Limits")[0],
        re.I,
    )


def test_the_chart_draws_every_group_alike_and_none_that_is_hidden(compared):
    figure = draw_cohort_chart(compared.result, catalogue=load_catalogue("en"))
    forest, *panels = figure.axes
    assert [label.get_text() for label in forest.get_yticklabels()] == ["Alpha", "Beta"]
    assert [panel.get_title(loc="left") for panel in panels] == ["Alpha: 11 patients", "Beta: 5 patients"]
    assert len({panel.get_ylim() for panel in panels}) == 1
    assert len({line.get_color() for line in forest.lines[1:]}) == 1


def test_of_very_many_courses_some_are_drawn_and_the_key_says_so(compared):
    group = compared.result.groups[0]
    many = replace(group, lines=tuple(group.lines[n % len(group.lines)] for n in range(MOST_LINES + 40)))
    figure = draw_cohort_chart(replace(compared.result, groups=(many,)), catalogue=load_catalogue("en"))
    assert len(figure.axes[1].lines) == MOST_LINES + 2  # and the line of no change, and the mean
    assert any(f"{MOST_LINES} of each group drawn" in text.get_text() for text in figure.legends[0].get_texts())
    assert pick_lines(group.lines) == group.lines


def test_with_all_groups_hidden_a_sentence_stands_in_place_of_a_chart(compared):
    hidden = tuple(group for group in compared.result.groups if group.hidden)
    figure = draw_cohort_chart(replace(compared.result, groups=hidden), catalogue=load_catalogue("en"))
    assert "No group has enough patients" in figure.texts[0].get_text()


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs the system's chromium")
@pytest.mark.parametrize("language", list_languages())
def test_a_checker_of_accessibility_finds_nothing_and_nothing_runs_off_a_phone(compared, language):
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for width in (390, 1440):
            # The page's own policy forbids scripts, the checker's too; the policy is tested above.
            tab = browser.new_context(bypass_csp=True).new_page()
            tab.set_viewport_size({"width": width, "height": 900})
            tab.set_content(page_of(compared, language))
            assert tab.evaluate("document.documentElement.scrollWidth") <= width
            cells = (
                "[...document.querySelectorAll('td, tbody th, article')].filter(e => e.scrollWidth > e.clientWidth + 1)"
            )
            assert tab.evaluate(f"{cells}.map(e => e.textContent)") == []
            found = Axe().run(tab).response["violations"]
            assert [each["id"] for each in found] == []
        browser.close()
