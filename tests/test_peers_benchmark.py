"""The benchmark of the peers: its arithmetic on drawn answers, its protocol, its lists and its page."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

CHECKOUT = Path(__file__).parent.parent
BENCHMARKS = CHECKOUT / "benchmarks"

NAMES = ("compare", "figures", "environments", "photographs", "table", "tuning", "run", "real_photographs", "cost")
WORKERS = ("exchange", "readout", "hand_worker")


@pytest.fixture(scope="module")
def bench():
    """The benchmark's modules, with their folders on the path as Python puts them there for a script."""
    path, before = sys.path[:], {name: sys.modules.pop(name, None) for name in (*NAMES, *WORKERS)}
    sys.path[:0] = [str(BENCHMARKS / "peers"), str(BENCHMARKS / "peers" / "workers"), str(BENCHMARKS)]

    class Modules:
        import compare
        import environments
        import exchange
        import figures
        import photographs
        import readout
        import run
        import table
        import tuning

    yield Modules
    sys.path[:] = path
    for name, module in before.items():
        sys.modules.pop(name, None)
        if module is not None:
            sys.modules[name] = module


GRID = np.array([[100.0 + 20 * k, 50.0 + 20 * j] for j in range(4) for k in range(6)])


def shown(bench, kind="course", **known):
    given = {"id": "a/1", "kind": kind, "path": Path("1.jpg"), "group": "a", "centres": GRID} | known
    return bench.photographs.Shown(**given)


def lesion(number, area_mm2, **known):
    from pigtrack.model.truth import TrueLesion

    given = {
        "id": number,
        "fate": "stay",
        "control": False,
        "centre_mm": (0.0, 0.0),
        "area_mm2": area_mm2,
        "delta_mi": 10.0,
        "delta_e00": 8.0,
        "delta_l": 8.0,
        "delta_ita": 20.0,
        "lab": (55.0, 10.0, 20.0),
        "ring_lab": (63.0, 9.0, 15.0),
        "pigment_load": 10.0 * area_mm2,
        "visible": True,
        "resolved": False,
    }
    return TrueLesion(**(given | known))


def answer(spots, **known):
    return {"measured": True, "spots": spots, "labels": "labels", "centres": GRID.tolist(), "skin": {}} | known


def spot(label, area_mm2, delta_mi=10.0):
    lab, ring = [55.0, 10.0, 20.0], [63.0, 9.0, 15.0]
    return {"label": label, "area_mm2": area_mm2, "delta_mi": delta_mi, "lab": lab, "ring_lab": ring}


def test_a_card_is_right_only_where_every_patch_is(bench):
    def verdict(answered, **known):
        return bench.compare.judge_card(shown(bench, **known), {"centres": answered}).verdict

    assert verdict((GRID + 2.0).tolist()) == "right"
    assert verdict(GRID[::-1].tolist()) == "wrong"
    one_off = GRID.copy()
    one_off[23] += 20
    assert verdict(one_off.tolist()) == "wrong"
    assert verdict(None) == "missed"
    assert verdict(GRID.tolist(), kind="covered", centres=None) == "taken"
    assert verdict(None, kind="card-free", centres=None) == "refused"


def test_a_mirrored_card_may_be_read_as_it_is_or_refused_but_not_taken_for_another(bench):
    mirrored = shown(bench, kind="mirrored")
    assert bench.compare.judge_card(mirrored, {"centres": GRID.tolist()}).verdict == "refused"
    assert bench.compare.judge_card(mirrored, {"centres": GRID[::-1].tolist()}).verdict == "taken"


def drawn_masks():
    """Two true lesions, and outlines: one in two pieces, one that runs over both, one beside them."""
    mask, labels = np.zeros((40, 60), dtype=np.int32), np.zeros((40, 60), dtype=np.int32)
    mask[5:15, 5:15], mask[5:15, 25:35] = 1, 2
    labels[5:15, 5:9], labels[5:15, 11:15] = 1, 2
    labels[30:34, 30:34] = 3
    return mask, labels


REGION = np.array([[0.0, 0.0], [59.0, 0.0], [59.0, 39.0], [0.0, 39.0]])


