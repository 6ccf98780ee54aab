"""Forms that two people have open at once: what one wrote is shown to the other, and never taken as seen unseen."""

from collections.abc import Mapping

from pigtrack.tracker.record.editing import MeanwhileError
from pigtrack.tracker.record.visiting import CourseTold
from pigtrack.web.posted import Posted

SEEN = "seen"
"""The field that says which change of a course its form was made from."""


def seen_by(told: CourseTold, form: Posted | None, fault: Exception | None) -> str:
    """Return what a form that is shown (again) is made from.

    Only who was just told of another's change has seen it: after a slip of the pen the form goes on to say what it
    said, or saving it again would write over what came in between.
    """
    if form is None or isinstance(fault, MeanwhileError):
        return str(told.change)
    return (form.fields.get(SEEN) or [""])[-1]


def stands_otherwise(
    typed: Mapping[str, str], stands: Mapping[str, str], fault: Exception | None
) -> Mapping[str, str] | None:
    """Return, after another's change, what stands now where it is not what was typed, by field; None: there was none.

    Examples
    --------
    >>> stands_otherwise({"day": "2026-01-31", "note": "mine"}, {"day": "2026-01-31", "note": "theirs"}, None)
    >>> fault = MeanwhileError("Somebody changed it.", "See what is new.")
    >>> stands_otherwise({"day": "2026-01-31", "note": "mine"}, {"day": "2026-01-31", "note": "theirs"}, fault)
    {'note': 'theirs'}
    """
    if not isinstance(fault, MeanwhileError):
        return None
    return {name: now for name, now in stands.items() if typed.get(name, "").strip() != now.strip()}
