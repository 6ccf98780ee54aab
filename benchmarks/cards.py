"""How well cards are found, read and refused: drawn scenes, real photographs retaken, real photographs as they are.

    python benchmarks/cards.py [--scenes N] [--retaken N] [--held-out] [--only WORD] [--tell] [--peer]

Drawn and retaken scenes come from `tests/imaging/card/card_scenes.py`. Even seeds, and odd ones below 300, were looked
at in development; with --held-out the odd ones from 301 on are run. Real photographs are read from PIGTRACK_REAL_PHOTOS
or ../shared/data. "Right" is a whole card with every centre within 1 % of the pitch or 0.15 px (of a real card also its
own departure from a plane), or a refusal with the right reason; "wrong" is a card read where it is not, or where it
should have been refused: silently wrong; "astray" is a card whose centres are off by more than that but by less than a
third of the pitch; "other" is a refusal with another reason. With --peer OpenCV's own chart detector is judged beside,
which refuses nothing with a reason.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # threads that wait for one another count as CPU time

import cv2
import numpy as np

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "imaging" / "card")]

import card_photographs as real  # noqa: E402
import card_scenes as drawn  # noqa: E402

from pigtrack.errors import CardError  # noqa: E402
from pigtrack.imaging import opencv  # noqa: E402
from pigtrack.imaging.card import find_card  # noqa: E402
from pigtrack.imaging.card.verify import Fault  # noqa: E402
from pigtrack.model.calibration import Card  # noqa: E402
from pigtrack.model.photograph import Photograph  # noqa: E402
from pigtrack.model.quantity import FloatArray  # noqa: E402
from pigtrack.store.reference_data import load_card  # noqa: E402

NAMES = {fault.value[0]: fault.name for fault in Fault}
OUTCOMES = ("right", "astray", "wrong", "missed", "other")
HELD_OUT = 301
"""First of the odd seeds that are held out."""

Scenes = Iterator[tuple[str, drawn.Scene]]
Finder = Callable[[Photograph, Card], FloatArray]
"""From a photograph to the centres of the patches, or a CardError."""


@dataclass
class Tally:
    """What came of the scenes of one kind."""

    outcomes: list[str] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def line(self, kind: str) -> str:
        """One line of the table; the error is the 95th percentile of the worst centre, in pitches."""
        counts = "".join(f"{self.outcomes.count(outcome):8}" for outcome in OUTCOMES)
        error = f"{np.percentile(self.errors, 95):9.4f}" if self.errors else " " * 9
        return f"{kind:36}{len(self.outcomes):5}{counts}{error}{np.median(self.seconds):8.2f}{max(self.seconds):7.2f}"


def pigtrack_centres(photograph: Photograph, card: Card) -> FloatArray:
    """What is measured here."""
    return find_card(photograph, card).centres


def peer_centres(photograph: Photograph, card: Card) -> FloatArray:
    """OpenCV's chart detector, with its chart type set: left alone it is uninitialised memory."""
    detector = cv2.mcc.CCheckerDetector.create()
    detector.setColorChartType(cv2.mcc.MCC24)
    if not detector.process(np.ascontiguousarray(photograph.pixels[..., ::-1]), 1):
        raise CardError("none", "none")
    quads = np.asarray(detector.getBestColorChecker().getColorCharts(), dtype=np.float64)
    return quads.reshape(-1, 4, 2).mean(axis=1)


def judge(tally: Tally, scene: drawn.Scene, card: Card, find: Finder, *, name: str) -> None:
    """Find the card of a scene and note what came of it."""
    start = time.process_time()
    try:
        centres, said = find(scene.photograph, card), "read"
    except CardError as refusal:
        centres, said = None, NAMES.get(refusal.problem, refusal.problem)
    tally.seconds.append(time.process_time() - start)
    outcome = _of_whole(tally, scene, centres) if "whole" in scene.expected else _of_faulty(scene, said)
    tally.outcomes.append(outcome)
    if outcome != "right":
        tally.notes.append(f"{name}: {outcome}, {said}")


def _of_faulty(scene: drawn.Scene, said: str) -> str:
    return "right" if said in scene.expected else ("wrong" if said == "read" else "other")


def _of_whole(tally: Tally, scene: drawn.Scene, centres: FloatArray | None) -> str:
    if centres is None or scene.centres is None:
        return "missed" if centres is None else "right"
    error = float(np.linalg.norm(centres - scene.centres, axis=1).max())
    tally.errors.append(error / scene.pitch_px)
    if error <= scene.tolerance_px:
        return "right"
    return "astray" if error < scene.pitch_px / 3 else "wrong"