def test_pieces_of_a_lesion_are_summed_and_what_touches_none_is_invented(bench):
    mask, labels = drawn_masks()
    course = shown(bench, mask=Path("mask"), region=REGION, lesions=(lesion(1, 12.0), lesion(2, 10.0)))
    told = answer([spot(1, 5.0), spot(2, 4.0), spot(3, 1.0)])
    load = {"mask": mask, "labels": labels}.__getitem__
    spots, photograph = bench.compare.judge_photograph(course, told, load)
    assert [each.found for each in spots] == [True, False]
    assert spots[0].area_error_percent == pytest.approx(-25.0)
    assert spots[0].contrast_error_e00 == pytest.approx(7.9957 - 8.0, abs=1.0)
    assert spots[0].delta_mi_error == 0
    assert photograph.invented == 1
    assert photograph.dice == pytest.approx(2 * 80 / (80 + 16 + 200))


def test_an_outline_over_two_lesions_finds_only_the_one_it_covers_most(bench):
    mask, labels = drawn_masks()
    labels[:] = 0
    labels[5:15, 5:30] = 1
    course = shown(bench, mask=Path("mask"), region=REGION, lesions=(lesion(1, 10.0), lesion(2, 10.0)))
    spots, _ = bench.compare.judge_photograph(course, answer([spot(1, 25.0)]), {"mask": mask, "labels": labels}.get)
    assert [each.found for each in spots] == [True, False]


def test_an_unmeasured_photograph_has_no_spots_and_counts_as_unmeasured(bench):
    spots, photograph = bench.compare.judge_photograph(shown(bench), {"failure": "no card", "cpu": 1.0}, {}.get)
    assert spots == []
    assert not photograph.measured
    assert photograph.cpu == 1.0


def course_of(bench, *areas):
    return [
        shown(bench, id=f"a/{k}", session=k, lesions=(lesion(1, area), lesion(9, 50.0, control=True)))
        for k, area in enumerate(areas, start=1)
    ]


def test_changes_are_of_sums_against_the_first_session(bench):
    answers = {"a/1": answer([spot(1, 10.0), spot(2, 10.0)]), "a/2": answer([spot(1, 15.0, 8.0)])}
    changes = {each.endpoint: each for each in bench.compare.judge_changes(course_of(bench, 20.0, 16.0), answers)}
    assert changes["area"].percent == pytest.approx(-25)
    assert changes["load"].percent == pytest.approx(100 * (15 * 8 / 200 - 1))
    assert changes["contrast"].percent == pytest.approx(-20)
    assert changes["area"].true_percent == pytest.approx(-20)


def test_a_session_that_was_not_measured_has_no_change(bench):
    answers = {"a/1": answer([spot(1, 10.0)]), "a/2": {"failure": "no card"}}
    assert all(np.isnan(each.percent) for each in bench.compare.judge_changes(course_of(bench, 20.0, 20.0), answers))


def test_a_tool_that_tells_changes_and_verdicts_is_taken_at_its_word(bench):
    own = {"load": -3.0, "load_verdict": "no_detectable_change"}
    answers = {"a/1": answer([]), "a/2": answer([], own=own)}
    changes = {each.endpoint: each for each in bench.compare.judge_changes(course_of(bench, 20.0, 20.0), answers)}
    assert changes["load"].percent == -3.0
    assert changes["load"].verdict == "no_detectable_change"
    assert np.isnan(changes["area"].percent)


def test_noise_is_that_of_the_log_ratio(bench):
    up, down = 100 * (np.exp(0.1) - 1), 100 * (np.exp(-0.1) - 1)
    assert bench.figures.noise_percent([up, down]) == pytest.approx(100 * (1 - np.exp(-0.196)))
    assert np.isnan(bench.figures.noise_percent([np.nan]))


def cases_of(bench, changes):
    made = [
        bench.compare.ChangeCase(f"c{k}", endpoint, true, percent, "")
        for k, (true, percent) in enumerate(changes)
        for endpoint in bench.compare.ENDPOINTS
    ]
    return bench.compare.Cases((), (), (), tuple(made))


