"""A field of faint pigment with soft borders on drawn skin, with region, control and truth."""

from functools import partial

import numpy as np
from drawn_skin import MM_PER_PX, SHAPE, Spot, coverage, draw_linear, registered

from pigtrack.imaging.field import find_field, fit_light_direction, read_cells
from pigtrack.imaging.pigment import apply_curve, fit_ruler, tone_of
from pigtrack.imaging.skin import TONES, linear_srgb, reflectance
from pigtrack.store.reference_data import load_spectra

TABLES = load_spectra()
PATCHES = (Spot(13, 12, 6.5, 0.015, 5.0), Spot(16, 28, 6.0, 0.013, 4.0))
X_MM = np.arange(SHAPE[1]) * MM_PER_PX
REGION = np.broadcast_to((X_MM > 2) & (X_MM < 30), SHAPE)
CONTROL = np.broadcast_to((X_MM > 34) & (X_MM < 49), SHAPE)
AREA_MM2 = REGION.sum() * MM_PER_PX**2


def faded(share):
    return tuple(Spot(s.x_mm, s.y_mm, s.radius_mm, share * s.melanin, s.edge_mm) for s in PATCHES)


def lit(linear, slope):
    """The same skin where the light falls by a share over its width, and by half of that over its height."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]] / np.array(SHAPE)[:, None, None] - 0.5
    return (linear * (1 + slope * x + slope / 2 * y)[..., None]).astype(np.float32)


def photograph(tone="light", patches=PATCHES, *, slope=0.0, **options):
    return registered(lit(draw_linear(tone, patches, **options), slope))


def cells_of_course(*images):
    """Ruler over all, cells of each."""
    ruler = fit_ruler(images, tables=TABLES, mm_per_px=MM_PER_PX, region=REGION | CONTROL)
    direction = fit_light_direction(ruler, tone_of(10**-ruler.skin_density, TABLES), TABLES)
    indices = partial(apply_curve, ruler.curve)
    return [read_cells(image, ruler, direction, indices, mm_per_px=MM_PER_PX) for image in images]


def found(cells, **options):
    drawn = {"region": REGION, "control": CONTROL, **options}
    return find_field(cells, baseline=0, frame_shape=SHAPE, mm_per_px=MM_PER_PX, **drawn)


def true_delta_mi(tone="light", patches=PATCHES):
    """Map on the frame: 100 times the difference of red density to plain skin."""
    added = np.max([s.melanin * coverage(s) for s in patches], axis=0)
    base, nodes = TONES[tone], np.linspace(0, 0.03, 61)
    red = linear_srgb(reflectance(base, base.melanin + nodes, np.full(61, base.blood), TABLES), TABLES)[:, 0]
    return np.interp(added, nodes, 100 * np.log10(red[0] / red))
