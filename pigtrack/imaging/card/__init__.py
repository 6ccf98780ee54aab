"""Finding the colour card in a photograph, and reading its patches."""

from pigtrack.imaging.card.find import find_card
from pigtrack.model.provenance import Algorithm

__all__ = ["ALGORITHM", "find_card"]

ALGORITHM = Algorithm("card", 1)