def test_a_fall_counts_as_seen_only_beyond_the_noise_of_unchanged_sessions(bench):
    told = bench.figures.figures(cases_of(bench, [(0, 5), (0, -5), (-20, -20), (-20, -9), (-20, np.nan), (-40, -40)]))
    assert told["smallest fall told from its own noise, load"].value == pytest.approx(9.5, abs=0.2)
    seen = told["true fall of 20 % seen beyond its own noise, load"]
    assert (seen.cases, round(seen.value, 1)) == (3, 33.3)
    assert told["unchanged: sessions off by more than 5 %, area"].value == 0
    assert told["phantom cards right"].value is None


def test_every_figure_stands_in_the_table_once_with_what_is_better(bench):
    directions = [figure for section in bench.table.SECTIONS.values() for figure in section]
    assert sorted(directions) == sorted(name for name, *_ in bench.figures.FIGURES)


def test_every_list_pins_every_package(bench):
    lists = sorted((BENCHMARKS / "peers" / "environments").glob("*.txt"))
    asked = [peer for peer in bench.environments.PEERS if peer.packages]
    assert [each.stem for each in lists] == sorted(peer.name for peer in asked)
    for peer in asked:
        assert set(peer.packages) <= set(bench.environments.read_list(peer))
        assert all(bench.environments.versions_of(peer).values())


def test_a_list_that_leaves_a_version_open_is_refused(bench, monkeypatch, tmp_path):
    monkeypatch.setattr(bench.environments, "LISTS", tmp_path)
    (tmp_path / "hand.txt").write_text("numpy>=2\n")
    with pytest.raises(ValueError, match="does not pin a version"):
        bench.environments.read_list(bench.environments.PEERS[-1])


def test_a_peer_that_can_not_be_installed_is_said_and_the_others_go_on(bench, monkeypatch, tmp_path):
    def refuse(peer, cache):
        raise bench.environments.NotInstalledError(f"{peer.title} could not be installed: no such package")

    monkeypatch.setattr(bench.run, "python_of", refuse)
    peers = bench.environments.PEERS[1:3]
    told = dict(bench.run.run_peers(peers, [], tmp_path))
    assert set(told) == {"opencv", "plantcv"}
    assert all("could not be installed" in each["not_installed"] for each in told.values())


DYING = """
import json, os, sys
job = json.load(open(sys.argv[1]))
with open(job["answers"], "a") as answers:
    for each in job["photographs"]:
        print(json.dumps({"id": each["id"], "begun": True}), file=answers, flush=True)
        if each["id"] == "a/2":
            os._exit(9)
        print(json.dumps({"id": each["id"], "centres": None}), file=answers, flush=True)
"""


def test_a_process_that_dies_fails_on_one_photograph_and_the_others_are_asked_again(bench, monkeypatch, tmp_path):
    monkeypatch.setattr(bench.environments, "WORKERS", tmp_path)
    worker = tmp_path / "hand_worker.py"
    worker.write_text(DYING)
    peer = replace(bench.environments.PEERS[-1], packages=())
    pictures = [shown(bench, id=f"a/{k}") for k in (1, 2, 3)]
    told = bench.run.ask_peer(peer, pictures, {}, tmp_path)
    assert [("failure" in told[key]) for key in ("a/1", "a/2", "a/3")] == [False, True, False]
    worker.unlink()
    assert bench.run.ask_peer(peer, pictures, {}, tmp_path) == told  # kept, not asked again
    assert bench.run.ask_peer(peer, pictures, {"blur_mm": 1}, tmp_path) != told


def test_a_photograph_begun_and_never_answered_has_failed(bench):
    lines = '{"id": "1", "begun": true}\n{"id": "1", "centres": null}\n{"id": "2", "begun": true}\n'
    told = bench.run.read_answers(lines)
    assert "failure" not in told["1"]
    assert "died" in told["2"]["failure"]


def test_a_peer_that_raises_answers_with_what_it_raised_and_what_it_cost(bench):
    def broken(photograph, settings):
        raise RuntimeError("kernel of even size")

    told = bench.exchange.answer(broken, {"id": "1"}, {})
    assert told["failure"] == "RuntimeError: kernel of even size"
    assert told["centres"] is None
    assert {"wall", "cpu", "mib"} <= set(told)


