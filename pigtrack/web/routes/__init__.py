"""What can be asked for, a module a chapter; each names its router here."""

from fastapi import APIRouter

from pigtrack.web.routes import (
    about,
    api,
    capture,
    checks,
    clinic,
    corrections,
    course,
    course_new,
    courses,
    exports,
    glances,
    links,
    patient,
    people,
    pictures,
    review,
    signing,
    signing_in,
    trail,
    uploads,
    visits,
)

ROUTERS: tuple[APIRouter, ...] = (
    signing_in.router,
    courses.router,
    course_new.router,
    course.router,
    pictures.router,
    about.router,
    visits.router,
    people.router,
    api.router,
    links.router,
    patient.router,
    capture.router,
    uploads.router,
    glances.router,
    review.router,
    corrections.router,
    signing.router,
    trail.router,
    checks.router,
    exports.router,
    clinic.router,
)
"""In the order in which they are asked."""
