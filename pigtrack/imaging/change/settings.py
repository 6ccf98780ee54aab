"""What is taken for noise between sessions, and how strictly a change is judged."""

import math
from dataclasses import dataclass, field

from pigtrack.model.course import Endpoint

DARKENING = 1.5
"""Power of the skin's reflectance by which shared noise rises.

Light wrongly left on or taken off weighs as 1/Y, and what the skin's surface sends back is taken off besides. Fitted: 1
and 2 are less likely by e^4.5 and e^5.
"""

UNEVEN = 4.0
"""Degrees of freedom of a lesion's own noise: a comparison of two sessions then has 8, as unchanged phantoms show."""


@dataclass(frozen=True, slots=True)
class SessionNoise:
    """Standard deviation from session to session of one endpoint on skin that does not change.

    Attributes
    ----------
    common : float
        Relative; shared by all lesions of a session (tone curve, colour fit, flare), so it does not shrink in sums.
        At least 0.3 % for areas and 0.8 % for the rest, though fits leave less: without it a hundred lesions would be
        told to a fraction of 1 %, and phones on light skin scatter by 0.8 to 1.2 %.
    own : float
        Each lesion's own (tone curve at its darkness, light at its place): relative ``own/Y^1.5`` on skin with the
        reflectance Y, so more the darker the skin.
    chance : float
        What a spot scatters by chance, in units of what plain skin of its size does in these photographs; for an
        area in units of what the photograph claims.
    floor : float
        What every spot scatters besides, however dark, for each unit of melanin index that plain skin scatters by over
        1 mm: melanin index of contrast, over the lesion's skin for a load; millimetres by which an outline lies
        elsewhere, for an area. It does not fall with size as chance does (light that bends over a spot).
    veil : float
        What calibration adds to ``common`` on that skin: ``veil/Y^1.5``.
    common_degrees, own_degrees : float
        Of freedom with which ``common`` and ``veil``, and the rest, are known. Few for the rest also where they are
        fitted to many lesions: some lie worse than others, and their tails are those of Student's t.
    """

    common: float
    own: float
    chance: float = 1.0
    floor: float = 0.0
    veil: float = 0.0
    common_degrees: float = math.inf
    own_degrees: float = UNEVEN

    def __post_init__(self) -> None:
        if min(self.common, self.own, self.chance, self.floor, self.veil) < 0:
            raise ValueError(f"noise must not be negative, got {self}")
        if min(self.common_degrees, self.own_degrees) <= 0:
            raise ValueError(f"degrees must be above 0, got {self.common_degrees} and {self.own_degrees}")

    def each(self, reflectance: float) -> float:
        """Relative noise of a single lesion besides chance and floor, on skin of a reflectance in 0..1."""
        return float(self.own / reflectance**DARKENING)

    def shared(self, reflectance: float) -> float:
        """Relative noise that the lesions of one photograph share, on skin of a reflectance in 0..1."""
        return math.hypot(self.common, self.veil / reflectance**DARKENING)


@dataclass(frozen=True, slots=True)
class ChangeSettings:
    """Settings of `measure_change`; the noise is phantoms' own until a clinic gives its own.

    Attributes
    ----------
    area, contrast, load : SessionNoise
        Of single photographs; `benchmarks/session_noise.py` fits them to unchanged phantom courses.
    proportion : float
        Share of a change itself that is read wrongly: an index not quite in proportion to pigment, outlines of another
        form. Changing phantoms show 2 to 3 %. Without a change it adds nothing.
    reseated_share : float
        Of the variance of ``common`` and ``own``, what stays the same through reseated shots of one session (the
        lamp's age, the skin's state). Phantoms show none; a quarter is kept for what they do not draw.
    degrees : float
        Of freedom that the noise above counts for beside the scatter of a course's own shots.
    surround_mi : float
        Standard deviation in one session of treated region against control skin, melanin index, on skin with a
        reflectance of 0.1; on others in inverse proportion. At least half as much again as static phantoms show.
    skin_mi : float
        The same of skin on its own, colour calibration included.
    tanned : float
        Relative noise of contrast and load for each melanin index unit that all skin has tanned or paled by: a spot in
        tanned skin is not read just as before. Phantoms show 0.5 to 1.5 %.
    redness_ei : float
        Rise of the erythema index that is pointed out: half as much blood again gives 4 to 5.7, the more the lighter
        the skin (the chain's skin model), and about 2 of a*.
    quiet_days : int
        Days after a treatment in which redness and bruises, not pigment, are photographed: needles 3 at the least.
    level : float
        Two-sided chance of a false call: of one session's verdict, and of any lesion's within a course.
    """

    area: SessionNoise = field(default=SessionNoise(common=0.003, own=0.0, chance=0.81, floor=0.019))
    contrast: SessionNoise = field(default=SessionNoise(0.008, own=0.0004, chance=1.12, floor=0.45, veil=0.00064))
    load: SessionNoise = field(default=SessionNoise(0.008, own=0.00018, chance=1.05, floor=0.242, veil=0.00079))
    proportion: float = 0.03
    reseated_share: float = 0.25
    degrees: float = 24.0
    surround_mi: float = 0.15
    skin_mi: float = 0.3
    tanned: float = 0.015
    redness_ei: float = 4.0
    quiet_days: int = 7
    level: float = 0.05

    def __post_init__(self) -> None:
        if not 0 < self.level < 1:
            raise ValueError(f"level must lie between 0 and 1, got {self.level}")
        for name in ("reseated_share", "proportion"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie between 0 and 1, got {getattr(self, name)}")

    def noise(self, endpoint: Endpoint) -> SessionNoise:
        """Return the session noise of an endpoint."""
        return {Endpoint.AREA: self.area, Endpoint.CONTRAST: self.contrast, Endpoint.LOAD: self.load}[endpoint]
