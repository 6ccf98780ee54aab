import json
import subprocess
import sys
import types
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from typer.testing import CliRunner

import pigtrack
from pigtrack import cli
from pigtrack.cli import choices
from pigtrack.cli.shown import progress
from pigtrack.errors import CourseError, PhotographError


@dataclass
class Check:
    name: str
    value: float | None
    limit: float | None
    verdict: str
    remedy: str


@dataclass
class Report:
    photo: str = "a.jpg"
    verdict: str = "pass"
    card: str | None = "colorchecker-classic"
    card_patch_centres_px: list | None = field(default_factory=lambda: [[1.0, 2.0]] * 24)
    calibration_method: str | None = "linear"
    loo_delta_e00_mean: float | None = 1.5
    loo_delta_e00_max: float | None = 4.0
    mm_per_px: float | None = 0.05
    tilt_deg: float | None = 2.0
    checks: tuple = (Check("blur", 0.3, 0.5, "pass", ""), Check("glare", 0.04, 0.03, "warn", "Dry the skin."))


CARD = types.SimpleNamespace(
    name="x",
    title="X card",
    columns=6,
    rows=4,
    pitch_mm=9.0,
    pitch_u_mm=0.05,
    spectra=None,
    spectra_estimated=False,
    source="its maker",
)


@pytest.fixture
def tracker(monkeypatch):
    """A tracker that records what it is asked."""
    fake = types.ModuleType("pigtrack.tracker")
    fake.asked = []
    measured = types.SimpleNamespace(warnings=("Photograph b.jpg is left out.",), summary=("Area down 18 %.",))

    def verb(name, answer):
        def ask(*arguments, **options):
            fake.asked.append((name, options or arguments))
            if isinstance(answer, BaseException):
                raise answer
            return answer

        setattr(fake, name, ask)

    fake.verb = verb
    for name in ("measure", "demo"):
        verb(name, measured)
    verb("init_course", Path("folder/course.toml"))
    verb("check", [Report()])
    verb("list_cards", [CARD])
    verb("load_card", CARD)
    verb("draw_cards", (Path("there/x.svg"), Path("there/x.png")))
    verb("render_phantom", None)
    verb("bench_accuracy", ["Dice 0.95"])
    monkeypatch.setitem(sys.modules, "pigtrack.tracker", fake)
    monkeypatch.setattr(pigtrack, "tracker", fake, raising=False)
    return fake


def run(*arguments):
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


def shell(*arguments, **options):
    command = [sys.executable, "-m", "pigtrack", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **options)


def listed(text, heading):
    under = text.split(f"{heading}:\n")[1].split("\n\n")[0].split("\n")
    return [line.split()[0] for line in under if line.startswith("  ") and line[2] != " "]


def test_help_lists_what_works_under_three_headings_and_nothing_else():
    text = run("--help").output
    course = ["demo", "init", "measure", "repeatability", "cohort"]
    assert listed(text, "Measuring") == [*course, "check", "cards", "protocols", "phantom"]
    assert listed(text, "pigtrack itself") == ["bench"]
    kept = ["import", "courses", "export", "verify", "backup", "restore", "reprocess", "correct", "review", "sign"]
    assert listed(text, "The clinic's record") == [*kept, "consent", "erase", "trail", "serve", "user"]


def test_help_cuts_no_sentence_short():
    assert "..." not in run("--help").output.split("Measuring:")[1]


