"""How often each check of a photograph finds its fault, and how often it blames a good photograph.

    python benchmarks/checks.py                 record seeds; about twenty minutes on one core
    python benchmarks/checks.py --seeds 41      one course a skin tone and scenario

Good photographs: phantoms of light, tan and dark skin in studio, ward and phone scenarios, nothing changed between the
baseline and the later session, with seeds that no limit was set on; and the good ones of a folder of real card
photographs. Each fault is injected into every good photograph once, at a random place and direction, at the strength
that its line states. A check must find at least 95 % of its fault and blame at most 5 % of the good photographs.
"""

import argparse
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from pigtrack.bench import faults
from pigtrack.imaging import opencv
from pigtrack.model.calibration import CardReading
from pigtrack.model.photograph import CaptureFacts, Photograph
from pigtrack.model.quality import QualityCheck, QualityVerdict
from pigtrack.model.result import PhotographReading
from pigtrack.pipeline.checking import BaselineView, check_against_baseline, view_baseline
from pigtrack.pipeline.judging import choose_course_method
from pigtrack.pipeline.reading import read_card
from pigtrack.pipeline.settings import MeasurementSettings
from pigtrack.store.phantom_folder import CARD_PITCH_MM
from pigtrack.store.photographs import read_photograph
from pigtrack.store.reference_data import load_card
from pigtrack.tracker.colours import know_colours
from pigtrack.tracker.phantoms import render_phantom

RECORD_SEEDS = (401, 402)
_STRANGER_SEED = 500
SCENARIOS, TONES = ("studio", "ward", "phone"), ("light", "tan", "dark")
CARD = load_card("colorchecker-classic")
SETTINGS = MeasurementSettings()

REAL_GOOD = (
    "ccd_IMG_1967_corrected.png", "ccd_IMG_1967_raw.png", "ccd_IMG_1971_corrected.png", "ccd_IMG_1971_raw.png",
    "ccd_IMG_2578_corrected.png", "ccd_IMG_2578_raw.png", "ccd_IMG_2581_corrected.png", "ccd_IMG_2581_raw.png",
    "plantcv_source1_img.png", "plantcv_target_img.png",
)  # fmt: skip
"""Of the real card photographs those whose card is whole, sharp, evenly exposed and larger than 20 pixels a pitch."""

REAL_CHECKS = (
    "card_found", "card_patches_lost", "card_hidden_share", "card_blemishes", "card_shadow", "card_uneven_light",
    "card_mixed_light", "local_tone", "overexposure_l", "noise", "sharpening", "blur_px", "card_tilt_deg",
)  # fmt: skip
"""What can be asked of them: none shows a site of skin, and several are linear files, darker than photographs."""


@dataclass(frozen=True, eq=False)
class Scene:
    """A good photograph with its reading, and the baseline that it belongs to."""

    name: str
    photograph: Photograph
    reading: PhotographReading
    baseline: Photograph
    baseline_reading: PhotographReading
    rng: np.random.Generator
    views: dict[str, BaselineView] = field(default_factory=dict)

    @property
    def card(self) -> CardReading:
        """The card as found in the good photograph."""
        assert self.reading.card is not None
        return self.reading.card

    @property
    def px_per_mm(self) -> float:
        """Upright pixels on a millimetre."""
        assert self.reading.scale is not None
        assert self.reading.scale.mm_per_px is not None
        return 1 / self.reading.scale.mm_per_px

    @property
    def skin(self) -> np.ndarray:
        """All that is not the card."""
        return ~opencv.dilate(faults.card_mask(self.photograph.pixels, self.card), 4)

    def angle(self) -> float:
        """A random direction in degrees."""
        return float(self.rng.uniform(0, 360))

    def on_card(self) -> np.ndarray:
        """A random place near the card's middle, upright pixels."""
        pitch = float(np.linalg.norm(self.card.centres[1] - self.card.centres[0]))
        return self.card.centres.mean(axis=0) + self.rng.uniform(-1, 1, 2) * pitch


Inject = Callable[[np.ndarray, Scene], np.ndarray]


@dataclass(frozen=True)
class Fault:
    """A fault, its strength in words, and the checks of which one must find it."""

    name: str
    strength: str
    checks: tuple[str, ...]
    inject: Inject
    beside: bool = False
    reject: bool = False
    capture: Callable[[CaptureFacts], CaptureFacts] | None = None


