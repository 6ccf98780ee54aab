"""Checks of the record from a page: begun, watched, and what the last one came to."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse

from pigtrack.errors import FormError
from pigtrack.model.errand import ErrandKind
from pigtrack.model.roles import Verb
from pigtrack.web.errands import errands_of, show_part
from pigtrack.web.guard import Asker, Needs
from pigtrack.web.pages import render
from pigtrack.web.posted import Posted, read_form

router = APIRouter(include_in_schema=False)

_SEE_OTHER = 303
_DIGEST_LETTERS = 64

REMEDIES = {
    "database": "Keep the record’s files as they are, and restore a backup to another place: pigtrack restore.",
    "trail": "Compare with the digest that you noted elsewhere, and with a backup. Ask who could write to the machine.",
    "rows": "A row was changed by another hand than pigtrack’s. Restore a backup to another place and compare.",
    "measurements": "Numbers were changed after they were measured. Restore a backup, or measure the course again.",
    "originals": "Put the photograph back from a backup of the folder of originals.",
    "signatures": "What was signed is not what stands there. Have it looked at and signed again.",
    "time stamps": "Compare with the copy that the authority or you kept.",
    "numbers": "Measured again, the photographs give other numbers. Have the course looked at before it is used.",
}
"""What to do, by the part of the record that a mismatch is in."""


@router.get("/checks")
def show_checks(request: Request, asker: Annotated[Asker, Depends(Needs(Verb.VERIFY))]) -> Any:
    """Show what the last check came to, and offer another."""
    return _page(request, asker)


@router.post("/checks")
def begin_check(
    request: Request,
    asker: Annotated[Asker, Depends(Needs(Verb.VERIFY))],
    form: Annotated[Posted, Depends(read_form)],
) -> Any:
    """Have the record checked."""
    head, recompute = form.text("head", required=False, most=100).lower(), form.flag("recompute")
    if head and (len(head) != _DIGEST_LETTERS or set(head) - set("0123456789abcdef")):
        wrong = FormError("This is no digest of an entry.", "It has 64 digits and letters from a to f.", field="head")
        return _page(request, asker, status=422, fault=wrong, head=head, recompute=recompute)
    words = "Check of the record" + (", every number measured again." if recompute else ".")
    asked = {"head": head, "recompute": recompute}
    errands_of(request).begin(ErrandKind.CHECK, by=asker.who, words=words, asked=asked)
    return RedirectResponse("/checks", status_code=_SEE_OTHER)


@router.get("/checks/work")
def show_check_work(request: Request, asker: Annotated[Asker, Depends(Needs(Verb.VERIFY))]) -> Any:
    """Give the part of the page that tells how far the check is."""
    return show_part(request, asker, errands_of(request).going_on(ErrandKind.CHECK), "/checks/work")


def _page(request: Request, asker: Asker, *, status: int = 200, **typed: Any) -> Any:
    errands = errands_of(request)
    values = {
        "last": errands.last(ErrandKind.CHECK, by=asker.who),
        "errand": errands.going_on(ErrandKind.CHECK),
        "failed": errands.failed(ErrandKind.CHECK),
        "remedies": REMEDIES,
        "at": "/checks/work",
    }
    return render(
        request,
        "checks.html",
        asker,
        status=status,
        **values,
        **{"fault": None, "head": "", "recompute": False, **typed},
    )
