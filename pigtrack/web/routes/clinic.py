"""The clinic over time: what changes its photographs could show, its cards, their quality; and courses side by side."""

import base64
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from pigtrack.errors import FormError, UnknownError
from pigtrack.model.cohort import Factor
from pigtrack.model.course import Endpoint, Mode
from pigtrack.model.errand import Errand, ErrandKind
from pigtrack.model.roles import Verb
from pigtrack.web.errands import errands_of, show_part
from pigtrack.web.guard import Asker, Needs
from pigtrack.web.month_chart import MonthChart, lay_out
from pigtrack.web.pages import render
from pigtrack.web.posted import Posted, read_form

router = APIRouter(include_in_schema=False)

_SEE_OTHER = 303
_PAGE_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox"
_CARD_CHECKS = {
    "calibration_loo_mean": "Error of the patches, each told from the others (ΔE00)",
    "card_drift": "How far patches moved since the baseline of their course",
}
_TOLD_MODES = {"spots": "Spots", "field": "A field, as melasma"}
_TOLD_ENDPOINTS = {"load": "Pigment load", "area": "Area", "contrast": "Contrast"}


@router.get("/clinic")
def show_clinic(request: Request, asker: Annotated[Asker, Depends(Needs(Verb.VERIFY))]) -> Any:
    """Show the clinic over time, as the last count has it."""
    errands = errands_of(request)
    last = errands.last(ErrandKind.CLINIC, by=asker.who)
    values: dict[str, Any] = {
        "errand": errands.going_on(ErrandKind.CLINIC),
        "failed": errands.failed(ErrandKind.CLINIC),
        "at": "/clinic/work",
        "last": last,
        "series": () if last is None else tuple(_detectable(last)),
        "repeats": () if last is None else tuple(_repeats(last)),
        "cards": () if last is None else tuple(_cards(last)),
    }
    return render(request, "clinic.html", asker, **values)


@router.post("/clinic/checks")
def begin_count(request: Request, asker: Annotated[Asker, Depends(Needs(Verb.VERIFY))]) -> Any:
    """Have the clinic's photographs counted anew."""
    errands_of(request).begin(ErrandKind.CLINIC, by=asker.who, words="The clinic’s photographs, month by month.")
    return RedirectResponse("/clinic", status_code=_SEE_OTHER)


@router.get("/clinic/work")
def show_clinic_work(request: Request, asker: Annotated[Asker, Depends(Needs(Verb.VERIFY))]) -> Any:
    """Give the part of the page that tells how far the count is."""
    return show_part(request, asker, errands_of(request).going_on(ErrandKind.CLINIC), "/clinic/work")


@router.get("/clinic/cohort")
def show_cohort(request: Request, asker: Annotated[Asker, Depends(Needs(Verb.VERIFY))]) -> Any:
    """Show courses side by side, as they were compared last."""
    return _cohort_page(request, asker)


@router.post("/clinic/cohort/checks")
def begin_cohort(
    request: Request,
    asker: Annotated[Asker, Depends(Needs(Verb.VERIFY))],
    form: Annotated[Posted, Depends(read_form)],
) -> Any:
    """Have courses put side by side."""
    try:
        factor = form.choice("factor", tuple(Factor), default=Factor.PRODUCT.value)
        endpoint = form.choice("endpoint", tuple(Endpoint), default=Endpoint.LOAD.value)
        mode = form.choice("mode", tuple(Mode), default=Mode.SPOTS.value)
    except FormError as fault:
        return _cohort_page(request, asker, status=422, fault=fault)
    mixed = form.flag("mix_versions")
    compared = f"{_TOLD_ENDPOINTS[endpoint].lower()} by {factor.replace('_', ' ')}"
    words = f"{_TOLD_MODES[mode]}: {compared}{', versions mixed' if mixed else ''}."
    asked = {"factor": factor, "endpoint": endpoint, "mode": mode, "mix_versions": mixed}
    errands_of(request).begin(ErrandKind.COHORT, by=asker.who, words=words, asked=asked)
    return RedirectResponse("/clinic/cohort", status_code=_SEE_OTHER)