def _fade_some(codes: np.ndarray, scene: Scene, *, count: int, share: float) -> np.ndarray:
    for patch in scene.rng.choice(18, count, replace=False):
        codes = faults.fade(codes, scene.card, patch=int(patch), share=share)
    return codes


def _same(codes: np.ndarray, _: Scene) -> np.ndarray:
    return codes


OWN_FAULTS = (
    Fault(
        "card missing",
        "painted over",
        ("card_found",),
        lambda c, s: faults.cover_card(c, s.card, share=1.0),
        reject=True,
    ),
    Fault(
        "card hidden",
        "45 % covered",
        ("card_found", "card_hidden_share"),
        lambda c, s: faults.cover_card(c, s.card, share=0.45),
        reject=True,
    ),
    Fault("too dark", "-1.5 stops", ("underexposure_l",), lambda c, s: faults.expose(c, stops=-1.5)),
    Fault(
        "too bright",
        "+1 stop",
        ("overexposure_l", "card_patches_lost", "card_found"),
        lambda c, s: faults.expose(c, stops=1.0),
    ),
    Fault(
        "uneven light",
        "twice as bright on one side",
        ("uneven_light",),
        lambda c, s: faults.slope_light(c, share=1.1, angle_deg=s.angle()),
    ),
    Fault(
        "two lamps",
        "red over blue +40 % across",
        ("mixed_light",),
        lambda c, s: faults.mix_lamps(c, share=0.4, angle_deg=s.angle()),
    ),
    Fault(
        "shadow on the card",
        "30 % deep",
        ("card_shadow", "card_found"),
        lambda c, s: faults.shade(c, point=s.on_card(), angle_deg=s.angle(), depth=0.3, soft_px=1.2 * s.px_per_mm),
        reject=True,
    ),
    Fault(
        "faint shadow on the card",
        "20 % deep",
        ("card_shadow", "card_found"),
        lambda c, s: faults.shade(c, point=s.on_card(), angle_deg=s.angle(), depth=0.2, soft_px=1.2 * s.px_per_mm),
    ),
    Fault(
        "tone mapping",
        "power 0.35, 2 to 6 % of width",
        ("local_tone", "card_found"),
        lambda c, s: faults.map_tones(c, power=0.35, reach=float(s.rng.uniform(0.02, 0.06))),
        reject=True,
    ),
    Fault(
        "mild tone mapping",
        "power 0.15, 2 to 6 % of width",
        ("local_tone", "card_found"),
        lambda c, s: faults.map_tones(c, power=0.15, reach=float(s.rng.uniform(0.02, 0.06))),
    ),
    Fault("out of focus", "0.25 mm", ("blur_mm",), lambda c, s: faults.blur(c, sigma_px=0.25 * s.px_per_mm)),
    Fault(
        "camera moved",
        "0.8 mm",
        ("blur_mm",),
        lambda c, s: faults.move(c, length_px=round(0.8 * s.px_per_mm), angle_deg=s.angle()),
    ),
    Fault(
        "enlarged file",
        "from a quarter of its size",
        ("blur_px", "blur_mm"),
        lambda c, s: faults.enlarge(c, share=0.25),
    ),
    Fault("too far", "half the pixels a mm", ("px_per_mm",), lambda c, s: faults.shrink(c, share=0.5)),
    Fault("grain", "30 % a pixel at mid grey", ("noise",), lambda c, s: faults.grain(c, share=0.3, rng=s.rng)),
    Fault("compressed", "JPEG quality 30", ("compression",), lambda c, s: faults.compress(c, quality=30)),
    Fault(
        "sharpened",
        "unsharp mask 2.5 at 2 px",
        ("sharpening",),
        lambda c, s: faults.sharpen(c, amount=2.5, sigma_px=2.0),
    ),
    Fault(
        "card tilted",
        "18 degrees",
        ("card_tilt_deg",),
        lambda c, s: faults.view_from(c, tilt_deg=18, side_deg=s.angle(), nearer=0.9),
    ),
    Fault(
        "glints",
        "8 of 2.5 mm",
        ("glare_share",),
        lambda c, s: faults.shine(c, spots=8, radius_px=2.5 * s.px_per_mm / 2, light=0.6, where=s.skin, rng=s.rng),
    ),
    Fault(
        "blown-out skin",
        "6 places of 12 mm",
        ("clipped_share",),
        lambda c, s: faults.shine(c, spots=6, radius_px=4 * s.px_per_mm, light=4.0, where=s.skin, rng=s.rng),
    ),
    Fault(
        "hair",
        "120 of 12 mm, 0.09 mm thick",
        ("hair_share",),
        lambda c, s: faults.hair(
            c, count=120, thickness_px=0.09 * s.px_per_mm, length_px=12 * s.px_per_mm, where=s.skin, rng=s.rng
        ),
    ),
    Fault(
        "dirty card",
        "4 patches, density 0.15",
        ("card_blemishes", "card_found"),
        lambda c, s: faults.soil(c, s.card, patches=4, density=0.15, rng=s.rng),
    ),
    Fault(
        "stained patch",
        "a coloured one that lost 60 % of its colour",
        ("calibration_loo_max", "card_found"),
        lambda c, s: faults.fade(c, s.card, patch=int(s.rng.choice([6, 8, 10, 11, 14, 15])), share=0.6),
    ),
    Fault(
        "faded card",
        "half of the colour of 9 of 18 patches",
        ("calibration_loo_mean", "card_found"),
        lambda c, s: _fade_some(c, s, count=9, share=0.5),
    ),
    Fault("no skin", "cloth over all but the card", ("skin_share",), lambda c, s: faults.drape(c, s.card, share=1.0)),
    Fault("HDR", "told by the file", ("processing_traces",), _same, capture=lambda f: replace(f, processing=("HDR",))),
)

