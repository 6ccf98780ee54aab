"""Exports: what is asked for is shown before it is made, made in the background, and taken by who asked for it."""

from collections.abc import Iterator
from typing import Annotated, Any, BinaryIO

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import RedirectResponse, StreamingResponse

from pigtrack.errors import PigtrackError
from pigtrack.model.errand import ErrandKind
from pigtrack.model.exporting import ExportChoice, ExportFormat
from pigtrack.model.record import Purpose
from pigtrack.model.roles import Verb
from pigtrack.tracker.record.choosing import notes_on, preview_export
from pigtrack.web.errands import errands_of, show_part
from pigtrack.web.export_forms import FORMATS, command_of, missing_extra, read_choice, tell_choice
from pigtrack.web.guard import Asker, Needs
from pigtrack.web.pages import render
from pigtrack.web.posted import Posted, read_form, read_query
from pigtrack.web.problems import status_of

router = APIRouter(include_in_schema=False)

ExportUid = Annotated[str, Path(pattern="^[A-Za-z0-9_-]{10,40}$", description="Of the export.")]
_SEE_OTHER = 303
_AT_ONCE = 1 << 18
_FIELDS = (
    *("format", "courses", "purpose", "since", "until", "measurement", "versions", "up_to"),
    *("offsets", "without_originals", "without_pages"),
)


@router.get("/exports")
def show_exports(
    request: Request,
    asker: Annotated[Asker, Depends(Needs(Verb.EXPORT))],
    query: Annotated[Posted, Depends(read_query)],
) -> Any:
    """Show the form; with a query, what would go out."""
    if not query.many("format"):
        return _page(request, asker, query)
    try:
        choice = read_choice(query)
        chosen = preview_export(choice=choice, data=asker.record, by=asker.who)
    except PigtrackError as fault:
        return _page(request, asker, query, fault=fault)
    shown = {"courses": len(chosen.courses), "measurements": len(chosen.measurements), "notes": notes_on(chosen)}
    return _page(request, asker, query, choice=choice, shown=shown)


@router.post("/exports")
def begin_export(
    request: Request,
    asker: Annotated[Asker, Depends(Needs(Verb.EXPORT))],
    form: Annotated[Posted, Depends(read_form)],
) -> Any:
    """Have an export made."""
    try:
        choice = read_choice(form)
        preview_export(choice=choice, data=asker.record, by=asker.who)
        words = tell_choice(choice)
        errand = errands_of(request).begin(ErrandKind.EXPORT, by=asker.who, words=words, asked=choice)
    except PigtrackError as fault:
        return _page(request, asker, form, fault=fault)
    return RedirectResponse(f"/exports/{errand.uid}", status_code=_SEE_OTHER)


@router.get("/exports/{uid}")
def show_export(request: Request, uid: ExportUid, asker: Annotated[Asker, Depends(Needs(Verb.EXPORT))]) -> Any:
    """Show how far an export is, and what came of it."""
    errand = errands_of(request).of(uid, by=asker.who)
    return render(request, "exports_one.html", asker, errand=errand, at=f"/exports/{uid}/work")


@router.get("/exports/{uid}/work")
def show_export_work(request: Request, uid: ExportUid, asker: Annotated[Asker, Depends(Needs(Verb.EXPORT))]) -> Any:
    """Give the part of the page that tells how far it is."""
    return show_part(request, asker, errands_of(request).of(uid, by=asker.who), f"/exports/{uid}/work")


@router.get("/exports/{uid}/file")
def take_export(request: Request, uid: ExportUid, asker: Annotated[Asker, Depends(Needs(Verb.EXPORT))]) -> Any:
    """Give the file to who asked for it."""
    errands = errands_of(request)
    errand = errands.of(uid, by=asker.who)
    file = errands.take(uid, by=asker.who)
    headers = {
        "Content-Disposition": f'attachment; filename="{errand.result["name"]}"',
        "Content-Length": str(errand.result["bytes"]),
        "Cache-Control": "private, no-store",
    }
    return StreamingResponse(_pieces(file), media_type="application/zip", headers=headers)


@router.post("/exports/{uid}/remove")
def remove_export(request: Request, uid: ExportUid, asker: Annotated[Asker, Depends(Needs(Verb.EXPORT))]) -> Any:
    """Remove a file that was made."""
    errands_of(request).drop(uid, by=asker.who)
    return RedirectResponse("/exports", status_code=_SEE_OTHER)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(_AT_ONCE):
            yield piece


def _page(
    request: Request,
    asker: Asker,
    typed: Posted,
    *,
    fault: PigtrackError | None = None,
    choice: ExportChoice | None = None,
    shown: dict[str, Any] | None = None,
) -> Any:
    """Show the form with what was typed."""
    values = {name: (typed.fields.get(name) or [""])[-1][:2000] for name in _FIELDS}
    formats = [(each.value, *FORMATS[each][:2], missing_extra(each)) for each in ExportFormat]
    asked = {} if choice is None else {"words": tell_choice(choice), "command": command_of(choice)}
    return render(
        request,
        "exports.html",
        asker,
        status=200 if fault is None else status_of(fault),
        typed=values,
        formats=formats,
        purposes=[(each.value, each.value) for each in Purpose],
        mine=errands_of(request).asked_by(asker.who, ErrandKind.EXPORT),
        fault=fault,
        asked=asked,
        shown=shown,
    )
