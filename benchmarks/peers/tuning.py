"""Each peer's documented options, tried one kind after the other on development seeds; the best of each is kept.

Detection by the share of cards found right, colour by the mean error of skin, outlines by Dice over all spots of a
photograph (a photograph without a card counts 0). What was tried stands beside what was chosen, in settings.json.
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from compare import Answer, judge
from environments import Peer
from figures import figures
from photographs import Shown, show_course

from pigtrack.store.phantom_truth import load_labels

SETTINGS = Path(__file__).resolve().parent / "settings.json"

Settings = dict[str, Any]
Ask = Callable[..., Mapping[str, Answer]]
"""``ask_peer`` of the driver."""

_THRESHOLDS: list[Settings] = [
    {"channel": channel, "threshold": threshold}
    for channel in ("L", "a", "b")
    for threshold in ("otsu", "triangle", "adaptive")
]
_BLURS: list[Settings] = [{"blur_mm": each} for each in (0.1, 0.3, 0.6)]
_BLOCKS: list[Settings] = [{"block_mm": each} for each in (12.0, 18.0, 30.0)]

_OUTLINES = [_THRESHOLDS, _BLURS, _BLOCKS]

START: Settings = {"channel": "L", "threshold": "otsu", "blur_mm": 0.3, "block_mm": 18.0, "least_mm2": 1.0}

ONLY_ADAPTIVE = frozenset({"block_mm", "offset"})
"""Options that say nothing to a threshold for the whole picture: tried only where the adaptive one was best."""

_FITS = ("CCM_AFFINE", "CCM_LINEAR")
_DISTANCES = ("DISTANCE_CIE2000", "DISTANCE_RGBL")
_CURVES = ("LINEARIZATION_GAMMA", "LINEARIZATION_GRAYPOLYFIT", "LINEARIZATION_COLORPOLYFIT")
_REFERENCES = ("BabelColor Average", "ColorChecker24 - Before November 2014", "ColorChecker24 - After November 2014")

TRIED: Mapping[str, Mapping[str, list[list[Settings]]]] = {
    "opencv": {
        "skin colour, mean": [
            [{"linearization": each} for each in _CURVES],
            [{"ccm": fit, "distance": distance} for fit in _FITS for distance in _DISTANCES],
        ],
        "Dice of all spots of a photograph, mean": [*_OUTLINES, [{"offset": each} for each in (2, 4, 8, 12)]],
    },
    "plantcv": {
        "phantom cards right": [
            [{"block_size": each} for each in (51, 101, 151, 201)],
            [{"radius": each} for each in (10, 20)],
        ],
        "skin colour, mean": [[{"correction": each} for each in ("affine", "cubic")]],
        "Dice of all spots of a photograph, mean": [*_OUTLINES, [{"offset": each} for each in (2, 4, 8, 12)]],
    },
    "colour-checker": {
        "skin colour, mean": [
            [{"reference": each} for each in _REFERENCES],
            [
                {"method": "Cheung 2004", "terms": 3},
                {"method": "Cheung 2004", "terms": 4},
                {"method": "Cheung 2004", "terms": 7},
                {"method": "Finlayson 2015", "degree": 1},
                {"method": "Finlayson 2015", "degree": 2},
                {"method": "Vandermonde", "degree": 1},
            ],
        ],
        "Dice of all spots of a photograph, mean": [*_OUTLINES, [{"offset": each} for each in (0.8, 1.5, 3.0)]],
    },
    "hand": {
        "Dice of all spots of a photograph, mean": [[{"threshold": each} for each in ("otsu", "triangle")], _BLURS],
    },
}
"""For each peer and each figure that decides: rounds of options, each on top of the best of the round before."""

FIRST: Mapping[str, Settings] = {
    "opencv": {
        **START,
        "ccm": "CCM_AFFINE",
        "distance": "DISTANCE_CIE2000",
        "linearization": "LINEARIZATION_GAMMA",
        "offset": 4,
    },
    "plantcv": {**START, "correction": "affine", "block_size": 51, "radius": 20, "offset": 4},
    "colour-checker": {**START, "method": "Cheung 2004", "terms": 3, "reference": _REFERENCES[0], "offset": 1.5},
    "hand": {"threshold": "otsu", "blur_mm": 0.3, "least_mm2": 1.0},
}
_SMALL_IS_GOOD = ("skin colour, mean",)


def tune(peers: Sequence[Peer], courses: Sequence[Path], scratch: Path, ask: Ask) -> None:
    """Try all options of some peers on the first photograph of each course, and keep the best in settings.json."""
    shown = [next(iter(show_course(course, scratch))) for course in courses]
    for peer in peers:
        tried = list(try_options(peer, shown, scratch, ask))
        known = json.loads(SETTINGS.read_text(encoding="utf-8")) if SETTINGS.is_file() else {}
        known[peer.name] = {"chosen": tried[-1]["then"], "tried": [_told(each) for each in tried]}
        SETTINGS.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


def _told(each: Mapping[str, Any]) -> dict[str, Any]:
    return {"figure": each["figure"], "option": each["option"], "value": each["value"]}


def try_options(peer: Peer, shown: Sequence[Shown], scratch: Path, ask: Ask) -> Iterator[dict[str, Any]]:
    """Each option with what it came to; ``then`` is what was best so far."""
    best = FIRST[peer.name]
    for figure, rounds in TRIED[peer.name].items():
        for options in rounds:
            if best["threshold"] != "adaptive" and set(options[0]) <= ONLY_ADAPTIVE:
                continue
            asked = [{**without_rivals(best, option), **option} for option in options]
            scores = score_all(peer, shown, asked, figure, scratch, ask)
            for option, value in zip(options, scores, strict=True):
                print(f"{peer.name}: {figure}: {option}: {value}", file=sys.stderr, flush=True)
            best = choose(best, options, scores, small_is_good=figure in _SMALL_IS_GOOD)
            for option, value in zip(options, scores, strict=True):
                yield {"figure": figure, "option": option, "value": value, "then": best}


def without_rivals(settings: Settings, option: Settings) -> Settings:
    """Settings without the numbers of another method of colour correction."""
    return {k: v for k, v in settings.items() if not ("method" in option and k in ("terms", "degree"))}


def choose(
    best: Settings, options: Sequence[Settings], scores: Sequence[float | None], *, small_is_good: bool
) -> Settings:
    """The settings with the best option; the first of equals, and the settings as they were where none has a score."""
    known = [(-score if small_is_good else score, -place) for place, score in enumerate(scores) if score is not None]
    if not known:
        return best
    option = options[-max(known)[1]]
    return {**without_rivals(best, option), **option}


def score_all(
    peer: Peer, shown: Sequence[Shown], asked: Sequence[Settings], figure: str, scratch: Path, ask: Ask
) -> list[float | None]:
    """One figure of one peer for each of some settings; None where there is nothing to measure."""
    answers = ask(peer, shown, {}, scratch, options=asked)
    scores = []
    for place in range(len(asked)):
        told = {each.id: answers[f"{each.id}#{place}"] for each in shown}
        scores.append(figures(judge(shown, told, _load, clicks=peer.clicks))[figure].value)
    return scores


def _load(path: str) -> Any:
    return load_labels(Path(path))