BESIDE_FAULTS = (
    Fault(
        "mirrored",
        "skin, not card",
        ("same_place",),
        lambda c, s: faults.other_side(c, s.card),
        beside=True,
        reject=True,
    ),
    Fault(
        "camera tilted",
        "20 degrees more",
        ("view_tilt_deg",),
        lambda c, s: faults.view_from(c, tilt_deg=20, side_deg=s.angle(), nearer=0.9),
        beside=True,
    ),
    Fault(
        "camera rolled",
        "18 degrees",
        ("view_roll_deg",),
        lambda c, s: faults.view_from(c, tilt_deg=0, roll_deg=18 * float(s.rng.choice([-1, 1])), nearer=0.8),
        beside=True,
    ),
    Fault(
        "further away",
        "20 %",
        ("scale_against_baseline",),
        lambda c, s: faults.view_from(c, tilt_deg=0, nearer=0.8),
        beside=True,
    ),
    Fault("framed aside", "30 % of the site lost", ("overlap",), lambda c, s: faults.pan(c, share=0.3), beside=True),
    Fault(
        "other light on the skin",
        "35 % more than on the card",
        ("skin_light",),
        lambda c, s: faults.tint(c, light=-0.13, where=s.skin),
        beside=True,
        reject=True,
    ),
    Fault(
        "redness",
        "blood density 0.06",
        ("redness_ei",),
        lambda c, s: faults.tint(c, blood=0.06, where=s.skin),
        beside=True,
    ),
    Fault(
        "tan",
        "melanin density 0.06",
        ("tan_ita",),
        lambda c, s: faults.tint(c, melanin=0.06, where=s.skin),
        beside=True,
    ),
    Fault(
        "bruises",
        "3 of 10 mm, blood density 0.15",
        ("bruise_share",),
        lambda c, s: faults.bruise(c, blood=0.15, radius_px=5 * s.px_per_mm, count=3, where=s.skin, rng=s.rng),
        beside=True,
    ),
    Fault(
        "make-up",
        "covers 70 % of the texture",
        ("skin_texture",),
        lambda c, s: faults.make_up(c, cover=0.7, sigma_px=1.2 * s.px_per_mm, where=s.skin),
        beside=True,
    ),
    Fault(
        "skin out of focus",
        "0.25 mm, card sharp",
        ("skin_sharpness", "skin_texture"),
        lambda c, s: faults.blur(c, sigma_px=0.25 * s.px_per_mm, where=s.skin),
        beside=True,
    ),
    Fault(
        "faded patch",
        "half of patch 15's colour",
        ("card_drift",),
        lambda c, s: faults.fade(c, s.card, patch=14, share=0.5),
        beside=True,
    ),
    Fault(
        "other camera",
        "told by the file",
        ("same_camera",),
        _same,
        beside=True,
        capture=lambda f: replace(f, camera="Other 1"),
    ),
    Fault(
        "flash",
        "told by the file",
        ("same_flash",),
        _same,
        beside=True,
        capture=lambda f: replace(f, flash=not f.flash),
    ),
)


