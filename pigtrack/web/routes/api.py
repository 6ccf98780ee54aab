"""The record for programs: the same that the pages show, as JSON, to whoever is signed in."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Security
from fastapi.responses import JSONResponse
from fastapi.security import APIKeyCookie

from pigtrack.model.roles import Verb
from pigtrack.tracker.record.browsing import Which, browse, label_of
from pigtrack.tracker.record.lesion_rows import read_lesions
from pigtrack.tracker.record.looking import look_at_course
from pigtrack.web.api_models import (
    CourseList,
    CourseTold,
    LesionTable,
    Me,
    WorkList,
    tell_asker,
    tell_line,
    tell_series,
    tell_work,
)
from pigtrack.web.desk import desk_of
from pigtrack.web.guard import Asker, Needs
from pigtrack.web.routes.course import CourseId
from pigtrack.web.schema import problems, schema_of

_COOKIE = APIKeyCookie(
    name="pigtrack",
    auto_error=False,
    description="The cookie that signing in at /sign-in gives; under TLS it is called __Host-pigtrack.",
)

router = APIRouter(prefix="/api", dependencies=[Security(_COOKIE)])

Anyone = Annotated[Asker, Depends(Needs(Verb.VIEW))]
Words = Annotated[str, Query(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$", description="In label, patient or site.")]
Version = Annotated[int | None, Query(ge=1, le=1_000_000, description="Number of a measurement; else its own.")]


@router.get("/me", responses=problems())
def tell_me(asker: Anyone) -> Me:
    """Return who asks, what they may do, and the token that requests which change must bring."""
    return tell_asker(asker)


@router.get("/courses", responses=problems(422))
def tell_courses(
    asker: Anyone,
    search: Words = "",
    which: Which = Which.ALL,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    size: Annotated[int, Query(ge=1, le=200, description="Courses a page.")] = 50,
) -> CourseList:
    """Return a page of the courses; due are open ones whose next session may be today, overdue those past it."""
    skip = (page - 1) * size
    found = browse(record=asker.record, by=asker.who, which=which, search=search.strip(), skip=skip, most=size)
    pages = max(1, -(-found.found // size))
    return CourseList(found=found.found, page=page, pages=pages, courses=[tell_line(each) for each in found.lines])


@router.get("/courses/{course}", responses=problems(404, 409, 422))
def tell_course(course: CourseId, asker: Anyone, version: Version = None) -> CourseTold:
    """Return a course through its sessions: values with units and uncertainty, verdicts, versions, signatures."""
    label = label_of(record=asker.record, course=str(course))
    return tell_series(look_at_course(label=label, data=asker.record, by=asker.who, measurement=version))


@router.get("/courses/{course}/lesions", responses=problems(404, 409, 422))
def tell_lesions(course: CourseId, asker: Anyone, version: Version = None) -> LesionTable:
    """Return the lesions of a course, a row for each in each session."""
    label = label_of(record=asker.record, course=str(course))
    rows = read_lesions(label=label, data=asker.record, by=asker.who, measurement=version)
    columns = list(rows[0]) if rows else []
    return LesionTable(
        course=str(course), columns=columns, rows=[[row[name] or None for name in columns] for row in rows]
    )


@router.get("/work", responses=problems())
def tell_all_work(request: Request, asker: Anyone) -> WorkList:
    """Return what is being measured and drawn, what waits, and what failed; empty: all is done."""
    background = desk_of(request).background
    return tell_work({} if background is None else background.all_work())


@router.get("/openapi.json", include_in_schema=False)
def tell_schema(request: Request, asker: Anyone) -> Any:
    """Return the API's own schema."""
    return JSONResponse(schema_of(request.app))
