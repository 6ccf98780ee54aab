"""Benchmark figures in the docs are the benchmarks' own, of the algorithms that are here now."""

import json
import re
import runpy
from pathlib import Path

import pytest

from pigtrack.bench.figures import compute_figures
from pigtrack.pipeline.versions import ALGORITHMS

ROOT = Path(__file__).parent.parent
FIGURES = ROOT / "docs" / "figures"
HELD = [ROOT / "README.md", *(ROOT / "docs" / name for name in ("method.md", "intended-purpose.md", "tutorial.md"))]

BARE = re.compile(
    r"(?:\b(?:right|true|known|foretold|accurate|agree) to (?:about |within )?\d"
    r"|\boff by (?:about )?\d"
    r"|\bscatter\w* (?:by|of) (?:about )?\d"
    r"|\b(?:mean|median|largest|typical) error (?:is|of|was) (?:about )?\d"
    r"|\b(?:wrongly )?(?:improved|worsened|called) in \d"
    r"|\bhold\w* the truth (?:there )?in \d"
    r"|\d ?% of (?:sessions|courses|lesions|cases)\b"
    r"|\bDice (?:of )?0?\.\d"
    r"|\d CIEDE2000 on average"
    r"|\d(?:\.\d+)? (?:seconds|s) (?:a|per) photograph)"
)
"""How a sentence looks that tells what a benchmark found, with the number written by hand."""


@pytest.fixture(scope="module")
def maker():
    return runpy.run_path(str(ROOT / "docs" / "make_figures.py"))


@pytest.fixture(scope="module")
def accuracy():
    return json.loads((FIGURES / "accuracy.json").read_text(encoding="utf-8"))


def test_every_figure_on_the_pages_is_what_the_benchmarks_wrote(maker):
    for path, text in maker["pages"]().items():
        assert path.read_text(encoding="utf-8") == text, f"run: python docs/make_figures.py ({path.name})"


def test_a_page_whose_figure_was_changed_by_hand_is_found(maker):
    page = (ROOT / "docs" / "method.md").read_text(encoding="utf-8")
    span = maker["SPAN"].search(page)
    drifted = page[: span.start(6)] + "0.1 %" + page[span.end(6) :]
    assert maker["fill"](drifted) == page != drifted


def test_no_mark_of_a_figure_breaks_a_table_or_a_paragraph(maker):
    for path in maker["PAGES"]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<!--[^>]*\|[^>]*-->", text), path.name
        assert not re.search(r"^\s*<!-- \w+;", text, re.MULTILINE), f"{path.name}: it would start a block of its own"


def test_every_figure_that_is_asked_for_is_known_to_be_one(maker):
    for path in maker["PAGES"]:
        text = path.read_text(encoding="utf-8")
        assert len(maker["SPAN"].findall(text)) == text.count("<!-- / -->"), path.name


def test_a_figure_that_nobody_measured_is_a_fault(maker):
    with pytest.raises(KeyError):
        maker["fill"]("<!-- accuracy; dark; load bias, mode -->1 %<!-- / -->")


def test_the_figures_are_of_the_algorithms_that_are_here_now(accuracy):
    here = {each.name: each.version for each in ALGORITHMS}
    assert accuracy["algorithms"] == here, (
        "take the record again: pigtrack bench accuracy --full (docs/figures/README.md)"
    )


def test_the_record_holds_all_of_its_courses(accuracy):
    from pigtrack.bench.plan import plan_courses

    assert accuracy["seeds"] == "record"
    assert accuracy["courses"] == len(plan_courses(full=True, folder=""))


@pytest.mark.parametrize("page", HELD, ids=lambda page: page.name)
def test_no_figure_of_a_benchmark_is_written_by_hand(page, maker):
    said = maker["TABLE"].sub("", maker["SPAN"].sub("…", page.read_text(encoding="utf-8")))
    said = re.sub(r"```.*?```|`[^`]*`", "", said, flags=re.DOTALL)
    assert BARE.findall(" ".join(said.split())) == []


def test_the_patterns_would_catch_one():
    for sentence in (
        "Areas are right to 2 %.",
        "The scale is off by 0.3 %.",
        "It held the truth in 96 % of cases.",
        "The mean error is 0.1 mm.",
        "2.9 % of sessions were called improved.",
        "Skin colour: 1.1 CIEDE2000 on average.",
    ):
        assert BARE.search(sentence), sentence


def test_where_the_figures_fall_short_is_said_and_for_whom(accuracy):
    said = (ROOT / "docs" / "method.md").read_text(encoding="utf-8")
    short = said[said.index("**Where it falls short") : said.index("## Words and symbols")]
    worst = max(
        ("light", "tan", "dark"),
        key=lambda tone: abs(next(f["value"] for f in accuracy["figures"][tone] if f["name"] == "load bias, median")),
    )
    assert f"accuracy; {worst}; load bias, median" in short
    calls = {
        group: next(f["value"] for f in figures if f["name"] == "unchanged: session wrongly improved")
        for group, figures in accuracy["figures"].items()
        if " " in group
    }
    assert f"accuracy; {max(calls, key=calls.get)}; unchanged: session wrongly improved" in short


@pytest.mark.slow
@pytest.mark.parametrize(("scenario", "tone", "change"), [("studio", "light", "static"), ("phone", "dark", "mixed")])
def test_courses_of_the_record_measured_afresh_lie_among_those_recorded(scenario, tone, change, tmp_path, accuracy):
    from pigtrack.bench.plan import plan_courses
    from pigtrack.tracker.benching import run_course

    planned = plan_courses(full=True, folder=str(tmp_path))
    job = next(j for j in planned if (j.scenario, j.tone, j.change, j.shots) == (scenario, tone, change, 1))
    spread = accuracy["spread_of_single_courses"]
    told = [f for f in compute_figures([run_course(job)]) if f.value is not None and f.name in spread]
    assert len(told) > 25
    strayed = [f.name for f in told if not spread[f.name][0] - 1e-6 <= f.value <= spread[f.name][1] + 1e-6]
    assert strayed == []