def test_a_peer_that_finds_no_card_has_not_failed(bench):
    def without(photograph, settings):
        raise bench.exchange.NoCardError

    told = bench.exchange.answer(without, {"id": "1"}, {})
    assert told["centres"] is None
    assert "failure" not in told


def test_the_readout_gives_area_and_contrast_of_a_drawn_spot(bench):
    image = np.full((200, 200, 3), 0.7, dtype=np.float32)
    labels = np.zeros((200, 200), dtype=np.int32)
    rows, columns = np.mgrid[:200, :200]
    labels[(rows - 100) ** 2 + (columns - 100) ** 2 <= 30**2] = 1
    image[labels == 1] = 0.5
    (told,) = bench.readout.read_spots(image, labels, np.ones((200, 200), dtype=bool), 0.1)
    assert told["area_mm2"] == pytest.approx(np.pi * 9, rel=0.01)
    assert told["ring_lab"][0] == pytest.approx(72.76, abs=0.01)  # sRGB 0.7: Y 0.448
    assert told["delta_mi"] == pytest.approx(100 * np.log10(0.4480 / 0.2140), abs=0.1)


def test_the_readout_agrees_with_pigtrack_on_colour(bench):
    from pigtrack.imaging.colour import SRGB_TO_XYZ, decode, xyz_to_lab
    from pigtrack.model.photograph import Encoding

    encoded = np.random.default_rng(1).uniform(0, 1, (50, 3))
    ours = xyz_to_lab(decode(encoded, Encoding.SRGB) @ SRGB_TO_XYZ.T)
    assert np.abs(bench.readout.lab_of(encoded) - ours).max() < 0.02


def test_small_pieces_are_left_out_and_the_rest_is_numbered_from_one(bench):
    mask = np.zeros((30, 30), dtype=bool)
    mask[2:4, 2:4] = mask[10:20, 10:20] = True
    labels = bench.readout.label_spots(mask, 0.5, least_mm2=2.0)
    assert labels.max() == 1
    assert (labels == 1).sum() == 100


def test_rings_of_skin_keep_off_all_lesions(bench, tmp_path):
    from pigtrack.store.phantom_truth import load_labels

    mask, _ = drawn_masks()
    bench.photographs.write_places(tmp_path / "p.png", mask, 2.0, (lesion(1, 10.0), lesion(2, 10.0)))
    places = load_labels(tmp_path / "p.png")
    assert set(np.unique(places)) == {0, 1, 2}
    assert not (places[mask > 0]).any()
    assert not places[10, 16]
    assert places[10, 18]


def test_altered_pictures_move_the_true_centres_along(bench):
    pixels = np.zeros((200, 400, 3), dtype=np.uint8)
    centres = GRID + 150
    for k, (x, y) in enumerate(centres.astype(int)):
        pixels[y % 200, x] = 10 * (k + 1)
    centres = np.stack([centres[:, 0], centres[:, 1] % 200], axis=1)
    for kind in ("turned", "mirrored"):
        altered, moved = bench.photographs.alter(pixels, centres)[kind]
        seen = [int(altered[round(y), round(x), 0]) for x, y in moved]
        assert seen == [10 * (k + 1) for k in range(24)]


def test_the_best_option_is_chosen_and_none_where_none_has_a_score(bench):
    choose, options = bench.tuning.choose, [{"terms": 3}, {"terms": 4}, {"terms": 7}]
    assert choose({"x": 1}, options, [2.0, 1.0, 1.0], small_is_good=True) == {"x": 1, "terms": 4}
    assert choose({"x": 1}, options, [2.0, 1.0, None], small_is_good=False) == {"x": 1, "terms": 3}
    assert choose({"x": 1}, options, [None, None, None], small_is_good=True) == {"x": 1}


def test_another_method_of_colour_does_not_inherit_numbers_of_the_one_before(bench):
    before = {"method": "Cheung 2004", "terms": 3}
    assert bench.tuning.choose(before, [{"method": "Finlayson 2015", "degree": 2}], [1.0], small_is_good=True) == {
        "method": "Finlayson 2015",
        "degree": 2,
    }


