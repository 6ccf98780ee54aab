"""Is a photograph usable? Why not? What to do?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pigtrack.errors import CardError, PhotographError
from pigtrack.imaging import opencv
from pigtrack.imaging.quality import grade
from pigtrack.model.calibration import Card
from pigtrack.model.photograph import Photograph
from pigtrack.model.quality import QualityCheck, QualityVerdict
from pigtrack.model.result import PhotographReading
from pigtrack.model.upload import READABLE
from pigtrack.pipeline.checking import BaselineView, check_against_baseline, view_baseline
from pigtrack.pipeline.frame import point_of_interest
from pigtrack.pipeline.judging import calibration_of, choose_course_method
from pigtrack.pipeline.reading import read_card
from pigtrack.pipeline.settings import MeasurementSettings
from pigtrack.store.photographs import read_photograph
from pigtrack.store.reference_data import load_card
from pigtrack.tracker.colours import know_colours


@dataclass(frozen=True, eq=False, slots=True)
class CheckReport:
    """What ``pigtrack check`` says of one photograph; the names are those of its JSON."""

    photo: str
    verdict: QualityVerdict
    card: str | None = None
    card_patch_centres_px: list[list[float]] | None = None
    calibration_method: str | None = None
    loo_delta_e00_mean: float | None = None
    loo_delta_e00_max: float | None = None
    mm_per_px: float | None = None
    tilt_deg: float | None = None
    checks: tuple[QualityCheck, ...] = ()


def check(
    *, photos: Sequence[Path], card: str | Path = "colorchecker-classic", baseline: Path | None = None
) -> Iterator[CheckReport]:
    """Check photographs one by one.

    Parameters
    ----------
    card : str or Path
        The card in them, by name or by its file's path.
    baseline : Path or None
        A photograph to compare pose, scale, sharpness and skin with.

    Yields
    ------
    CheckReport
        One a photograph, in order; a file that is no usable picture is a rejected one.

    Raises
    ------
    PigtrackError
        If the card or the baseline itself can't be used.
    """
    checker = Checker(load_card(card), baseline=baseline)
    for path in photos:
        yield checker.report(Path(path))


class Checker:
    """Checks photographs against a card and, where there is one, a baseline, whose views are made once for many.

    Parameters
    ----------
    pitch_mm : float or None
        The card's own pitch, over that of its file.

    Raises
    ------
    PigtrackError
        If the baseline can't be used.
    """

    def __init__(self, card: Card, *, baseline: Path | None = None, pitch_mm: float | None = None) -> None:
        self._card = card
        self._settings = MeasurementSettings()
        self._pitch_mm = card.pitch_mm if pitch_mm is None else pitch_mm
        self._first = None if baseline is None else _Baseline(self._read(Path(baseline), str(baseline)))
        if self._first is not None and self._first.checked.reading.card is None:
            refusal = self._first.checked.reading.refusal
            raise CardError(f"The baseline can't be used: {refusal}", "Name a photograph that passes alone.")

    def report(self, path: Path, *, name: str | None = None) -> CheckReport:
        """Check a photograph; a file that is no usable picture is a rejected one. ``name``: what it is called."""
        called = name or str(path)
        try:
            with opencv.honest_about_memory():
                return _report(called, self._read(path, called), self._first, self._settings)
        except PhotographError as fault:
            unreadable = QualityCheck(READABLE, 0.0, 1.0, QualityVerdict.REJECT, str(fault))
            return CheckReport(called, QualityVerdict.REJECT, checks=(unreadable,))

    def make_ready(self) -> None:
        """Make the baseline's view now, as the baseline alone would be seen: most photographs are compared with it."""
        if self._first is not None:
            method = choose_course_method([self._first.checked.reading], self._settings)
            self._first.seen_by(method, self._settings)

    def _read(self, path: Path, name: str) -> "_Checked":
        return _Checked.read(path, name, self._card, self._settings, self._pitch_mm)

    @property
    def baseline(self) -> Photograph | None:
        """The baseline's own photograph."""
        return None if self._first is None else self._first.checked.photograph

    @property
    def baseline_reading(self) -> PhotographReading | None:
        """What was read in the baseline."""
        return None if self._first is None else self._first.checked.reading


@dataclass(frozen=True, eq=False, slots=True)
class _Checked:
    """A photograph with its card read."""

    photograph: Photograph
    reading: PhotographReading

    @classmethod
    def read(
        cls, path: Path, name: str, card: Card, settings: MeasurementSettings, pitch_mm: float | None
    ) -> "_Checked":
        photograph = read_photograph(path, name=name)
        point = point_of_interest(None, photograph.pixels.shape[:2])
        reading = read_card(
            photograph,
            card,
            session=1,
            pitch_mm=pitch_mm,
            point=point,
            region=None,
            knowledge=know_colours(),
            method=settings.method,
        )
        return cls(photograph, reading)


@dataclass(frozen=True, eq=False, slots=True)
class _Baseline:
    """The baseline, and how it looks through each colour method that was asked for."""

    checked: _Checked
    views: dict[str, BaselineView] = field(default_factory=dict)

    def seen_by(self, method: str, settings: MeasurementSettings) -> BaselineView:
        """Return the baseline calibrated by a method; made once."""
        if method not in self.views:
            photograph, reading = self.checked.photograph, self.checked.reading
            self.views[method] = view_baseline(photograph, reading, method=method, settings=settings)
        return self.views[method]


def _report(photo: str, checked: _Checked, baseline: _Baseline | None, settings: MeasurementSettings) -> CheckReport:
    reading = checked.reading
    readings = [reading] if baseline is None else [baseline.checked.reading, reading]
    method = choose_course_method(readings, settings)
    checks = reading.checks
    if baseline is not None and reading.card is not None:
        view = baseline.seen_by(method, settings)
        checks += check_against_baseline(checked.photograph, reading, view, settings=settings)
    if reading.card is None:
        return CheckReport(photo, QualityVerdict.REJECT, checks=checks)
    calibration = calibration_of(reading, method)
    return CheckReport(
        photo=photo,
        verdict=grade(checks),
        card=reading.card.card.name,
        card_patch_centres_px=np.round(reading.card.centres, 3).tolist(),
        calibration_method=method,
        loo_delta_e00_mean=calibration.loo_mean,
        loo_delta_e00_max=calibration.loo_max,
        mm_per_px=None if reading.scale is None else reading.scale.mm_per_px,
        tilt_deg=None if reading.scale is None else reading.scale.tilt_deg,
        checks=checks,
    )
