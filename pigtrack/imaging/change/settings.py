"""What is taken for noise between sessions, and how strictly a change is judged."""

from dataclasses import dataclass, field

from pigtrack.model.course import Endpoint


@dataclass(frozen=True, slots=True)
class SessionNoise:
    """Standard deviation from session to session of one endpoint on skin that does not change.

    Attributes
    ----------
    common : float
        Relative; shared by all lesions of a session (lamp, flare, colour fit, scale), so it does not shrink in sums.
    own : float
        Relative; each lesion's own (registration, sharpness, texture).
    """

    common: float
    own: float

    def __post_init__(self) -> None:
        if min(self.common, self.own) < 0:
            raise ValueError(f"common and own must not be negative, got {self.common} and {self.own}")


@dataclass(frozen=True, slots=True)
class ChangeSettings:
    """Settings of `measure_change`; the noise is a wide default until a clinic has data of its own.

    Attributes
    ----------
    area, contrast, load : SessionNoise
        What static phantom courses (light to dark skin; studio, ward and phone) scatter from session to session beyond
        what their shots claim.
    floor_mi : float
        Melanin index units of contrast that a session gives and takes at any spot, however faint, beyond what its shots
        claim; over the spot's extent for load.
    edge_mm, edge_px : float
        Displacement of the whole outline from session to session; pixels serve where the scale is unknown.
    surround_mi : float
        Standard deviation between sessions of treated region against control skin, melanin index: static phantom
        courses under a lamp that is not even show 0.7.
    skin_mi : float
        The same of skin on its own, colour calibration included; static phantom courses show 0.2 to 0.5.
    redness_ei : float
        Rise of the erythema index that is pointed out: half as much blood again gives 4 to 5.7, the more the lighter
        the skin (the chain's skin model), and about 2 of a*.
    quiet_days : int
        Days after a treatment in which redness and bruises, not pigment, are photographed: needles 3 at the least.
    level : float
        Two-sided chance of a false call: of one session's verdict, and of any lesion's within a course.
    """

    area: SessionNoise = field(default=SessionNoise(common=0.004, own=0.005))
    contrast: SessionNoise = field(default=SessionNoise(common=0.013, own=0.01))
    load: SessionNoise = field(default=SessionNoise(common=0.013, own=0.01))
    floor_mi: float = 0.05
    edge_mm: float = 0.003
    edge_px: float = 0.05
    surround_mi: float = 1.0
    skin_mi: float = 0.7
    redness_ei: float = 4.0
    quiet_days: int = 7
    level: float = 0.05

    def __post_init__(self) -> None:
        if not 0 < self.level < 1:
            raise ValueError(f"level must lie between 0 and 1, got {self.level}")

    def noise(self, endpoint: Endpoint) -> SessionNoise:
        """Return the session noise of an endpoint."""
        return {Endpoint.AREA: self.area, Endpoint.CONTRAST: self.contrast, Endpoint.LOAD: self.load}[endpoint]