def read(photograph: Photograph, pitch_mm: float | None = CARD_PITCH_MM) -> PhotographReading:
    """Read a photograph's card and check it on its own, as ``pigtrack check`` does."""
    rows, columns = photograph.pixels.shape[:2]
    point = ((columns - 1) / 2, (rows - 1) / 2)
    return read_card(
        photograph,
        CARD,
        session=1,
        pitch_mm=pitch_mm,
        point=point,
        region=None,
        knowledge=know_colours(),
        method="auto",
    )


def compare(scene: Scene, photograph: Photograph, reading: PhotographReading) -> tuple[QualityCheck, ...]:
    """Check a photograph beside the scene's baseline."""
    if reading.card is None or not reading.calibrations:
        return reading.checks
    method = choose_course_method([scene.baseline_reading, reading], SETTINGS)
    if method not in scene.views:
        scene.views[method] = view_baseline(scene.baseline, scene.baseline_reading, method=method, settings=SETTINGS)
    return reading.checks + check_against_baseline(photograph, reading, scene.views[method], settings=SETTINGS)


def draw_scenes(seeds: tuple[int, ...], scenarios: tuple[str, ...], megapixels: float) -> Iterator[Scene]:
    """Draw the good photographs."""
    for seed in seeds:
        for scenario in scenarios:
            for tone in TONES:
                with tempfile.TemporaryDirectory() as folder:
                    out = Path(folder) / "course"
                    render_phantom(
                        out=out,
                        seed=seed,
                        scenario=scenario,
                        tone=tone,
                        sessions=2,
                        change="static",
                        megapixels=megapixels,
                    )
                    first, later = (read_photograph(out / f"session-0{k}.jpg") for k in (1, 2))
                number = SCENARIOS.index(scenario) * len(TONES) + TONES.index(tone)
                rng = np.random.default_rng([seed, number])
                print(f"drawn: {scenario} {tone} {seed}", flush=True)
                yield Scene(f"{scenario} {tone} {seed}", later, read(later), first, read(first), rng)


def inject(scene: Scene, fault: Fault) -> Photograph:
    """Return the good photograph with a fault in it."""
    codes = fault.inject(np.asarray(scene.photograph.pixels), scene)
    capture = scene.photograph.capture if fault.capture is None else fault.capture(scene.photograph.capture)
    return replace(scene.photograph, pixels=codes, capture=capture)


def verdict_of(checks: tuple[QualityCheck, ...], names: tuple[str, ...]) -> QualityVerdict:
    """Return the worst verdict among the named checks."""
    worst = QualityVerdict.PASS
    for check in checks:
        if check.name in names and check.verdict is not QualityVerdict.PASS:
            worst = check.verdict if worst is not QualityVerdict.REJECT else worst
    return worst


