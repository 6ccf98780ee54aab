"""Protocols: those that travel with pigtrack, and a clinic's own, read strictly."""

import os
import random
import re
from pathlib import Path

import pytest

from pigtrack.errors import ProtocolError
from pigtrack.store.catalogues import list_languages
from pigtrack.store.protocol_file import list_protocols, load_protocol, protocol_names, protocol_text
from pigtrack.store.protocol_keys import describe_protocol_keys
from pigtrack.store.protocol_numbers import NUMBERS, PAIRS
from pigtrack.store.protocol_parts import PROTOCOL_KEYS

OWN = """\
title = "Our way"
source = "our own practice"

[schedule]
sessions_usual = [3, 5]
sessions_range = [1, 8]
interval_days = [10, 20]
visible_from_session = 2
clearer_from_session = 3
visible_from_days = 10
quiet_days = 4

[[aftercare]]
hours = 12
text = "Leave it alone."

[screen]
herpes = "Herpes"
"""

PROTOCOLS = list_protocols()


@pytest.fixture
def own(tmp_path):
    """Write a clinic's own protocol; return its faults, or the protocol where there are none."""

    def write(text=OWN, name="our-way.toml"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return load_protocol(tmp_path / name)

    return write


def faults(own, text):
    with pytest.raises(ProtocolError) as caught:
        own(text)
    assert "docs/protocols.md" in caught.value.remedy
    return caught.value.problem.split("\n")[1:]


def test_mesotherapy_is_as_the_clinics_describe_it():
    told = load_protocol("dark-spot-mesotherapy")
    assert (told.sessions_usual, told.sessions_range, told.interval_days) == ((4, 6), (1, 10), (7, 14))
    assert (told.visible_from_session, told.visible_from_days, told.clearer_from_session) == (2, 14, 4)
    assert told.quiet_days == 7
    assert [(each.hours, each.what["en"].split()[-1]) for each in told.aftercare[:3]] == [
        (4, "cosmetics."),
        (7, "coffee."),
        (72, "bath."),
    ]
    assert [each.hours for each in told.aftercare[3:]] == [None, None]
    assert {each.days for each in told.reactions} == {(1, 3)}
    assert set(told.screen_keys) >= {"diabetes", "pregnancy", "breast-feeding", "blood-clotting", "herpes", "allergy"}
    assert len(told.screen) == 10
    assert len(told.complications) == 7
    assert [each.name for each in told.products][:2] == ["F-RADIANCE", "FILORGA NSTF 135"]
    assert told.products[0].sessions == (8, 10)
    assert {each.needles for each in told.techniques} == {True, False}
    assert (told.patch_test.hours, told.patch_test.site["en"]) == (3, "inner elbow")
    assert set(told.ingredients) >= {"arbutin", "ascorbic-acid"}


def test_the_photograph_comes_after_cleansing_and_before_disinfectant_cream_and_needles():
    steps = load_protocol("dark-spot-mesotherapy").steps
    moment = next(k for k, each in enumerate(steps) if each.photograph)
    assert "make-up" in steps[moment - 1].what["en"]
    assert [word for each in steps[moment + 1 :] for word in ("Disinfect", "cream") if word in each.what["en"]][
        0:2
    ] == [
        "Disinfect",
        "cream",
    ]


def texts_of(protocol):
    single = (protocol.title, protocol.about, protocol.season)
    told = [words for words in single if words]
    told += [
        *protocol.notes,
        *protocol.capture,
        *protocol.screen,
        *protocol.complications,
        *protocol.ingredients.values(),
    ]
    told += [each.what for each in (*protocol.aftercare, *protocol.steps, *protocol.reactions, *protocol.techniques)]
    told += [each.used_for for each in protocol.products if each.used_for]
    return [*told, *([protocol.patch_test.site] if protocol.patch_test else [])]


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda each: each.name)
def test_every_text_of_ours_is_there_in_every_language(protocol):
    for words in texts_of(protocol):
        assert set(words) == set(list_languages()), words


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda each: each.name)
def test_every_number_of_ours_names_its_source(protocol):
    numbers = {"sessions_usual", "sessions_range", "interval_days"}
    if protocol.treats:
        numbers |= {"visible_from_session", "clearer_from_session", "visible_from_days", "quiet_days"}
        numbers |= {"darkening_days"} if protocol.darkening_days else set()
    numbers |= {f"reaction {k}" for k, _ in enumerate(protocol.reactions, 1)}
    numbers |= {f"aftercare {k}" for k, each in enumerate(protocol.aftercare, 1) if each.hours}
    numbers |= {f"step {k}" for k, each in enumerate(protocol.steps, 1) if each.minutes}
    numbers |= {f"product {each.name}" for each in protocol.products if each.sessions}
    numbers |= {"patch_test hours"} if protocol.patch_test else set()
    assert set(protocol.cited) == numbers


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda each: each.name)
def test_examples_say_that_they_are_examples(protocol):
    assert protocol.example == protocol.name.startswith("example-")
    if protocol.example:
        assert "EXAMPLE" in protocol_text(protocol.name).split("\n")[0]
        assert "example" in protocol.title["en"]
        assert "Beispiel" in protocol.title["de"]
        assert sum("https://" in each for each in {each for told in protocol.cited.values() for each in told}) >= 3


