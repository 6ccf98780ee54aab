"""What can be asked for, a module a chapter; each names its router here."""

from fastapi import APIRouter

from pigtrack.web.routes import api, course, courses, people, signing_in

ROUTERS: tuple[APIRouter, ...] = (signing_in.router, courses.router, course.router, people.router, api.router)
"""In the order in which they are asked."""
