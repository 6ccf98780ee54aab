"""Courses side by side: which stand together, what each group came to, and how sure that is."""

from pigtrack.cohort.compare import BENT, FOLLOWED_BRIEFLY, ONE_LATER_SESSION, compare_groups
from pigtrack.cohort.outcome import take_course
from pigtrack.model.provenance import Algorithm

__all__ = ["ALGORITHM", "BENT", "FOLLOWED_BRIEFLY", "ONE_LATER_SESSION", "compare_groups", "take_course"]

ALGORITHM = Algorithm("cohort", 1)
