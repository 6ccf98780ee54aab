import ast
import re
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
from composed_results import Page, result, spots
from imaging.simulated_course import course

from pigtrack.cli.choices import Language
from pigtrack.imaging.quality.limits import LIMITS
from pigtrack.model.catalogue import MINUS, Catalogue
from pigtrack.model.course import Endpoint
from pigtrack.model.flags import QualityFlag
from pigtrack.model.metrics import Status, Verdict
from pigtrack.model.population import PopulationFigure
from pigtrack.model.quality import QualityCheck, QualityVerdict
from pigtrack.report import render_report
from pigtrack.report.patient import render_patient_page
from pigtrack.store.catalogues import list_languages, load_catalogue

PACKAGE = Path(__file__).parent.parent / "pigtrack"
OTHERS = [language for language in list_languages() if language != "en"]
COUNTED = re.compile(r"\.(one|other)$")
ENGLISH = load_catalogue("en")
FILES = (".html", ".css", ".js", ".csv", ".json", ".svg", ".png", ".pdf", ".toml")
PARTS = {key.split(".")[0] for key in ENGLISH.entries}


def pattern_of(node):
    """Return what a string in the code may be, values of an f-string standing for anything; None: no string."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.escape(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(pattern_of(each) or r".*" for each in node.values)
    return None


def keys_in_code(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inner = {id(each) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for each in node.values}
    found = [pattern_of(node) for node in ast.walk(tree) if id(node) not in inner]
    named = re.compile(rf"({'|'.join(PARTS)})\\\.[\w.*\\-]+[\w*]$")
    return {each for each in found if each and named.match(each) and not each.endswith(FILES)}


def keys_in_template(path):
    said = re.findall(r"\b(?:say|count)\(\s*[\"']([\w.]+)[\"']", path.read_text(encoding="utf-8"))
    return {re.escape(each) + (".*" if each.endswith(".") else "") for each in said}  # say("part." ~ name)


def used_keys():
    code = [each for path in sorted(PACKAGE.rglob("*.py")) for each in keys_in_code(path)]
    pages = [each for path in sorted(PACKAGE.rglob("*.html")) for each in keys_in_template(path)]
    return sorted({*code, *pages})


def plain_keys(catalogue):
    keys = set(catalogue.entries)
    return {key.removesuffix(".one").removesuffix(".other") if is_counted(key, keys) else key for key in keys}


def is_counted(key, keys):
    """Tell a sentence that counts: it has a twin; a sentence may also be called ``other`` by itself."""
    return bool(COUNTED.search(key)) and {COUNTED.sub(".one", key), COUNTED.sub(".other", key)} <= keys


def places(sentence):
    return sorted(name for _, name, _, _ in Formatter().parse(sentence) if name is not None)


def test_every_sentence_that_the_code_asks_for_is_there():
    known = plain_keys(ENGLISH) | set(ENGLISH.entries)
    missing = [key for key in used_keys() if not any(re.fullmatch(key, each) for each in known)]
    assert missing == []


def test_no_sentence_stands_unused():
    used = re.compile("|".join(used_keys()))
    assert [key for key in sorted(plain_keys(ENGLISH)) if not used.fullmatch(key)] == []


def test_these_two_tests_would_notice():
    assert len(used_keys()) > 150
    assert not any(re.fullmatch(each, "report.no_such_sentence") for each in used_keys())


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_says_the_same_with_the_same_places(language):
    other = load_catalogue(language)
    assert set(other.entries) == set(ENGLISH.entries)
    for key, sentence in ENGLISH.entries.items():
        assert places(other.entries[key]) == places(sentence), key


@pytest.mark.parametrize("language", list_languages())
def test_what_counts_has_words_for_one_and_for_several(language):
    keys = set(load_catalogue(language).entries)
    assert all(is_counted(key, keys) for key in keys if key.endswith(".one"))


@pytest.mark.parametrize("language", list_languages())
def test_every_kind_of_verdict_status_and_endpoint_has_its_words(language):
    keys = load_catalogue(language).entries
    wanted = [f"words.verdict.{each.value}" for each in Verdict] + [f"words.status.{each.value}" for each in Status]
    wanted += [
        f"words.{part}.{each.value}" for each in Endpoint for part in ("endpoint", "endpoint_within", "down", "up")
    ]
    wanted += [f"words.{part}.{each.value}" for each in PopulationFigure for part in ("population", "down", "up")]
    assert set(wanted) <= set(keys)


@pytest.mark.parametrize("language", OTHERS)
def test_every_flag_and_every_check_is_translated(language):
    other = load_catalogue(language)
    assert set(other.flags) == {flag.value for flag in QualityFlag}
    assert set(other.checks) == set(LIMITS)
    for flag in QualityFlag:
        assert other.meaning(flag) != flag.meaning
        assert other.remedy(flag) != flag.remedy
    assert all(name and remedy for name, remedy in other.checks.values())


def test_the_english_remedy_of_a_check_is_its_own():
    check = QualityCheck("blur_mm", 0.5, 0.4, QualityVerdict.REJECT, "Focus on the skin.")
    assert ENGLISH.check_remedy(check) == "Focus on the skin."
    assert load_catalogue("de").check_remedy(check).startswith("Stellen Sie auf die Haut scharf")
    assert set(ENGLISH.checks) == set(LIMITS)
    assert ENGLISH.check_name("not_known_yet") == "not known yet"


def test_the_command_line_offers_just_these_languages():
    assert {each.value for each in Language} == set(list_languages())


@pytest.mark.parametrize("language", OTHERS)
def test_sentences_end_alike_in_every_language(language):
    for key, sentence in load_catalogue(language).entries.items():
        assert (sentence[-1:] == ".") == (ENGLISH.entries[key][-1:] == "."), key


def test_an_unknown_sentence_and_an_unknown_language_are_refused():
    with pytest.raises(ValueError, match=r"no sentence 'report\.nothing'"):
        ENGLISH.say("report.nothing")
    with pytest.raises(ValueError, match="language must be one of de, en"):
        load_catalogue("xx")


def test_numbers_are_written_as_the_language_writes_them():
    german = load_catalogue("de")
    assert german.number(-4.25, 1) == f"{MINUS}4,2"
    assert ENGLISH.number(-0.01, 1) == "0.0"
    assert Catalogue("xx", {}).number(1.5, 1) == "1.5"


# A German page: nothing of the English one is left in it but what is marked as English.
SENTENCES = sorted(
    {
        sentence
        for sentence in (*ENGLISH.entries.values(), *(t for f in QualityFlag for t in (f.meaning, f.remedy)))
        if "{" not in sentence and len(sentence.split()) > 3
    }
)


@cache
def german_pages():
    german = load_catalogue("de")
    courses = {
        "improved": result(spots(), spots(contrast=0.6)),
        "grown": result(spots(), spots(area=1.4)),
        "alone": result(spots()),
        "kept out": result(spots(), spots(), which=course(2, session_2={"after_procedure": True})),
        "exploratory": result(spots(), spots(), exploratory=True, refusal="The card is torn. Use another card."),
    }
    return {
        f"{name}, {render.__name__}": render(each, catalogue=german, version="0.1.0")
        for name, each in courses.items()
        for render in (render_report, render_patient_page)
    }


@pytest.mark.parametrize("name", german_pages())
def test_no_english_sentence_is_left_in_a_german_page(name):
    html = german_pages()[name]
    own = re.sub(r'<span lang="en">.*?</span>', "", html, flags=re.DOTALL)
    text = re.sub(r"\s+", " ", Page(own).text)
    assert '<html lang="de">' in html
    assert [each for each in SENTENCES if each in text] == []
    assert not re.search(r"\b(the|and|with|session|spot|baseline)\b", text)


def test_what_stays_english_in_a_german_page_is_marked_so():
    assert '<span lang="en">The card is torn. Use another card.</span>' in german_pages()["exploratory, render_report"]


def test_english_left_over_would_be_noticed():
    text = re.sub(r"\s+", " ", Page(render_report(result(spots(), spots()), catalogue=ENGLISH, version="0")).text)
    assert len([each for each in SENTENCES if each in text]) > 10
