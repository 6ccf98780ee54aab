"""Photographs as programs send them: one at a time, under an id of the sender's own, as often as the network needs."""

import asyncio
import math
import threading
from dataclasses import dataclass, field
from datetime import date, timedelta
from tempfile import SpooledTemporaryFile
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.requests import ClientDisconnect

from pigtrack.errors import FormError, PhotographError, UnusableError
from pigtrack.model.quality import QualityCheck
from pigtrack.model.roles import Verb
from pigtrack.model.upload import Judgement, Upload, UploadState
from pigtrack.tracker.record.capturing import discard, keep, see_upload
from pigtrack.tracker.record.glancing import Glancing
from pigtrack.tracker.record.judging import Judging, told_name, unit_of
from pigtrack.tracker.record.receiving import Received, receive
from pigtrack.web.desk import desk_of
from pigtrack.web.guard import Asker, Needs
from pigtrack.web.schema import problems

router = APIRouter(prefix="/api/uploads", tags=["photographs"])

UploadId = Annotated[UUID, Path(description="Of the photograph: chosen by whoever sends it, the same each time.")]
Photographer = Annotated[Asker, Depends(Needs(Verb.RECORD))]

_IN_MEMORY = 1 << 20
"""Of a body that is coming in; the rest of it lies in a file without a name, gone with this process."""

_HIRING = threading.Lock()
_AT_ONCE = 3
"""Bodies that are sealed side by side: three of the largest take 0.8 GB."""

_WAIT_MOST_S = 20.0
_OTHER_ZONES = timedelta(days=1)
"""Somewhere it is tomorrow already."""

_TYPED = r"^[^\x00-\x1f\x7f]*$"
_CAPTURE = "x-capture-"
_FILE = {
    "required": True,
    "description": "The photograph's file as it is: JPEG, PNG, TIFF, HEIC or camera raw.",
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
}

PROBLEMS = problems(404, 409, 422)
_BODY = problems(400, 404, 409, 413, 422)


class CheckTold(BaseModel):
    """One check of a photograph."""

    name: str = Field(description="As `pigtrack check --json` calls it.")
    said: str = Field(description="What it is called on a page.")
    unit: str = Field(description="Of value and limit; empty: none.")
    value: float | None = Field(description="What was measured; null: there was nothing to measure.")
    limit: float | None = Field(description="From where it is worse than pass.")
    verdict: str = Field(description="pass, warn or reject.")
    remedy: str = Field(description="What to do at the camera.")


class VerdictTold(BaseModel):
    """What looking at a photograph came to."""

    verdict: str = Field(description="pass, warn or reject.")
    readable: bool = Field(description="False: it is no picture, and can't be kept.")
    compared: bool = Field(description="Whether it was held against the course's first photograph, too.")
    taken_on: date | None = Field(description="The day on the camera's clock; null: the file tells none.")
    checks: list[CheckTold]


class UploadTold(BaseModel):
    """A photograph that has arrived for good."""

    id: UUID
    course: UUID
    state: UploadState = Field(description="arrived: nobody decided yet; kept: part of the course; discarded.")
    bytes: int
    sha256: str
    media_type: str
    at: str = Field(description="When it arrived: UTC, ISO 8601.")
    session: int | None = Field(description="The visit that it was kept for.")
    name: str | None = Field(description="What the course calls it, once it is kept.")
    verdict: VerdictTold | None = Field(description="null: nobody looked at it yet; ask again.")


class Keep(BaseModel):
    """For which visit a photograph is kept."""

    day: date = Field(description="The visit's day.")
    after_procedure: bool = Field(False, description="Taken after that day's procedure: kept out of the trend.")
    skin_state: str | None = Field(
        None, max_length=60, pattern=_TYPED, description="Of the visit; null: as it was told, or clean."
    )
    reseated: bool = Field(True, description="Patient, card and camera were set up anew since the visit's last shot.")


class Discard(BaseModel):
    """Why a photograph is put aside."""

    reason: str = Field("", max_length=200, pattern=_TYPED)


@router.put(
    "/{upload}",
    openapi_extra={"requestBody": _FILE},
    response_model=UploadTold,
    status_code=201,
    responses={200: {"model": UploadTold}, **_BODY},
)
async def take_upload(
    request: Request,
    upload: UploadId,
    course: Annotated[UUID, Query(description="Of the course: its identifier.")],
    asker: Photographer,
    name: Annotated[str, Query(max_length=300, description="Heeded only for a camera's raw suffix.")] = "",
) -> Any:
    """Take a photograph in. The body is the file itself.

    The answer comes when it is on the disk for good. Sent again under the same id, it is there once, and the answer is
    the same. Headers ``X-Capture-…`` tell how it was taken.
    """
    about = {"course": str(course), "upload": str(upload), "name": name, "capture": _capture(request)}
    at_work = at_work_of(request)
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as body:
        await _fill(request, body)
        async with at_work.sealing:
            taken = await run_in_threadpool(_receive, asker, body, about)
    if taken.upload.judgement is None and taken.upload.state is UploadState.ARRIVED:
        at_work.judging.look(taken.upload.id, by=asker.who)
    return JSONResponse(_entries(taken.upload), status_code=201 if taken.news else 200)


def _receive(asker: Asker, body: Any, about: dict[str, Any]) -> Received:
    body.seek(0)
    try:
        return receive(photograph=body.read(), data=asker.record, by=asker.who, **about)
    except PhotographError as fault:  # not the record stands in the way, but what was sent
        raise FormError(fault.problem, fault.remedy) from fault


