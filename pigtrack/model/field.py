"""A field of confluent pigment: what is fixed for its course, and what one photograph says of it."""

from dataclasses import dataclass

from pigtrack.model.quantity import BoolImage, FloatArray, FloatImage, LabelImage, Measured


@dataclass(frozen=True, eq=False, slots=True)
class FieldCells:
    """One photograph in cells of half a millimetre, on the frame of the course.

    Attributes
    ----------
    melanin, erythema : ndarray, shape (rows, columns), float32
        Index in each cell, level: as if the light were even.
    linear : ndarray, shape (rows, columns, 3), float32
        Colour of each cell, level likewise.
    light : ndarray, shape (rows, columns), float32
        Optical density of the light that was taken off; 0 in the middle of the skin.
    valid : ndarray, shape (rows, columns), bool
    """

    melanin: FloatImage
    erythema: FloatImage
    linear: FloatImage
    light: FloatImage
    valid: BoolImage


@dataclass(frozen=True, eq=False, slots=True)
class FieldMap:
    """What is fixed for a field's course, in cells of the frame.

    Attributes
    ----------
    region : ndarray, shape (rows, columns), bool
        The skin over which load and area are told, the excluded parts and the control left out.
    control : ndarray or None
        Untreated skin.
    clear : ndarray
        Skin without pigment, of control and surroundings: from it the background is told in every photograph.
    footprint : ndarray
        Where the course's mean stands above the level: contrast is told over it, the same skin in every session.
    level : float
        Melanin index units above the background from which skin counts as pigmented; frozen at the baseline.
    noise : float
        Robust deviation of clear cells at the baseline.
    cell_mm : tuple of float
        Height and width of a cell in millimetres (in assumed ones where the scale is unknown).
    places : ndarray, shape (blocks, 2)
        Row and column of the middle of each block of clear skin.
    blocks : ndarray, shape (rows, columns), int32
        Number of the block, from 1, that a clear cell belongs to; 0 elsewhere.
    """

    region: BoolImage
    control: BoolImage | None
    clear: BoolImage
    footprint: BoolImage
    level: float
    noise: float
    cell_mm: tuple[float, float]
    places: FloatArray
    blocks: LabelImage

    @property
    def cell_area(self) -> float:
        """Of a cell, mm²."""
        return self.cell_mm[0] * self.cell_mm[1]


@dataclass(frozen=True, slots=True)
class RegionReading:
    """One region of a face in one photograph: area fraction above the level with its fall per MI; the rest above it.

    ``contrast`` and ``variation`` are of the cells above the level, 0 where there are none.
    """

    name: str
    fraction: float
    fraction_slope: float
    contrast: float
    variation: float


@dataclass(frozen=True, eq=False, slots=True)
class FieldReading:
    """What one photograph says of a field, before it is known how well.

    Areas are mm² (assumed ones where the scale is unknown), indices melanin index units above the background.

    Attributes
    ----------
    area, area_slope : float
        Above the level, and how fast it falls where the level rises, per MI.
    mean : float
        Over the region; times its area this is the load.
    contrast : float
        Median over the footprint.
    variation : float
        Robust deviation over the footprint, the noise of clear skin taken off, as a share of the contrast.
    seen : float
        Share of the region that the photograph shows.
    above : ndarray, shape (rows, columns), bool
        Cells above the level.
    rest : ndarray, shape (blocks,)
        What the background leaves of each block of clear skin; nan where it is out of sight.
    steepness : float
        Melanin index units by which the background may lean, as its evidence has it.
    lab, ring_lab : tuple of float or None
        Medians of footprint and clear skin.
    delta_ei : float
        Erythema index of the footprint less that of clear skin.
    clear_mi, clear_ei, control_mi, control_ei : float or None
        Medians of the region's clear skin and of the control's, no background taken off.
    regions : tuple of RegionReading
        Of the drawn regions of a face.
    """

    area: float
    area_slope: float
    mean: float
    contrast: float
    variation: float
    seen: float
    above: BoolImage
    rest: FloatArray
    steepness: float
    lab: tuple[float, float, float] | None
    ring_lab: tuple[float, float, float] | None
    delta_ei: float
    clear_mi: float | None
    clear_ei: float | None
    control_mi: float | None
    control_ei: float | None
    regions: tuple[RegionReading, ...] = ()


@dataclass(frozen=True, slots=True)
class RegionGrade:
    """Grades of one region: area 0 to 6, darkness and homogeneity 0 to 4, with what they rest on."""

    name: str
    weight: float
    area: int
    darkness: int
    homogeneity: int
    fraction: Measured
    contrast: Measured


@dataclass(frozen=True, slots=True)
class FieldGrade:
    """A session's grades: of what is drawn of a face, in the manner of MASI, which they are not.

    Attributes
    ----------
    masi_style, mmasi_style : Measured
        Sums over the regions that were drawn, with homogeneity (0 to 48) and without (0 to 24).
    """

    regions: tuple[RegionGrade, ...]
    masi_style: Measured
    mmasi_style: Measured


@dataclass(frozen=True, slots=True)
class FieldSession:
    """What a field's session has beyond a row of spots.

    Attributes
    ----------
    level_mi : float
        The frozen level.
    variation_percent : Measured or None
        Deviation over the footprint as a percentage of the contrast: 0 is even.
    grade : FieldGrade or None
        Where regions of a face were drawn.
    """

    level_mi: float
    variation_percent: Measured | None
    grade: FieldGrade | None = None
