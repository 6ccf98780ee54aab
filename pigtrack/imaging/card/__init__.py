"""Finding the colour card in a photograph, and reading its patches."""

from pigtrack.imaging.card.find import find_card

__all__ = ["find_card"]
