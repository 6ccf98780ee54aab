"""The tables of the record as they stand now; `migrations` tells how they came to be.

``content`` columns hold TOML text sealed with the subject's key: all that is words or days. What stands beside them in
plain columns is for searching; the personal ones of these are blanked when a patient's key is destroyed.
"""

from pigtrack.store.record.tables.chain import meta, time_stamps, trail
from pigtrack.store.record.tables.columns import metadata
from pigtrack.store.record.tables.courses import (
    adverse_events,
    course_files,
    courses,
    notes,
    photographs,
    screens,
    sessions,
    treatments,
    uploads,
)
from pigtrack.store.record.tables.measured import (
    corrections,
    jobs,
    lesion_rows,
    measurements,
    photo_rows,
    reviews,
    session_rows,
    shot_values,
    sign_offs,
)
from pigtrack.store.record.tables.patients import consents, patient_links, subject_keys, subjects
from pigtrack.store.record.tables.people import users, web_sessions

ENTITIES = (
    *(users, subjects, consents, courses, sessions, photographs, course_files, treatments, adverse_events, screens),
    *(reviews, corrections, measurements, sign_offs, patient_links, uploads, notes),
)
"""Tables whose every row the trail vouches for, by the digest of the row as it was last written."""

KEPT = (trail, measurements, session_rows, lesion_rows, photo_rows, shot_values, sign_offs, time_stamps)
"""Tables in which rows are only added; the database refuses to change or take away any."""


__all__ = [
    "ENTITIES",
    "KEPT",
    "adverse_events",
    "consents",
    "corrections",
    "course_files",
    "courses",
    "jobs",
    "lesion_rows",
    "measurements",
    "meta",
    "metadata",
    "notes",
    "patient_links",
    "photo_rows",
    "photographs",
    "reviews",
    "screens",
    "session_rows",
    "sessions",
    "shot_values",
    "sign_offs",
    "subject_keys",
    "subjects",
    "time_stamps",
    "trail",
    "treatments",
    "uploads",
    "users",
    "web_sessions",
]
