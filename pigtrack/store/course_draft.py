"""The course.toml that `pigtrack init` writes to be filled in."""

import json

from pigtrack.model.course import Course, day_of


def write_course_text(course: Course) -> str:
    """Return the text of a course.toml for a course without one: what is known filled in, the rest to uncomment."""
    blocks = [_HEAD.format(id=_toml_text(course.id), card=_toml_text(course.card))]
    for session in course.sessions:
        photos = ", ".join(map(_toml_text, session.photos))
        day = day_of(session)
        dated = (
            f"date = {day}" if day else "# date = 2026-01-11               # the photograph carries none: fill it in"
        )
        blocks.append(f"[[session]]\n{dated}\nphotos = [{photos}]\n{_SESSION_TAIL.format(day=day or '2026-01-11')}")
    return "\n".join(blocks)


def _toml_text(text: str) -> str:
    """Return a basic TOML string; JSON's escapes are TOML's, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


_HEAD = """\
# One course: one subject, one site, one view. Lines that begin with # are to be filled in or left out.

[course]
id = {id}
# subject = "P-0007"                # a pseudonym, never a name
# site = "left cheek"
# diagnosis = "solar lentigo"       # as assessed by a professional
# cause = "sun"
# depth = "moderate"
# skin_type = "II"
# protocol = "dark-spot-mesotherapy" # a name of 'pigtrack protocols', or a file of your own beside this one
# patient_language = "en"           # of what the patient is given to read: en or de
mode = "spots"                      # what is outlined: single spots
primary = "load"                    # the one endpoint the verdict rests on: load, area or contrast
card = {card}
# card_patch_pitch_mm = 9.0         # from patch centre to patch centre, where the card's file does not say
# Polygons are [x, y] in upright pixels of the first photograph.
# region = [[310, 220], [1800, 240], [1750, 1500], [300, 1450]]    # the treated skin
# control = [[2100, 300], [2400, 300], [2400, 700], [2100, 700]]   # untreated skin
# exclude = [[[900, 400], [990, 400], [990, 500]]]                 # moles, tattoos, scars

# The questions before the course, by the names in its protocol; a yes needs a reason, and stands in the report.
# [screen]
# diabetes = "no"
# pregnancy = "no"
# signed_by = "staff-1"             # a pseudonym
# signed_on = 2026-01-08
# reason = "…"
"""

_SESSION_TAIL = """\
# treatment = {{ technique = "manual injection", product = "…", ingredients = ["…"], dose = 2.0, dose_unit = "ml" }}
# adverse_events = [{{ kind = "bruise", date = {day}, severity = "mild", outcome = "resolved" }}]
# after_procedure = false           # true: photographed after the procedure of that day
# skin_state = "clean"              # clean, make-up, sunscreen, self-tanner, tanned, bruised
"""