class Tally:
    """Counts of faults injected, found and rejected, and of good photographs blamed, by check."""

    def __init__(self) -> None:
        self.injected: Counter[str] = Counter()
        self.found: Counter[str] = Counter()
        self.rejected: Counter[str] = Counter()
        self.good: Counter[str] = Counter()
        self.blamed: Counter[str] = Counter()

    def take_good(self, checks: tuple[QualityCheck, ...], only: tuple[str, ...] | None = None) -> None:
        """Count a good photograph's checks."""
        for check in checks:
            if only is None or check.name in only:
                self.good[check.name] += 1
                self.blamed[check.name] += check.verdict is not QualityVerdict.PASS
                if check.verdict is not QualityVerdict.PASS:
                    print(f"blamed: {check.name} {check.value} in a good photograph", flush=True)

    def take_fault(self, fault: Fault, checks: tuple[QualityCheck, ...], where: str) -> None:
        """Count a photograph with a fault."""
        verdict = verdict_of(checks, fault.checks)
        enough = verdict is QualityVerdict.REJECT if fault.reject else verdict is not QualityVerdict.PASS
        self.injected[fault.name] += 1
        self.found[fault.name] += enough
        self.rejected[fault.name] += verdict is QualityVerdict.REJECT
        if not enough:
            values = {check.name: check.value for check in checks if check.name in fault.checks}
            print(f"missed: {fault.name} in {where}: {values}", flush=True)

    def lines(self, faults_told: tuple[Fault, ...]) -> Iterator[str]:
        """Tell all counts."""
        yield f"{'fault':26} {'strength':34} {'must':7} {'n':>4} {'found':>6} {'reject':>7}  checks"
        for fault in faults_told:
            n = self.injected[fault.name]
            if n == 0:
                continue
            must = "reject" if fault.reject else "warn"
            found, rejected = 100 * self.found[fault.name] / n, 100 * self.rejected[fault.name] / n
            told = f"{fault.name:26} {fault.strength:34} {must:7} {n:4} {found:5.0f} % {rejected:5.0f} %"
            yield f"{told}  {', '.join(fault.checks)}"
        yield ""
        yield f"{'check':26} {'good':>5} {'false alarms':>13}"
        for name, n in self.good.items():
            yield f"{name:26} {n:5} {100 * self.blamed[name] / n:11.1f} %"


def judge_strangers(tally: Tally, scenes: list[Scene], stranger: Scene) -> None:
    """Hold each photograph against another person's baseline, which must not pass.

    Phantoms of one seed show the same skin in every tone, so the stranger has a seed of its own.
    """
    for scene in scenes:
        mixed = replace(
            scene, baseline=stranger.baseline, baseline_reading=stranger.baseline_reading, views=stranger.views
        )
        tally.take_fault(STRANGER, compare(mixed, scene.photograph, scene.reading), scene.name)


def judge_real(tally: Tally, folder: Path) -> None:
    """Count what the good real photographs of cards are blamed for."""
    for name in REAL_GOOD:
        reading = read(read_photograph(folder / name), pitch_mm=None)
        tally.take_good(reading.checks, REAL_CHECKS)


STRANGER = Fault("another place", "another person's skin", ("same_place",), _same, beside=True, reject=True)


def run(seeds: tuple[int, ...], megapixels: float, only: str = "", scenarios: tuple[str, ...] = SCENARIOS) -> Tally:
    """Inject every fault into every good photograph."""
    tally, scenes = Tally(), []
    for scene in draw_scenes(seeds, scenarios, megapixels):
        tally.take_good(compare(scene, scene.photograph, scene.reading))
        for fault in (*OWN_FAULTS, *BESIDE_FAULTS):
            if only in fault.name:
                photograph = inject(scene, fault)
                reading = read(photograph)
                checks = compare(scene, photograph, reading) if fault.beside else reading.checks
                tally.take_fault(fault, checks, scene.name)
        scenes.append(scene)
    if only in STRANGER.name:
        judge_strangers(tally, scenes, next(draw_scenes((seeds[0] + _STRANGER_SEED,), scenarios, megapixels)))
    return tally


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=RECORD_SEEDS)
    parser.add_argument("--megapixels", type=float, default=2.0)
    parser.add_argument("--scenarios", nargs="+", choices=SCENARIOS, default=SCENARIOS)
    parser.add_argument("--only", default="", help="Faults whose name holds this.")
    asked = parser.parse_args()
    opencv.use_threads(1)
    tally = run(tuple(asked.seeds), asked.megapixels, asked.only, tuple(asked.scenarios))
    for line in tally.lines((*OWN_FAULTS, *BESIDE_FAULTS, STRANGER)):
        print(line)
    beside = Path(__file__).parents[1].parent / "shared" / "data"
    folder = Path(os.environ.get("PIGTRACK_REAL_PHOTOS", beside)) / "cards"
    if not folder.is_dir():
        print(f"No real photographs of cards: the folder {folder.name} of PIGTRACK_REAL_PHOTOS is missing.")
        return
    real = Tally()
    judge_real(real, folder)
    print(f"\nGood real photographs of cards ({len(REAL_GOOD)}):")
    for name, n in real.good.items():
        print(f"{name:26} {n:5} {100 * real.blamed[name] / n:11.1f} %")


if __name__ == "__main__":
    main()
