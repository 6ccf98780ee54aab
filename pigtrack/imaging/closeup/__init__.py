"""A close-up: a photograph that one lesion was taken for, without card and scale, on little skin.

Where a site's photograph is measured in millimetres, with a background of 18 mm and rings of 3 mm, a close-up has no
millimetres, so every length here is a share of the view. The skin is told from the outer part of the view, the lesion
by the direction in colour that separates it from that skin, its outline where half of its light is lost.
"""

from pigtrack.imaging.closeup.finding import Closeup, find_lesion, keep_shared_view
from pigtrack.imaging.closeup.measure import measure_closeup
from pigtrack.model.provenance import Algorithm

__all__ = ["ALGORITHM", "Closeup", "find_lesion", "keep_shared_view", "measure_closeup"]

ALGORITHM = Algorithm("closeup", 1)
