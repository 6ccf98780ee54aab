"""Finding free places on the skin, so that things drawn on it keep their distance."""

import numpy as np

Circle = tuple[float, float, float]
"""x, y and radius in millimetres."""

Bounds = tuple[float, float, float, float]
"""Left, top, right, bottom in millimetres."""


def find_free_place(
    rng: np.random.Generator, taken: list[Circle], radius: float, bounds: Bounds, *, clearance: float
) -> Circle:
    """Draw a place for a circle within bounds, ``clearance`` away from all others; the roomiest of 300 if none is."""
    left, top, right, bottom = bounds
    best, widest = (0.0, 0.0), -np.inf
    for _ in range(300):
        x, y = rng.uniform(left + radius, right - radius), rng.uniform(top + radius, bottom - radius)
        gap = min((float(np.hypot(x - u, y - v)) - radius - r for u, v, r in taken), default=np.inf)
        if gap > widest:
            best, widest = (float(x), float(y)), gap
        if gap >= clearance:
            break
    return (*best, radius)
