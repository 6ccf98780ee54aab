"""What the process does that looks at photographs as they arrive: see `verdicts`."""

import io
from collections import OrderedDict
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from PIL import Image

from pigtrack.errors import CardError, PhotographError
from pigtrack.imaging import opencv
from pigtrack.imaging.scale import stand_of
from pigtrack.model.framing import Glimpse
from pigtrack.model.photograph import Encoding, Photograph
from pigtrack.model.progress import Progress
from pigtrack.model.upload import Judgement
from pigtrack.pipeline.reading import told_focal_length
from pigtrack.store.photographs import read_capture, read_photograph
from pigtrack.store.reference_data import load_card
from pigtrack.store.whole import write_whole
from pigtrack.store.workspace import Workspace
from pigtrack.tracker.checking import Checker
from pigtrack.tracker.glances_worker import look
from pigtrack.tracker.verdicts import Guide, Look, Order, Setting, Shown

Part = TypeVar("Part")

_COURSES_MOST = 2
"""Baselines that are held ready: one takes about 100 MB at 12 megapixels."""

_SIDE_PX = 1600
"""Of the picture that is laid over the live one: what a tablet shows."""

_SMALL_PX = 480
_QUALITY = 82
_GAMMA = 1 / 2.2
"""For looking only: raw files are linear."""

_ready: OrderedDict[str, Checker] = OrderedDict()


def work(order: Order, progress: Progress) -> Guide | Judgement | Glimpse | bytes | None:
    """Do what is asked for."""
    opencv.use_threads(1)
    if order.look is Look.GLANCE:
        live = _given(order.live)
        return look(live.aim, live.frame, live.width_px)
    if order.look is Look.DRAW:
        return _draw(_given(order.shot))
    setting = _given(order.setting)
    return _prepare(setting) if order.look is Look.PREPARE else _judge(setting, _given(order.shot))


def _given(part: Part | None) -> Part:
    if part is None:
        raise ValueError("the order must name a setting or a photograph")
    return part


def _prepare(setting: Setting) -> Guide | None:
    """Make the course's baseline ready; return what is laid over the live picture."""
    checker = _checker(setting)
    photograph, reading = checker.baseline, checker.baseline_reading
    if photograph is None or reading is None:
        return None
    checker.make_ready()
    height, width = photograph.pixels.shape[:2]
    drawn, focal = _drawn(photograph, _SIDE_PX), told_focal_length(photograph.capture)
    if reading.card is None:
        return Guide(drawn, width, height)
    stand = stand_of(reading.card, (height, width), focal_length_35mm=focal)
    return Guide(drawn, width, height, stand.outline, stand, focal)


def _judge(setting: Setting, shot: Shown) -> Judgement:
    """Look at a photograph."""
    checker = _checker(setting)
    with Workspace() as workspace:
        path = _written(workspace.folder, "photograph", shot)
        report = checker.report(path, name=path.name)
        taken = read_capture(path).time
        compared = checker.baseline is not None
        return Judgement(report.verdict, report.checks, compared, None if taken is None else taken.date())


def _draw(shot: Shown) -> bytes | None:
    """Draw a small picture of a photograph."""
    with Workspace() as workspace:
        try:
            return _drawn(read_photograph(_written(workspace.folder, "photograph", shot)), _SMALL_PX)
        except PhotographError:
            return None


def _checker(setting: Setting) -> Checker:
    """Return the checker of a course, made once while it is photographed."""
    if setting.key not in _ready:
        while len(_ready) >= _COURSES_MOST:
            _ready.popitem(last=False)
        _ready[setting.key] = _made(setting)
    _ready.move_to_end(setting.key)
    return _ready[setting.key]


def _made(setting: Setting) -> Checker:
    with Workspace() as workspace:
        write_whole({workspace.folder / name: data for name, data in setting.files.items()} or {})
        card = load_card(workspace.folder / setting.card if setting.card in setting.files else setting.card)
        first = None if setting.baseline is None else _written(workspace.folder, "baseline", setting.baseline)
        try:
            return Checker(card, baseline=first, pitch_mm=setting.pitch_mm)
        except (CardError, PhotographError):  # a baseline that can't be compared with: the photograph stands alone
            return Checker(card, pitch_mm=setting.pitch_mm)


def _written(folder: Path, stem: str, shot: Shown) -> Path:
    path = folder / f"{stem}{shot.suffix}"
    write_whole({path: shot.data})
    return path


def _drawn(photograph: Photograph, side_px: int) -> bytes:
    """Return a small JPEG of a photograph, with nothing in it but pixels."""
    pixels: Any = photograph.pixels
    height, width = pixels.shape[:2]
    scale = min(1.0, side_px / max(height, width))
    small = opencv.resize_area(pixels, (max(1, round(height * scale)), max(1, round(width * scale))))
    shares = small.astype(np.float32) / np.iinfo(pixels.dtype).max
    if photograph.encoding is Encoding.LINEAR:
        shares = shares**_GAMMA
    drawn = io.BytesIO()
    Image.fromarray((255 * shares + 0.5).astype(np.uint8)).save(drawn, "JPEG", quality=_QUALITY)
    return drawn.getvalue()