@router.get("/{upload}", response_model=UploadTold, responses=PROBLEMS)
async def show_upload(
    request: Request,
    upload: UploadId,
    asker: Photographer,
    wait: Annotated[float, Query(ge=0, le=_WAIT_MOST_S, description="Seconds to wait for the verdict.")] = 0.0,
) -> Any:
    """Tell what became of a photograph, and what was found when it was looked at."""
    return JSONResponse(_entries(await _judged(request, str(upload), asker, wait)))


@router.post("/{upload}/keep", response_model=UploadTold, responses=_BODY)
async def keep_upload(request: Request, upload: UploadId, told: Keep, asker: Photographer) -> Any:
    """Make a photograph part of its course, once it was looked at; the course is measured anew soon."""
    await _judged(request, str(upload), asker, _WAIT_MOST_S)
    return JSONResponse(_entries(await run_in_threadpool(keep_for, request, asker, str(upload), told)))


def keep_for(request: Request, asker: Asker, upload: str, told: Keep) -> Upload:
    """Keep a photograph for a visit, and have its course measured."""
    if told.day > date.today() + _OTHER_ZONES:
        raise FormError(f"{told.day.isoformat()} is yet to come.", "Choose the day of the visit.", field="day")
    visit = {**told.model_dump(), "skin_state": told.skin_state or None}
    kept = keep(upload=upload, data=asker.record, by=asker.who, **visit)
    background = desk_of(request).background
    if background is not None:
        background.measure_soon(kept.course)
    return kept


@router.post("/{upload}/discard", response_model=UploadTold, responses=_BODY)
def discard_upload(upload: UploadId, told: Discard, asker: Photographer) -> Any:
    """Put a photograph aside, to be taken again."""
    return JSONResponse(_entries(discard(upload=str(upload), reason=told.reason, data=asker.record, by=asker.who)))


@router.get("/{upload}/picture", response_class=Response, responses={200: {"content": {"image/jpeg": {}}}, **PROBLEMS})
def show_picture(request: Request, upload: UploadId, asker: Photographer) -> Any:
    """Show a photograph small, with nothing of what its file tells."""
    picture = at_work_of(request).judging.picture(str(upload), by=asker.who)
    return Response(picture, media_type="image/jpeg")


@dataclass(frozen=True, eq=False, slots=True)
class AtWork:
    """Who looks at photographs and live pictures, and how many bodies are sealed side by side."""

    judging: Judging
    glancing: Glancing
    sealing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))


def at_work_of(request: Request) -> AtWork:
    """Return who looks at photographs for the app that is asked; hired at the first."""
    state, desk = request.app.state, desk_of(request)
    with _HIRING:
        if not hasattr(state, "capture"):
            judging = Judging(desk.record, getattr(desk.background, "verdicts", None))
            state.capture = AtWork(judging, Glancing(desk.record, judging))
    at_work: AtWork = state.capture
    return at_work


async def _fill(request: Request, body: Any) -> None:
    """Write a body as it comes in; one that is broken off leaves nothing."""
    try:
        async for piece in request.stream():
            body.write(piece)
    except ClientDisconnect as fault:
        raise FormError("The photograph did not arrive whole.", "Send it again, under the same id.") from fault
    except OSError as fault:
        raise UnusableError(
            f"The temporary folder takes no more ({fault.strerror}).", "Free some space there."
        ) from fault


async def _judged(request: Request, upload: str, asker: Asker, wait: float) -> Upload:
    """Return a photograph, looked at if that is done in time."""
    known = await run_in_threadpool(see_upload, upload=upload, data=asker.record, by=asker.who)
    if known.judgement is not None or known.state is not UploadState.ARRIVED:
        return known
    outcome = at_work_of(request).judging.look(upload, by=asker.who)
    looked = asyncio.wrap_future(outcome)
    looked.add_done_callback(lambda done: done.cancelled() or done.exception())  # heard, though nobody waits any more
    done, _ = await asyncio.wait({looked}, timeout=wait)
    return done.pop().result() if done else known


def _capture(request: Request) -> dict[str, str]:
    told = ((key.lower(), value) for key, value in request.headers.items())
    return {key[len(_CAPTURE) :]: value for key, value in told if key.startswith(_CAPTURE)}


def _entries(upload: Upload) -> dict[str, Any]:
    names = ("id", "course", "state", "bytes", "sha256", "media_type", "at", "session", "name")
    judgement = upload.judgement
    return {**{name: getattr(upload, name) for name in names}, "verdict": judgement and _verdict(judgement)}


def _verdict(judgement: Judgement) -> dict[str, Any]:
    taken = judgement.taken_on and judgement.taken_on.isoformat()
    told = {"readable": judgement.is_readable, "compared": judgement.compared, "taken_on": taken}
    return {"verdict": judgement.verdict, **told, "checks": [_check(each) for each in judgement.checks]}


def _check(check: QualityCheck) -> dict[str, Any]:
    figures = {"value": _finite(check.value), "limit": _finite(check.limit)}
    words = {"said": told_name(check), "unit": unit_of(check), "verdict": check.verdict, "remedy": check.remedy}
    return {"name": check.name, **words, **figures}


def _finite(value: float | None) -> float | None:
    """Return a value that JSON can hold."""
    return value if value is not None and math.isfinite(value) else None