def test_examples_of_laser_and_peel_travel_along():
    assert set(protocol_names()) >= {"dark-spot-mesotherapy", "example-pigment-laser", "example-superficial-peel"}


def test_a_clinics_own_protocol_is_read_in_one_language(own):
    told = own()
    assert (told.name, told.title, told.quiet_days, told.interval_days) == ("our-way", {"": "Our way"}, 4, (10, 20))
    assert told.aftercare[0].what == {"": "Leave it alone."}
    assert told.screen_keys == ("herpes",)
    assert told.source == "our own practice"


def test_a_protocol_with_a_base_changes_only_what_it_says(own):
    base, told = (
        load_protocol("dark-spot-mesotherapy"),
        own('base = "dark-spot-mesotherapy"\n[schedule]\nquiet_days = 3\n'),
    )
    assert (told.quiet_days, told.interval_days, told.screen) == (3, base.interval_days, base.screen)
    assert told.cited["interval_days"] == base.cited["interval_days"]
    assert "quiet_days" not in told.cited
    assert told.name == "our-way"


def test_a_list_of_ones_own_stands_in_place_of_the_bases(own):
    told = own('base = "dark-spot-mesotherapy"\naftercare = ["Keep it dry."]\n[screen]\nherpes = "Herpes"\n')
    assert [each.what for each in told.aftercare] == [{"": "Keep it dry."}]
    assert told.screen_keys == ("herpes",)


def test_the_digest_follows_the_file_and_its_base(own):
    one, other = own(), own(OWN.replace("= 4", "= 5"))
    assert len(one.digest) == 64
    assert one.digest != other.digest
    assert own().digest == one.digest


def test_several_sources_are_all_told(own):
    text = (
        OWN.replace("[10, 20]", '{ value = [10, 20], source = ["a", "and what we saw"] }') + '[sources]\na = "Book A"\n'
    )
    assert own(text).cited == {"interval_days": ("Book A", "and what we saw")}


def line_of(words, text):
    return next(k for k, line in enumerate(text.split("\n"), 1) if words in line)


