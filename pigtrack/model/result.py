"""What a measured course is: the records behind the tables, and what made them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pigtrack.model.calibration import CardReading, ColourCalibration, SpatialCalibration, StickerReading
from pigtrack.model.correction import AppliedCorrection
from pigtrack.model.course import Course
from pigtrack.model.flags import QualityFlag
from pigtrack.model.linked import LinkedCourse, Trend
from pigtrack.model.metrics import LesionSession, PigmentRuler, SessionMetrics
from pigtrack.model.photograph import CaptureFacts, Registration, WorkingGrid
from pigtrack.model.population import Population
from pigtrack.model.protocol import Protocol
from pigtrack.model.provenance import Algorithm
from pigtrack.model.quality import QualityCheck
from pigtrack.model.quantity import FloatArray


@dataclass(frozen=True, eq=False, slots=True)
class PhotographReading:
    """What one photograph says of itself, before the course is looked at as a whole.

    Attributes
    ----------
    calibrations : mapping of str to ColourCalibration
        One for each method that could be fitted.
    refusal : str or None
        Why the photograph can't be measured: one sentence with its remedy.
    shape : tuple of int
        Rows and columns of the upright photograph.
    pitch_mm : float or None
        From patch centre to patch centre, as the course or the card's file gives it.
    sticker : StickerReading or None
        A printed scale sticker on the skin.
    skin_rgb : tuple of float or None
        Median decoded R, G, B of the skin in the region; None where too little of it is seen.
    """

    session: int
    photo: str
    sha256: str
    capture: CaptureFacts
    shape: tuple[int, int]
    card: CardReading | None
    calibrations: Mapping[str, ColourCalibration]
    scale: SpatialCalibration | None
    checks: tuple[QualityCheck, ...] = ()
    refusal: str | None = None
    flags: frozenset[QualityFlag] = frozenset()
    pitch_mm: float | None = None
    sticker: StickerReading | None = None
    skin_rgb: tuple[float, float, float] | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Placement:
    """How a photograph came to lie on the frame, or why it could not (then ``registration`` is None).

    ``checks`` are those that need the baseline beside the photograph.
    """

    registration: Registration | None
    refusal: str | None
    flags: frozenset[QualityFlag]
    checks: tuple[QualityCheck, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class PhotographRecord:
    """One row of photos.csv: a photograph with every check, and what was made of it.

    ``card_centres`` are the patches' x, y in upright pixels, in the card's order, shape (patches, 2).
    ``skin_delta_e00_u`` and ``u_contrast`` are what its calibration leaves open: on the colour of skin (CIEDE2000), and
    on a contrast as a share of it; None where there is no calibration.
    """

    session: int
    photo: str
    sha256: str
    capture: CaptureFacts
    card: str | None
    card_found: bool
    calibration_method: str | None
    loo_delta_e00_mean: float | None
    loo_delta_e00_max: float | None
    mm_per_px: float | None
    u_scale: float | None
    tilt_deg: float | None
    registration_error_mm: float | None
    qc_status: str
    card_centres: FloatArray | None = None
    skin_delta_e00_u: float | None = None
    u_contrast: float | None = None
    checks: tuple[QualityCheck, ...] = ()
    refusal: str | None = None
    flags: frozenset[QualityFlag] = frozenset()


@dataclass(frozen=True, eq=False, slots=True)
class CourseResult:
    """A measured course.

    Attributes
    ----------
    frame : WorkingGrid
        The baseline's working grid, in which outlines and maps lie.
    method : str
        The one colour calibration method of the course.
    exploratory : bool
        True where the baseline shows no card: relative numbers, no verdicts.
    corrections : tuple of AppliedCorrection
        What became of each correction by hand.
    automatic_beside : bool
        Whether the result without them is kept where this one is.
    """

    course: Course
    sessions: tuple[SessionMetrics, ...]
    lesions: tuple[LesionSession, ...]
    photographs: tuple[PhotographRecord, ...]
    frame: WorkingGrid
    ruler: PigmentRuler
    method: str
    exploratory: bool
    u_scale: float | None
    algorithms: tuple[Algorithm, ...]
    settings: Mapping[str, object] = field(default_factory=dict)
    registrations: Mapping[str, Registration] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    trend: Trend | None = None
    linked: LinkedCourse | None = None
    population: Population | None = None
    protocol: Protocol | None = None
    corrections: tuple[AppliedCorrection, ...] = ()
    automatic_beside: bool = False
