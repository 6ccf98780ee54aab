"""All that a judgement of a course rests on, in one record."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from pigtrack.imaging.change.budget import Scatter
from pigtrack.imaging.change.guards import OUT_OF_TREND
from pigtrack.imaging.change.plain import PlainNoise, reflectance_of
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
    scatter : mapping of Endpoint to Scatter
        What the shots of single lesions say of the foretold noise, pooled over the lesions.
    diameters : mapping of int to float
        Of each lesion at its widest over the course.
    plain : tuple of PlainNoise or None
        Of each session against the baseline.
    u_contrast : tuple of float
        Of each session: what its colour calibration leaves on a contrast, as a share of it.
    reseated : bool
        Whether the shots of a session were each set up anew.
    control_lesions : frozenset of int
        Untreated ones: followed like the others, but no part of a session's totals.
    left_out : frozenset of int
        Those of which nothing is called.
    """

    linked: LinkedCourse
    primary: Endpoint
    flags: tuple[frozenset[QualityFlag], ...]
    settings: ChangeSettings
    scatter: Mapping[Endpoint, Scatter]
    diameters: Mapping[int, float]
    plain: tuple[PlainNoise | None, ...]
    u_contrast: tuple[float, ...]
    reseated: bool = False
    control_lesions: frozenset[int] = frozenset()
    left_out: frozenset[int] = frozenset()

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

    def foretold(self, endpoint: Endpoint) -> float:
        """Relative noise that all lesions of a photograph share."""
        return self.settings.noise(endpoint).shared(reflectance_of(self.baseline))

    def common(self, number: int, endpoint: Endpoint) -> float:
        """Relative noise that all lesions of session ``number`` share, as far as its shots leave it.

        An outline at half of the spot's own contrast does not hang on the contrast, so areas have none from colour.
        """
        left = self.foretold(endpoint) * math.sqrt(self.averaged(self.linked.sessions[number - 1].photographs))
        if endpoint is Endpoint.AREA:
            return left
        return math.hypot(left, self.u_contrast[number - 1], self.settings.tanned * self._tan(number))

    def _tan(self, number: int) -> float:
        """Melanin index by which all skin has darkened or paled, where that is beyond noise."""
        now, before = self.linked.sessions[number - 1].skin, self.baseline.skin
        if QualityFlag.TAN not in self.flags[number - 1] or now is None or before is None:
            return 0.0
        return abs(now.region_mi - before.region_mi)

    def averaged(self, photographs: int) -> float:
        """Share of a session's own and common variance that is left in the mean of some photographs."""
        kept = self.settings.reseated_share
        return kept + (1 - kept) / photographs if self.reseated and photographs > 1 else 1.0

    @property
    def varying(self) -> float:
        """Share of that variance by which the shots of one session differ."""
        return 1 - self.settings.reseated_share if self.reseated else 0.0

    def flags_of(self, number: int) -> frozenset[QualityFlag]:
        """Flags of a session, with those that put its baseline out of the trend."""
        return self.flags[number - 1] | (self.flags[self.linked.baseline - 1] & OUT_OF_TREND)

    def lesion(self, number: int, lesion_id: int) -> LinkedLesion:
        """One lesion in session ``number``."""
        return next(each for each in self.linked.sessions[number - 1].lesions if each.lesion_id == lesion_id)
