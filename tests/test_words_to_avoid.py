import re
import tomllib
from pathlib import Path

import pytest
from composed_results import Page, result, spots
from imaging.simulated_course import course, photograph, spot
from typer.main import get_command
from typer.testing import CliRunner

from pigtrack.cli import app
from pigtrack.imaging.quality.limits import LIMITS
from pigtrack.model.flags import QualityFlag
from pigtrack.report import render_report
from pigtrack.report.patient import render_patient_page
from pigtrack.store.catalogues import list_languages, load_avoided, load_catalogue

ROOT = Path(__file__).parent.parent
PROTOCOLS = sorted((ROOT / "calibration" / "protocols").glob("*.toml"))
TEMPLATES = sorted((ROOT / "pigtrack" / "report" / "templates").glob("*.html"))

CAUGHT = {
    "en": {
        "promise": [
            "a cure for spots",
            "we can cure it",
            "Guaranteed to fade",
            "Clinically proven",
            "spots will disappear",
        ],
        "judgement": ["an ugly spot", "abnormal skin", "disfiguring", "bad skin", "unsightly marks"],
        "fear": ["alarming growth", "a dangerous spot", "life-threatening", "terrible"],
        "diagnosis": ["a suspicious spot", "melanoma", "cancerous", "malignant", "benign", "You have melasma"],
        "ranking": ["better than other patients", "above average", "the best product"],
    },
    "de": {
        "promise": ["Heilung", "Wir heilen Flecken", "garantiert", "ein Wundermittel", "Der Fleck wird verschwinden"],
        "judgement": ["ein hässlicher Fleck", "abnorme Haut", "entstellende Flecken", "Makel", "schlechte Haut"],
        "fear": ["gefährliche Flecken", "Lebensbedrohlich", "erschreckend", "besorgniserregende"],
        "diagnosis": ["ein verdächtiger Fleck", "Hautkrebs", "Melanome", "bösartigen", "gutartig", "Tumoren"],
        "ranking": ["besser als andere Personen", "überdurchschnittlich", "das beste Präparat"],
    },
}
SPARED = {
    "en": ["accurate", "secure", "Procure a card.", "obscured", "the best photograph", "no diagnosis", "harmless"],
    "de": ["wenn die Haut verheilt ist", "die Wunde", "Wundern Sie sich nicht", "gefahren", "Unterlage", "Überlegung",
           "Jugendzeit", "beste JPEG-Qualität", "keine Diagnose", "Heilpraktikerin", "Teilung"],
}  # fmt: skip


def loud(text, language):
    return [
        (reason, found.group()) for reason, words in load_avoided(language).items() for found in words.finditer(text)
    ]


def told_texts(entry, language="en"):
    """Yield (language, text) of every text: a table by language tells its own, plain text counts as English."""
    if isinstance(entry, str):
        yield language, entry
    elif isinstance(entry, list):
        for each in entry:
            yield from told_texts(each, language)
    elif isinstance(entry, dict):
        for key, each in entry.items():
            yield from told_texts(each, key if key in list_languages() else language)


def test_every_language_has_its_list_with_the_same_reasons():
    reasons = [set(load_avoided(language)) for language in list_languages()]
    assert all(each == reasons[0] for each in reasons)
    with pytest.raises(ValueError, match="language must be one of"):
        load_avoided("xx")


@pytest.mark.parametrize("language", list_languages())
def test_the_list_catches_what_promises_judges_frightens_diagnoses_or_ranks(language):
    for reason, examples in CAUGHT[language].items():
        for example in examples:
            assert reason in {each for each, _ in loud(example, language)}, example


@pytest.mark.parametrize("language", list_languages())
def test_the_list_spares_words_that_only_look_alike(language):
    for example in SPARED[language]:
        assert loud(example, language) == [], example


@pytest.mark.parametrize("language", list_languages())
def test_no_sentence_of_a_catalogue_is_loud(language):
    catalogue = load_catalogue(language)
    pairs = (*catalogue.flags.values(), *catalogue.checks.values())
    for text in (*catalogue.entries.values(), *(each for pair in pairs for each in pair)):
        assert loud(text, language) == [], text


def test_no_flag_and_no_check_is_loud():
    flags = [text for flag in QualityFlag for text in (flag.meaning, flag.remedy)]
    checks = [text for limits in LIMITS.values() for text in (limits.meaning, limits.usual_remedy)]
    for text in (*flags, *checks):
        assert loud(text, "en") == [], text


@pytest.mark.parametrize("path", PROTOCOLS, ids=lambda path: path.stem)
def test_no_protocol_is_loud(path):
    told = list(told_texts(tomllib.loads(path.read_text(encoding="utf-8"))))
    assert {language for language, _ in told} == set(list_languages())
    for language, text in told:
        assert loud(text, language) == [], text


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_is_loud(path):
    text = path.read_text(encoding="utf-8")
    assert all(loud(text, language) == [] for language in list_languages())


@pytest.mark.parametrize("language", list_languages())
@pytest.mark.parametrize("kind", ["improved", "grown", "unchanged", "alone", "exploratory"])
def test_no_page_is_loud(language, kind):
    grown = [photograph(spot(1, area=30), spot(2, area=20), spot(4, area=12))]
    sessions = {
        "improved": (spots(), spots(contrast=0.6)),
        "grown": (spots(), grown),
        "unchanged": (spots(), spots()),
        "alone": (spots(),),
        "exploratory": (spots(), spots(contrast=0.5)),
    }[kind]
    measured = result(*sessions, which=course(len(sessions)), exploratory=kind == "exploratory")
    for render in (render_report, render_patient_page):
        text = Page(render(measured, catalogue=load_catalogue(language), version="0.1.0")).text
        assert len(text) > 500
        assert loud(text, language) == []


def commands(command, path=()):
    yield path
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, (*path, name))


@pytest.mark.parametrize("path", list(commands(get_command(app))), ids=" ".join)
def test_no_help_is_loud(path):
    said = CliRunner().invoke(app, [*path, "--help"]).output
    assert loud(re.sub(r"\s+", " ", said), "en") == []