WRONG = {
    "an unknown key": (
        "[screen]",
        "colour = 1\n[screen]",
        "colour",
        'unknown key "colour"; known are hours, de, en, text',
    ),
    "an unknown number": ("quiet_days = 4", "quiet_days = 4\nloud_days = 2", "loud", 'unknown key "loud_days"'),
    "a text for a number": (
        "quiet_days = 4",
        'quiet_days = "4"',
        "quiet",
        "quiet_days must be a whole number from 0 to 180",
    ),
    "half a number": ("quiet_days = 4", "quiet_days = 4.5", "quiet", "quiet_days must be a whole number"),
    "a number out of range": ("quiet_days = 4", "quiet_days = 400", "quiet", "from 0 to 180"),
    "true for a number": ("quiet_days = 4", "quiet_days = true", "quiet", "whole number"),
    "one number for two": ("[10, 20]", "10", "interval", "interval_days must be two whole numbers from 1 to 730"),
    "the larger first": ("[10, 20]", "[20, 10]", "interval", "interval_days must name the smaller number first"),
    "usual beyond possible": (
        "[3, 5]",
        "[3, 9]",
        "usual",
        r"sessions_usual (3 to 9) must lie within sessions_range (1 to 8)",
    ),
    "clearer before visible": (
        "clearer_from_session = 3",
        "clearer_from_session = 1",
        "clearer",
        "comes before visible",
    ),
    "longer quiet than interval": (
        "quiet_days = 4",
        "quiet_days = 11",
        "quiet",
        r"quiet_days (11) are more than the least",
    ),
    "too few days after needles": (
        "quiet_days = 4",
        'quiet_days = 2\n[techniques]\n"by hand" = { needles = true, text = "By hand" }',
        "quiet",
        "quiet_days (2) are fewer than 3: needles redden and bruise so long.",
    ),
    "a missing number": ("quiet_days = 4\n", "", "[schedule]", "quiet_days is missing in [schedule]"),
    "a source that is not there": (
        "quiet_days = 4",
        'quiet_days = { value = 4, source = "book" }',
        "quiet",
        '[sources] holds no "book"',
    ),
    "an unknown part of a number": (
        "quiet_days = 4",
        "quiet_days = { value = 4, from = 3 }",
        "quiet",
        'unknown key "from"; known are value, source',
    ),
    "no hours": ("hours = 12", "hours = 0", "hours", "hours must be a number of hours above 0"),
    "a language that is not known": ('text = "Leave', 'fr = "Non"\ntext = "Leave', "fr =", 'unknown key "fr"'),
    "no text": ('text = "Leave it alone."\n', "", "[[aftercare]]", "a text is missing"),
    "a number for a text": ('herpes = "Herpes"', "herpes = 3", "herpes", "must be one line of 1 to 500 letters"),
    "a list for a table": ("[screen]", "[[screen]]", "[[screen]]", "[screen] must be one table"),
    "a title that is no text": ('"Our way"', "7", "title", "title must be a text in quotes"),
    "an unknown base": ("title =", 'base = "nothing"\ntitle =', "base", "base must be one of dark-spot-mesotherapy"),
    "a truth that is none": ("title =", 'treats = "no"\ntitle =', "treats", "treats must be true or false"),
}


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG)
def test_a_protocol_file_is_refused_for(case, own):
    old, new, at, message = case
    text = OWN.replace(old, new, 1)
    assert text != OWN
    said, *more = faults(own, text)
    assert not more
    assert said.startswith(f"line {line_of(at, text)}: ")
    assert message in said


def test_everything_that_is_missing_is_told_together(own):
    said = faults(own, "example = true\n")
    assert said == [f"{key} is missing: give it, or name a base." for key in ("title", "source", "schedule")]


def test_all_faults_are_told_at_once_in_the_order_of_the_file(own):
    text = OWN.replace('"Our way"', "7").replace("[10, 20]", "[20, 10]").replace("hours = 12", 'hours = "x"')
    lines = [int(re.match(r"line (\d+): ", said)[1]) for said in faults(own, text)]
    assert lines == [1, 7, 14]


def test_a_question_in_a_table_of_its_own_is_found_by_its_line(own):
    text = OWN.replace('herpes = "Herpes"\n', "") + "[screen.herpes]\nen = 3\n"
    (said,) = faults(own, text)
    assert said.startswith(f"line {line_of('en = 3', text)}: ")


@pytest.mark.parametrize("text", ["title = ", "[schedule\n", 'title = "a"\ntitle = "b"\n'])
def test_what_is_no_toml_is_refused_with_its_line(own, text):
    (said,) = faults(own, text)
    assert re.match(r"line \d+: this is not TOML", said)


def test_where_nobody_is_treated_nothing_need_be_said_of_showing(own):
    text = 'title = "Watch"\nsource = "set by us"\ntreats = false\n'
    told = own(text + "[schedule]\nsessions_usual = [2, 3]\nsessions_range = [2, 9]\ninterval_days = [30, 60]\n")
    assert (told.treats, told.quiet_days, told.visible_from_days) == (False, 0, 0)


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(ProtocolError, match=r"dark-spot-mesotherapy.*of your own"):
        load_protocol("mesotherapy")