@router.get("/clinic/cohort/work")
def show_cohort_work(request: Request, asker: Annotated[Asker, Depends(Needs(Verb.VERIFY))]) -> Any:
    """Give the part of the page that tells how far the comparison is."""
    return show_part(request, asker, errands_of(request).going_on(ErrandKind.COHORT), "/clinic/cohort/work")


@router.get("/clinic/cohort/chart.svg")
def show_cohort_chart(request: Request, asker: Annotated[Asker, Depends(Needs(Verb.VERIFY))]) -> Any:
    """Give the chart of the last comparison."""
    picture = base64.b64decode(_compared(request, asker).result["chart"])
    return Response(picture, media_type="image/svg+xml", headers={"Cache-Control": "private, no-store"})


@router.get("/clinic/cohort/page")
def take_cohort_page(request: Request, asker: Annotated[Asker, Depends(Needs(Verb.VERIFY))]) -> Any:
    """Give the page of the last comparison as a file."""
    headers = {
        "Content-Disposition": 'attachment; filename="cohort.html"',
        "Content-Security-Policy": _PAGE_POLICY,
        "Cache-Control": "private, no-store",
    }
    return Response(_compared(request, asker).result["page"], media_type="text/html; charset=utf-8", headers=headers)


def _compared(request: Request, asker: Asker) -> Errand:
    last = errands_of(request).last(ErrandKind.COHORT, by=asker.who)
    if last is None:
        raise UnknownError("No courses were compared yet.", "Compare them on the page before.")
    return last


def _cohort_page(request: Request, asker: Asker, *, status: int = 200, fault: FormError | None = None) -> Any:
    errands = errands_of(request)
    values = {
        "errand": errands.going_on(ErrandKind.COHORT),
        "failed": errands.failed(ErrandKind.COHORT),
        "last": errands.last(ErrandKind.COHORT, by=asker.who),
        "at": "/clinic/cohort/work",
        "fault": fault,
        "factors": [(each.value, each.value.replace("_", " ").capitalize()) for each in Factor],
        "endpoints": list(_TOLD_ENDPOINTS.items()),
        "modes": [(each.value, _TOLD_MODES[each.value]) for each in Mode],
    }
    return render(request, "cohort_page.html", asker, status=status, **values)


def _detectable(last: Errand) -> Iterator[tuple[str, str, MonthChart, list[dict[str, Any]]]]:
    """Yield endpoint, by how many shots, chart and rows of the smallest change that sessions could show."""
    rows = last.result["detectable"]
    for endpoint in ("load", "area", "contrast"):
        for shots in ("one", "several"):
            chosen = [row for row in rows if row["endpoint"] == endpoint and row["shots"] == shots]
            if chosen:
                told = f"Smallest change of {endpoint} that could be shown, percent, by month"
                yield endpoint, shots, lay_out(chosen, told=told), chosen


def _repeats(last: Errand) -> Iterator[tuple[str, str, MonthChart | None, list[dict[str, Any]]]]:
    """Yield endpoint, kind of replicates, chart and rows of how far shots of one session scatter.

    None in place of the chart: no month has enough sessions. A count that an earlier version left tells nothing of it.
    """
    rows = last.result.get("repeats", [])
    for kind, endpoint in sorted({(row["kind"], row["endpoint"]) for row in rows}):
        chosen = [row for row in rows if (row["kind"], row["endpoint"]) == (kind, endpoint)]
        drawn = [row for row in chosen if row["median"] is not None and row["month"] != "all"]
        told = f"How far shots of one session scatter in {endpoint}, percent, by month"
        yield endpoint, kind, lay_out(drawn, told=told) if drawn else None, chosen


def _cards(last: Errand) -> Iterator[tuple[str, str, float, MonthChart, list[dict[str, Any]]]]:
    """Yield card, what is told of it, the limit, chart and rows."""
    rows, limits = last.result["cards"], last.result["card_limits"]
    for card, check in sorted({(row["card"], row["check"]) for row in rows}):
        chosen = [row for row in rows if (row["card"], row["check"]) == (card, check)]
        told = f"{_CARD_CHECKS[check]}, {card}, by month"
        yield card, _CARD_CHECKS[check], limits[check], lay_out(chosen, told=told, limit=limits[check]), chosen
