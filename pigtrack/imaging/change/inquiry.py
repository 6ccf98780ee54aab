"""All that a judgement of a course rests on, in one record."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from pigtrack.imaging.change.budget import ShotNoise
from pigtrack.imaging.change.guards import OUT_OF_TREND
from pigtrack.imaging.change.settings import ChangeSettings
from pigtrack.model.course import Endpoint
from pigtrack.model.flags import QualityFlag
from pigtrack.model.linked import LinkedCourse, LinkedLesion, LinkedSession


@dataclass(frozen=True, eq=False, slots=True)
class Inquiry:
    """A linked course with its guards' findings, its noise and the endpoint that counts.

    Attributes
    ----------
    flags : tuple of frozenset of QualityFlag
        Of each session, in order.
    shots : mapping of Endpoint to ShotNoise
        Pooled over the lesions.
    extents : mapping of int to float
        Area of each lesion at its widest over the course.
    u_contrast : tuple of float
        Of each session: what its colour calibration leaves on a contrast, as a share of it.
    control_lesions : frozenset of int
        Untreated ones: followed like the others, but no part of a session's totals.
    """

    linked: LinkedCourse
    primary: Endpoint
    flags: tuple[frozenset[QualityFlag], ...]
    settings: ChangeSettings
    shots: Mapping[Endpoint, ShotNoise]
    extents: Mapping[int, float]
    u_contrast: tuple[float, ...]
    control_lesions: frozenset[int] = frozenset()

    @property
    def baseline(self) -> LinkedSession:
        """The session that all others are compared with."""
        return self.linked.sessions[self.linked.baseline - 1]

    def is_baseline(self, number: int) -> bool:
        """Whether session ``number`` is the baseline."""
        return number == self.linked.baseline

    def counts(self, number: int) -> bool:
        """Whether a session is part of the trend."""
        return not self.flags_of(number) & (OUT_OF_TREND | {QualityFlag.NO_USABLE_PHOTOGRAPH})

    def common(self, number: int, endpoint: Endpoint) -> float:
        """Relative noise that all lesions of session ``number`` share.

        An outline at half of the spot's own contrast does not hang on the contrast, so areas have none from colour.
        """
        usual = self.settings.noise(endpoint).common
        return usual if endpoint is Endpoint.AREA else math.hypot(usual, self.u_contrast[number - 1])

    def flags_of(self, number: int) -> frozenset[QualityFlag]:
        """Flags of a session, with those that put its baseline out of the trend."""
        return self.flags[number - 1] | (self.flags[self.linked.baseline - 1] & OUT_OF_TREND)

    def lesion(self, number: int, lesion_id: int) -> LinkedLesion:
        """One lesion in session ``number``."""
        return next(each for each in self.linked.sessions[number - 1].lesions if each.lesion_id == lesion_id)