@pytest.mark.parametrize("name", ["../our-way.toml", "/etc/our-way.toml", "a/../../our-way.toml"])
def test_a_protocol_outside_the_courses_folder_is_refused(own, tmp_path, name):
    own()
    (tmp_path / "course").mkdir()
    with pytest.raises(ProtocolError, match="outside the course's folder"):
        load_protocol(name, folder=tmp_path / "course")


def test_a_link_that_leads_outside_the_courses_folder_is_refused(own, tmp_path):
    own()
    (tmp_path / "course").mkdir()
    os.symlink(tmp_path / "our-way.toml", tmp_path / "course" / "linked.toml")
    with pytest.raises(ProtocolError, match="outside the course's folder"):
        load_protocol("linked.toml", folder=tmp_path / "course")


@pytest.mark.parametrize("name", ["missing.toml", "folder.toml", "loop.toml", "x" * 400 + ".toml", "a\0.toml"])
def test_what_is_no_file_is_refused_in_a_sentence(tmp_path, name):
    (tmp_path / "folder.toml").mkdir()
    os.symlink(tmp_path / "loop.toml", tmp_path / "loop.toml")
    with pytest.raises(ProtocolError):
        load_protocol(name, folder=tmp_path)


@pytest.mark.parametrize("data", [b"\xff\xfe", b"#" * 300_000])
def test_a_file_that_is_no_text_or_far_too_long_is_refused(tmp_path, data):
    (tmp_path / "odd.toml").write_bytes(data)
    with pytest.raises(ProtocolError, match=r"not text|too large"):
        load_protocol(tmp_path / "odd.toml")


def test_a_technique_a_product_and_an_event_are_known_by_their_names_and_words():
    told = load_protocol("dark-spot-mesotherapy")
    assert told.find_technique("Manual Injection").needles
    assert told.find_technique("Injektion von Hand") is told.find_technique("manual injection")
    assert told.find_technique("by magic") is None
    assert told.find_product("f-radiance").country == "Spain"
    assert told.find_product("F") is None
    assert told.find_complication("allergic reaction") is told.find_complication("allergic-reaction")
    assert told.find_complication("Bruise")["de"] == "Blutergüsse"
    assert told.find_complication("hiccups") is None
    assert told.find_complication("") is None


def test_every_key_of_a_protocol_file_is_described():
    told = {re.sub(r"^\[schedule\] |[\[\]]", "", key.name) for key in describe_protocol_keys()}
    assert told == {*PROTOCOL_KEYS, *PAIRS, *NUMBERS} - {"schedule"}
    assert all(key.meaning.endswith(".") for key in describe_protocol_keys())


def test_the_protocols_in_the_manual_can_be_read(own):
    page = (Path(__file__).parents[2] / "docs" / "protocols.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    told = own(text)
    assert (told.quiet_days, told.interval_days) == (4, (10, 14))
    assert told.cited["quiet_days"] == ("our own photographs of 2025",)


VALUES = (
    *("true", "-1", "0", "1e400", "nan", "inf", '""', '"x"', "[]", "[[]]", "{}", "[{}]", "{ a = [1] }", "2026-01-11"),
    *(
        "10:00:00",
        "9" * 30,
        "[1, 2]",
        "[nan, inf]",
        '"""\n[schedule]\n"""',
        '"\\u0000"',
        "{ value = {} }",
        "{ en = 3 }",
    ),
)


def attempt(own, text):
    """Read a protocol; return its faults, none where it loads."""
    try:
        own(text)
    except ProtocolError as fault:
        return fault.problem.split("\n")[1:]
    return []


def test_whatever_stands_in_a_protocol_file_it_loads_or_every_fault_is_one_line(own):
    whole = protocol_text("dark-spot-mesotherapy").split("\n")
    chosen = random.Random(5)
    keys = [k for k, line in enumerate(whole) if " = " in line and not line.startswith("#")]
    outcomes = set()
    for _ in range(200):
        lines, at = list(whole), chosen.choice(keys)
        lines[at] = f"{lines[at].split(' = ')[0]} = {chosen.choice(VALUES)}"
        if chosen.random() < 0.3:
            del lines[chosen.choice(keys)]
        said = attempt(own, "\n".join(lines))
        assert all(len(each) > 10 and each.endswith(".") for each in said)
        outcomes.add("is told" if said else "loads")
    assert outcomes == {"loads", "is told"}