def test_settings_hold_every_option_that_was_tried_with_its_score(bench):
    settings = json.loads((BENCHMARKS / "peers" / "settings.json").read_text(encoding="utf-8"))
    only_adaptive = bench.tuning.ONLY_ADAPTIVE
    for peer in bench.environments.PEERS:
        if peer.packages:
            rounds = [options for each in bench.tuning.TRIED[peer.name].values() for options in each]
            chosen, tried = settings[peer.name]["chosen"], [each["option"] for each in settings[peer.name]["tried"]]
            given = [one for one in rounds if chosen["threshold"] == "adaptive" or not set(one[0]) <= only_adaptive]
            assert tried == [option for one in given for option in one]


def entry_of(**values):
    figures = {
        title: {"name": title, "unit": "s", "value": value, "low": value, "high": value, "cases": 2, "courses": 2}
        for title, value in values.items()
    }
    return figures


def test_what_another_tool_does_better_is_told(bench):
    names = [name for section in bench.table.SECTIONS.values() for name in section]
    ours, theirs = entry_of(**dict.fromkeys(names, 2.0)), entry_of(**dict.fromkeys(names, 2.0))
    theirs["CPU seconds a photograph, median"] |= {"value": 1.0, "low": 1.0, "high": 1.0}
    theirs["phantom cards right"] |= {"value": 1.0}
    theirs["area bias, median"] |= {"value": -1.0}
    theirs["area error, median size"] |= {"value": 2.001}
    entry = {"peers": {"pigtrack": {"title": "pigtrack", "figures": ours}, "x": {"title": "X", "figures": theirs}}}
    found = [figure for figure, *_ in bench.table.better_than_own(entry)]
    assert found == ["area bias, median", "CPU seconds a photograph, median"]


def test_numbers_are_told_with_three_digits_and_no_exponent(bench):
    assert [bench.table.tell(each) for each in (0, 1234.5, 0.00012345, 12.345, -3.0)] == [
        "0",
        "1230",
        "0.000123",
        "12.3",
        "-3",
    ]


def test_the_page_has_the_table_of_the_kept_figures(bench):
    page = (CHECKOUT / "docs" / "peers.md").read_text(encoding="utf-8")
    entry = json.loads((CHECKOUT / "docs" / "figures" / "peers.json").read_text(encoding="utf-8"))
    assert bench.table.write_page(page, entry) == page


def test_the_kept_figures_were_made_with_the_lists_and_settings_of_today(bench):
    entry = json.loads((CHECKOUT / "docs" / "figures" / "peers.json").read_text(encoding="utf-8"))
    settings = json.loads((BENCHMARKS / "peers" / "settings.json").read_text(encoding="utf-8"))
    for peer in bench.environments.PEERS:
        told = entry["peers"][peer.name]
        if peer.packages:
            assert told["versions"] == bench.environments.versions_of(peer)
            assert told["settings"] == settings[peer.name]["chosen"]


@pytest.mark.slow
def test_the_hand_recipe_and_pigtrack_answer_for_two_photographs(bench, tmp_path):
    from pigtrack.tracker.phantoms import render_phantom

    folder = render_phantom(
        out=tmp_path / "course", seed=7290, scenario="studio", sessions=2, change="static", megapixels=2.0
    )
    shown = list(bench.photographs.show_course(folder, tmp_path))
    own, hand = bench.environments.PEERS[0], bench.environments.PEERS[-1]
    here = replace(hand, packages=())  # in this environment, which has what the hand needs
    settings = {"threshold": "triangle", "blur_mm": 0.1, "least_mm2": 1.0}
    told = {}
    for peer, given in ((own, {}), (here, settings)):
        answers = bench.run.ask_peer(peer, shown, given, tmp_path / peer.name)
        assert not [each.get("failure") for each in answers.values() if "failure" in each]
        cases = bench.compare.judge(shown, answers, bench.run._labels, clicks=peer.clicks)
        told[peer.name] = bench.figures.figures(cases)
    for figures in told.values():
        assert figures["photographs measured"].value == 100
        assert figures["CPU seconds a photograph, median"].value > 0
        assert figures["Dice of all spots of a photograph, mean"].value > 0.3
    assert told["pigtrack"]["Dice of all spots of a photograph, mean"].value > 0.9
    assert told["pigtrack"]["phantom cards right"].value == 100
    assert told["hand"]["phantom cards right"].value is None
