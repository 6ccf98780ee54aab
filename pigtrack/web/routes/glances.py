"""Live pictures of the camera's page: each looked at once, within a moment or not at all, and stored nowhere."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from pigtrack.errors import FormError, PhotographError
from pigtrack.model.framing import Glimpse, HintKind
from pigtrack.model.roles import Verb
from pigtrack.tracker.record.glancing import FRAME_BYTES_MOST
from pigtrack.web.guard import Asker, Needs
from pigtrack.web.rates import rates_of, refuse_hasty
from pigtrack.web.routes.course import CourseId
from pigtrack.web.routes.uploads import at_work_of
from pigtrack.web.schema import problems

router = APIRouter(prefix="/api/courses", tags=["photographs"])

Photographer = Annotated[Asker, Depends(Needs(Verb.RECORD))]

_JPEG = b"\xff\xd8\xff"
_FAR = 1e6
"""Stands for what has no measure: JSON knows no infinity."""

_FRAME = {
    "required": True,
    "description": "A small picture: JPEG, up to 512 kB and 1280 pixels a side; 800 are enough.",
    "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
}


class HintTold(BaseModel):
    """One thing that could be better."""

    kind: HintKind
    said: str = Field(description="What to do about it: one sentence.")
    size: float = Field(description="How far it is off, as a multiple of what is let pass; above 1: worth saying.")


class SeenTold(BaseModel):
    """What was seen in a live picture."""

    card: list[tuple[float, float]] = Field(description="Its corners as shares of width and height; empty: none.")
    hints: list[HintTold] = Field(description="The most important first.")
    compared: bool = Field(description="Whether it was held against the course's first photograph.")


class GlanceTold(BaseModel):
    """What came of a live picture."""

    seen: SeenTold | None = Field(description="null: nobody had time for it; send another one a little later.")


@router.post(
    "/{course}/glance",
    openapi_extra={"requestBody": _FRAME},
    response_model=GlanceTold,
    responses=problems(400, 404, 409, 413, 422),
)
async def glance(
    request: Request,
    course: CourseId,
    asker: Photographer,
    width: Annotated[
        int | None, Query(ge=1, le=100_000, description="Longer side of the photograph that would be taken now, px.")
    ] = None,
) -> Any:
    """Tell how a live picture is framed. The body is a small JPEG: looked at once, stored and logged nowhere.

    Where a photograph is to be looked at, the answer is at once that there was no time: its verdict goes first.
    """
    refuse_hasty(rates_of(request).glances, asker.form_token, "More live pictures were sent than are looked at.")
    frame, looking = await _frame(request), at_work_of(request).glancing
    try:
        seen = await run_in_threadpool(looking.glance, str(course), frame, width_px=width, by=asker.who)
    except PhotographError as fault:  # not the record stands in the way, but what was sent
        raise FormError(fault.problem, fault.remedy) from fault
    return JSONResponse({"seen": None if seen is None else _told(seen)})


async def _frame(request: Request) -> bytes:
    """Read a live picture, as far as one may be large."""
    frame = bytearray()
    async for piece in request.stream():
        frame += piece
        if len(frame) > FRAME_BYTES_MOST:
            raise FormError("The live picture is too large.", f"Send up to {FRAME_BYTES_MOST // 1024} kB.")
    if not frame.startswith(_JPEG):
        raise FormError("The live picture is no JPEG.", "Send a JPEG.")
    return bytes(frame)


def _told(seen: Glimpse) -> dict[str, Any]:
    hints = [{"kind": each.kind, "said": each.said, "size": min(each.size, _FAR)} for each in seen.hints]
    return {"card": seen.card, "hints": hints, "compared": seen.compared}
