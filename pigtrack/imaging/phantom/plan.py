"""What is asked of a phantom course, and where its chance comes from."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

import numpy as np

from pigtrack.imaging.skin import TONES
from pigtrack.model.provenance import Algorithm

PHANTOM = Algorithm("phantom", 1)
"""Raised whenever the same plan may give other pixels or another truth."""


class Scenario(StrEnum):
    """Where the photographs are taken."""

    STUDIO = "studio"
    WARD = "ward"
    PHONE = "phone"


class Scene(StrEnum):
    """What lies on the skin: single spots, or melasma, a field of confluent pigment."""

    SPOTS = "spots"
    MELASMA = "melasma"


class ChangeKind(StrEnum):
    """What happens to the treated lesions from the first session to the last."""

    MIXED = "mixed"
    STATIC = "static"
    FADE = "fade"
    SHRINK = "shrink"
    BOTH = "both"


class Nuisance(StrEnum):
    """What may go wrong with the photograph or the skin from the second session on."""

    LAMP = "lamp"
    TILT = "tilt"
    DISTANCE = "distance"
    EXPOSURE = "exposure"
    REDNESS = "redness"
    NEEDLE_MARKS = "needle-marks"
    BRUISE = "bruise"
    TAN = "tan"
    HAIR = "hair"
    GLARE = "glare"
    SHEEN = "sheen"
    BLUR = "blur"
    NOISE = "noise"
    JPEG = "jpeg"
    LOCAL_TONE_MAPPING = "local-tone-mapping"
    CARD_SHADOW = "card-shadow"
    DECOYS = "decoys"
    STRAIN = "strain"


class Purpose(IntEnum):
    """What a stream of random numbers is for, so that one thing drawn more never shifts another."""

    LESIONS = 1
    TEXTURE = 2
    CAMERA = 3
    ROOM = 4
    VISIT = 5
    SHOT = 6
    NOISE = 7
    HAIR = 8
    MARKS = 9
    GLARE = 10
    CARD = 11
    LAMP = 12
    DECOYS = 13
    FIELD = 14


@dataclass(frozen=True, slots=True)
class PhantomPlan:
    """All that decides a phantom course: equal plans give equal bytes.

    Attributes
    ----------
    seed : int
        Not negative.
    tone : str
        One of `pigtrack.imaging.skin.TONES`.
    sessions, shots : int
        Visits, and photographs a visit; at least 1.
    nuisances : frozenset of Nuisance
        Strike from the second session on; the first is always plain.
    megapixels : float
        0.5 to 24. The field is the same for all, so this sets the pixels on a millimetre: 15.4 at 4, 26.7 at 12.
    fall : float or None
        For ``fade``, ``shrink`` and ``both``: percent of melanin, of area, or of their product that every treated
        lesion has lost at the last session, above 0 and below 100. None: an end of its own for each lesion.
    reseated : bool
        Every shot is set up anew: card laid again, skin and lamp moved against one another. Else the shots of a
        session differ by the camera's hand and noise alone.
    freckles : int
        In place of single lesions, so many freckles on the treated skin, at most 500; 0: none.

    Raises
    ------
    ValueError
        If a value is outside its range.
    """

    seed: int = 1
    scenario: Scenario = Scenario.WARD
    tone: str = "light"
    sessions: int = 3
    shots: int = 1
    change: ChangeKind = ChangeKind.MIXED
    nuisances: frozenset[Nuisance] = frozenset()
    megapixels: float = 4.0
    fall: float | None = None
    reseated: bool = False
    freckles: int = 0
    scene: Scene = Scene.SPOTS

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise ValueError(f"seed must not be negative, got {self.seed}")
        if self.tone not in TONES:
            raise ValueError(f"tone must be one of {', '.join(TONES)}; got {self.tone!r}")
        if self.sessions < 1 or self.shots < 1:
            raise ValueError(f"sessions and shots must be at least 1, got {self.sessions} and {self.shots}")
        if not 0.5 <= self.megapixels <= 24:
            raise ValueError(f"megapixels must be 0.5 to 24, got {self.megapixels}")
        if not 0 <= self.freckles <= 500:
            raise ValueError(f"freckles must be 0 to 500, got {self.freckles}")
        if self.fall is not None:
            self._check_fall(self.fall)

    def _check_fall(self, fall: float) -> None:
        if not 0 < fall < 100:
            raise ValueError(f"fall must lie between 0 and 100, got {fall}")
        if self.change in (ChangeKind.MIXED, ChangeKind.STATIC):
            raise ValueError(f"fall is for fade, shrink and both, got it with {self.change}")

    def setting_up(self, shot: int) -> int:
        """Number of the setting-up within its session, from 0, that a shot (from 1) was taken in."""
        return shot - 1 if self.reseated else 0

    def strikes(self, nuisance: Nuisance, session: int) -> bool:
        """Tell whether a nuisance is on in a session (from 1)."""
        return session > 1 and nuisance in self.nuisances


def stream(plan: PhantomPlan, purpose: Purpose, session: int = 0, shot: int = 0) -> np.random.Generator:
    """Return the random numbers of one purpose in one photograph; the same whatever else is drawn."""
    return np.random.default_rng([plan.seed, int(purpose), session, shot])