def test_help_imports_nothing_heavy():
    code = """
import sys
from typer.testing import CliRunner
from pigtrack import cli
CliRunner().invoke(cli.app, ["--help"])
print(sorted({"numpy", "cv2", "pandas", "PIL", "scipy", "matplotlib", "pigtrack.tracker"} & set(sys.modules)))
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_measure_passes_everything_on_and_shows_summary_and_warnings(tracker):
    outcome = run("measure", "course", "--out", "there", "--workers", 2)
    assert outcome.exit_code == 0
    assert (outcome.stdout, outcome.stderr) == ("Area down 18 %.\n", "Photograph b.jpg is left out.\n")
    name, options = tracker.asked[0]
    assert name == "measure"
    assert options == {
        "course_folder": Path("course"), "out": Path("there"), "workers": 2, "progress": None, "language": "en",
        "pdf": False,
    }  # fmt: skip


def test_every_other_verb_is_reached(tracker):
    phantom = [
        "phantom",
        "out",
        "--seed",
        "7",
        "--scenario",
        "phone",
        "--tone",
        "dark",
        "--sessions",
        "4",
        "--shots",
        "2",
        "--change",
        "fade",
    ]
    nuisances = ["--nuisance", "lamp", "--nuisance", "needle-marks", "--megapixels", "2"]
    for arguments in (["demo"], ["init", "f"], ["cards"], [*phantom, *nuisances], ["bench", "accuracy", "--full"]):
        assert run(*arguments).exit_code == 0, arguments
    assert [name for name, _ in tracker.asked] == [
        "demo",
        "init_course",
        "list_cards",
        "render_phantom",
        "bench_accuracy",
    ]
    assert tracker.asked[3][1] == {
        "out": Path("out"),
        "seed": 7,
        "scenario": "phone",
        "tone": "dark",
        "sessions": 4,
        "shots": 2,
        "change": "fade",
        "nuisances": ("lamp", "needle-marks"),
        "megapixels": 2.0,
        "fall": None,
        "reseated": False,
        "scene": "spots",
        "freckles": 0,
        "progress": None,
    }


def test_cards_tells_size_spectra_and_source(tracker):
    told = run("cards").stdout
    assert told == "x: X card\n  6 x 4 patches, 9 ± 0.05 mm from patch to patch; spectra: none\n  source: its maker\n"
    unsized = types.SimpleNamespace(**{**vars(CARD), "pitch_mm": None, "pitch_u_mm": None, "spectra": [1]})
    tracker.verb("list_cards", [unsized, types.SimpleNamespace(**{**vars(unsized), "spectra_estimated": True})])
    told = run("cards").stdout
    assert "size unknown; spectra: measured" in told
    assert "size unknown; spectra: estimated" in told


def test_cards_draws_all_or_one(tracker):
    outcome = run("cards", "--draw", "there")
    assert outcome.exit_code == 0
    assert "Wrote 2 drawings into there." in outcome.stdout
    assert run("cards", "ours.toml", "--draw", "there").exit_code == 0
    drawn = {"cards": [CARD], "out": Path("there")}
    assert tracker.asked == [
        ("list_cards", ()),
        ("draw_cards", drawn),
        ("load_card", ("ours.toml",)),
        ("draw_cards", drawn),
    ]


def test_cards_writes_stickers_alone_or_with_the_cards(tracker):
    tracker.verb("draw_stickers", Path("s.pdf"))
    alone = run("cards", "--sticker", "s.pdf")
    assert alone.stdout.startswith("Wrote s.pdf.")
    assert "X card" not in alone.stdout
    both = run("cards", "--sticker", "s.pdf", "--draw", "there")
    assert "Wrote s.pdf." in both.stdout
    assert "Wrote 2 drawings" in both.stdout


def test_check_prints_exactly_the_promised_keys_one_object_a_line(tracker):
    tracker.verb("check", [Report(), Report(photo="b\n.jpg", card=None, card_patch_centres_px=None, mm_per_px=None)])
    lines = run("check", "a.jpg", "b.jpg", "--json").stdout.strip().split("\n")
    promised = ["photo", "verdict", "card", "card_patch_centres_px", "calibration_method", "loo_delta_e00_mean"]
    promised += ["loo_delta_e00_max", "mm_per_px", "tilt_deg", "checks"]
    assert [list(json.loads(line)) for line in lines] == [promised, promised]
    assert list(json.loads(lines[0])["checks"][0]) == ["name", "value", "limit", "verdict", "remedy"]
    assert json.loads(lines[1])["photo"] == "b\n.jpg"


def test_a_figure_that_is_none_is_null_in_json(tracker):
    tracker.verb("check", [Report(tilt_deg=float("nan"), checks=(Check("blur", float("inf"), 1.0, "warn", "x"),))])
    report = json.loads(run("check", "a.jpg", "--json").stdout)
    assert (report["tilt_deg"], report["checks"][0]["value"]) == (None, None)


def test_check_tells_what_to_do_and_ends_with_1_after_looking_at_all(tracker):
    tracker.verb("check", [Report(verdict="reject"), Report(photo="b.jpg")])
    outcome = run("check", "a.jpg", "b.jpg", "--card", "mine.toml", "--baseline", "c.jpg")
    assert outcome.exit_code == 1
    told = " (1 warning)\n  warn    glare 0.04 (limit 0.03)\n          Dry the skin.\n"
    assert outcome.stdout == f"a.jpg: reject{told}b.jpg: pass{told}"
    expected = {"photos": [Path("a.jpg"), Path("b.jpg")], "card": "mine.toml", "baseline": Path("c.jpg")}
    assert tracker.asked[0][1] == expected


@pytest.mark.parametrize("command", [("measure", "x"), ("check", "x"), ("init", "x"), ("demo",), ("cards",)])
def test_what_the_world_did_wrong_is_one_message_and_status_1(tracker, command):
    for name in ("measure", "check", "init_course", "demo", "list_cards"):
        tracker.verb(name, PhotographError("The photograph is cut short.", "Copy it again."))
    outcome = run(*command)
    assert outcome.exit_code == 1
    assert (outcome.stdout, outcome.stderr) == ("", "The photograph is cut short. Copy it again.\n")


def test_many_faults_stay_one_a_line(tracker):
    tracker.verb("measure", CourseError("It can't be used:\nline 1: a.\nline 2: b.", "Mend this."))
    assert run("measure", "x").stderr == "It can't be used:\nline 1: a.\nline 2: b.\nMend this.\n"


def test_an_interrupt_ends_with_130(tracker):
    tracker.verb("measure", KeyboardInterrupt())
    outcome = run("measure", "x")
    assert outcome.exit_code == 130
    assert "Traceback" not in outcome.output


@pytest.mark.parametrize(
    "arguments",
    [
        ["meusure"],
        ["measure"],
        ["measure", "x", "--wat"],
        ["measure", "x", "--workers", "0"],
        ["measure", "x", "--workers", "many"],
        ["check"],
        ["phantom", "x", "--tone", "green"],
        ["phantom", "x", "--nuisance", "rain"],
        ["phantom", "x", "--sessions", "0"],
        ["phantom", "x", "--seed", "-1"],
        ["bench", "beauty"],
    ],
)
def test_wrong_usage_ends_with_2_and_says_so_on_stderr(tracker, arguments):
    outcome = run(*arguments)
    assert outcome.exit_code == 2
    assert outcome.stdout == ""
    assert "Usage" in outcome.stderr
    assert tracker.asked == []


def test_progress_is_for_terminals_only(monkeypatch):
    assert progress() is None
    monkeypatch.setattr(
        "sys.stderr", types.SimpleNamespace(isatty=lambda: True, write=shown.append, flush=lambda: None)
    )
    progress()(1, 3, "Reading")
    progress()(3, 3, "Reading")
    assert shown[0].strip() == "Reading 1 of 3"
    assert shown[1].endswith("\r")


shown: list[str] = []


def test_the_phantom_s_choices_are_those_that_it_draws():
    from pigtrack.imaging.phantom import plan
    from pigtrack.imaging.skin import TONES

    assert [each.value for each in choices.Scenario] == [each.value for each in plan.Scenario]
    assert [each.value for each in choices.Fate] == [each.value for each in plan.ChangeKind]
    assert [each.value for each in choices.Nuisance] == [each.value for each in plan.Nuisance]
    assert [each.value for each in choices.Tone] == list(TONES)


def test_the_choices_of_a_cohort_are_those_that_it_compares():
    from pigtrack.model.cohort import Factor
    from pigtrack.model.course import Endpoint, Mode

    assert {each.value for each in choices.Factor} == {each.value for each in Factor}
    assert {each.value for each in choices.ComparedEndpoint} == {each.value for each in Endpoint}
    assert {each.value for each in choices.CourseMode} == {each.value for each in Mode}


def test_the_module_runs_as_a_command():
    outcome = shell("--version")
    assert (outcome.returncode, outcome.stderr) == (0, "")
    assert outcome.stdout == f"pigtrack {pigtrack.__version__}\n"
    assert shell("measure").returncode == 2
