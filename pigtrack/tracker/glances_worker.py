"""What the process does that looks at live pictures between photographs: see `verdicts`."""

from collections import OrderedDict

from pigtrack.imaging import opencv
from pigtrack.model.calibration import Card
from pigtrack.model.framing import Aim, Glimpse
from pigtrack.pipeline.framing import glimpse
from pigtrack.store.frames import read_frame
from pigtrack.store.reference_data import load_card
from pigtrack.store.whole import write_whole
from pigtrack.store.workspace import Workspace

_CARDS_MOST = 20
_cards: OrderedDict[tuple[str, tuple[tuple[str, bytes], ...]], Card] = OrderedDict()


def look(aim: Aim, frame: bytes, width_px: int | None) -> Glimpse:
    """Tell how a live picture is framed.

    Raises
    ------
    PigtrackError
        If it is no picture, or the course's card is not known.
    """
    with opencv.honest_about_memory():
        return glimpse(read_frame(frame), _card(aim), aim, width_px=width_px)


def _card(aim: Aim) -> Card:
    """Return a course's card, read once."""
    key = (aim.card, tuple(sorted(aim.files.items())))
    if key not in _cards:
        while len(_cards) >= _CARDS_MOST:
            _cards.popitem(last=False)
        _cards[key] = _read(aim)
    return _cards[key]


def _read(aim: Aim) -> Card:
    if aim.card not in aim.files:
        return load_card(aim.card)
    with Workspace() as workspace:
        write_whole({workspace.folder / name: data for name, data in aim.files.items()})
        return load_card(workspace.folder / aim.card)
