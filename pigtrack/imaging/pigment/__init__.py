"""From colour to pigment: melanin and erythema maps on one ruler for a whole course.

Melanin, blood and shading add in optical density, but not so the light that the skin's surface sends back: on dark
skin it is half of the blue. So two readings along melanin and along blood, of least noise, are taken of the density
and turned into the two indices by the skin model itself: what melanin and what blood gives these two readings?
"""

from pigtrack.imaging.indices import apply_curve
from pigtrack.imaging.pigment.maps import map_skin
from pigtrack.imaging.pigment.ruler import fit_ruler
from pigtrack.imaging.pigment.tone import density, pigment_directions, tone_of
from pigtrack.model.provenance import Algorithm

__all__ = ["ALGORITHM", "apply_curve", "density", "fit_ruler", "map_skin", "pigment_directions", "tone_of"]

ALGORITHM = Algorithm("pigment", 2)
