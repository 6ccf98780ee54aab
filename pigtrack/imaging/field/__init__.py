"""Melasma and other confluent pigment: a region measured as a whole against clear skin, without outlines of spots."""

from pigtrack.imaging.field.cells import cell_shape, cells_of, read_cells
from pigtrack.imaging.field.find import find_field
from pigtrack.imaging.field.masi import WEIGHTS as MASI_WEIGHTS
from pigtrack.imaging.field.masi import grade_field
from pigtrack.imaging.field.measure import read_field
from pigtrack.imaging.field.noise import LESION_ID, SCALE_ERROR, draw_outline, to_measurement, weigh_readings
from pigtrack.imaging.field.ruler import fit_light_direction
from pigtrack.model.provenance import Algorithm

__all__ = [
    "ALGORITHM",
    "LESION_ID",
    "MASI_WEIGHTS",
    "SCALE_ERROR",
    "cell_shape",
    "cells_of",
    "draw_outline",
    "find_field",
    "fit_light_direction",
    "grade_field",
    "read_cells",
    "read_field",
    "to_measurement",
    "weigh_readings",
]

ALGORITHM = Algorithm("field", 1)