def drawn_scenes(kind: str, seeds: range, card: Card, other: Card) -> Scenes:
    """Scenes that are drawn from nothing."""
    for seed in seeds:
        yield f"seed {seed}", drawn.draw_scene(kind, seed, card, other=other)


def retaken_scenes(kind: str, seeds: range, card: Card) -> Scenes:
    """Real cards, one after the other, turned, tilted, tinted and so on."""
    for seed in seeds:
        name = real.WHOLE_CARDS[(seed // 2) % len(real.WHOLE_CARDS)]
        photograph = real.open_real("cards", name)
        yield f"{name}, seed {seed}", drawn.retake(kind, seed, photograph, find_card(photograph, card))


def as_they_are() -> Iterator[tuple[str, Scenes]]:
    """Real photographs."""
    whole = [("cards", name) for name in real.WHOLE_CARDS] + [("fixed_camera", name) for name in real.fixed_camera()]
    yield "real: whole cards", ((n, drawn.Scene("", real.open_real(f, n), ("whole",))) for f, n in whole)
    faulty = real.REFUSED_CARDS.items()
    yield "real: to be refused", ((n, drawn.Scene("", real.open_real("cards", n), said)) for n, said in faulty)
    yield "real: without a card", ((p.name, drawn.Scene("", p, ("ABSENT",))) for p in real.without_card())


def kinds(options: argparse.Namespace, card: Card, other: Card) -> Iterator[tuple[str, Scenes]]:
    """All kinds of scenes that were asked for."""
    first = HELD_OUT if options.held_out else 0
    for kind in drawn.kinds():
        yield f"drawn: {kind}", drawn_scenes(kind, range(first, first + 2 * options.scenes, 2), card, other)
    if not real.there("cards"):
        print("No folder of real photographs (set PIGTRACK_REAL_PHOTOS): they are left out.")
        return
    for kind in (*drawn.WHOLE, *drawn.FAULTY):
        yield f"retaken: {kind}", retaken_scenes(kind, range(first, first + 2 * options.retaken, 2), card)
    yield from as_they_are()


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 where anything came out silently wrong."""
    options = _options().parse_args(arguments)
    opencv.use_threads(1)
    card, other = load_card("colorchecker-classic"), load_card("spydercheckr-24")
    total, peer = Tally(), Tally() if options.peer else None
    print(f"{'kind':36}{'n':>5}" + "".join(f"{o:>8}" for o in OUTCOMES) + f"{'error':>9}{'CPU s':>8}{'max':>7}")
    for kind, scenes in kinds(options, card, other):
        if options.only in kind:
            _run(kind, scenes, card, (total, peer), tell=options.tell)
    print(total.line("all"))
    if peer is not None:
        print(peer.line("all, OpenCV's detector"))
    return int("wrong" in total.outcomes)


def _run(kind: str, scenes: Scenes, card: Card, totals: tuple[Tally, Tally | None], *, tell: bool) -> None:
    """Judge the scenes of one kind, print their line, add them to the totals."""
    tally, beside = Tally(), Tally()
    for name, scene in scenes:
        judge(tally, scene, card, pigtrack_centres, name=name)
        if totals[1] is not None:
            judge(beside, scene, card, peer_centres, name=name)
    if tally.outcomes:
        print(tally.line(kind), *(tally.notes if tell else ()), sep="\n    ", flush=True)
    if beside.outcomes:
        print(beside.line("  OpenCV's detector"), flush=True)
    for mine, total in zip((tally, beside), totals, strict=True):
        if total is not None:
            total.outcomes += mine.outcomes
            total.errors += mine.errors
            total.seconds += mine.seconds


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="How well cards are found, read and refused.")
    parser.add_argument("--scenes", type=int, default=10, help="drawn scenes of each kind")
    parser.add_argument("--retaken", type=int, default=8, help="retaken real photographs of each kind")
    parser.add_argument("--held-out", action="store_true", help="odd seeds from 301 on, by which no limit was set")
    parser.add_argument("--only", default="", help="kinds whose name holds this word")
    parser.add_argument("--tell", action="store_true", help="name every scene that is not right")
    parser.add_argument("--peer", action="store_true", help="judge OpenCV's chart detector beside")
    return parser


if __name__ == "__main__":
    sys.exit(main())
