"""What goes on with a course while somebody looks at it, and having drawn what is missing."""

from fastapi import Request

from pigtrack.model.work import Work
from pigtrack.web.desk import desk_of


def work_on(request: Request, course: str, *, drawn: bool) -> Work | None:
    """Return what is being done with a course.

    Parameters
    ----------
    drawn : bool
        Whether it has its pictures, or nothing to be drawn; if not, they are drawn now.
    """
    background = desk_of(request).background
    if background is None:
        return None
    if not drawn:
        background.draw_soon(course)
    found: Work | None = background.work_of(course)
    return found
