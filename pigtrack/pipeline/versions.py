"""The algorithms that make a result, by name and version. Results of different versions are never compared silently.

Each stage tells its own as ``ALGORITHM``; they are told here once more, and a test holds the two together. So whoever
only asks which versions there are, as a server does, need not load what measures.
"""

from pigtrack.model.provenance import Algorithm

ALGORITHMS: tuple[Algorithm, ...] = (
    Algorithm("card", 1),
    Algorithm("calibrate", 3),
    Algorithm("scale", 1),
    Algorithm("quality", 2),
    Algorithm("register", 2),
    Algorithm("pigment", 2),
    Algorithm("segment", 2),
    Algorithm("measure", 2),
    Algorithm("closeup", 1),
    Algorithm("field", 1),
    Algorithm("link", 2),
    Algorithm("change", 2),
    Algorithm("freckles", 1),
)
"""In the order in which the photograph flows."""
