"""The trail: who did what and when, newest first, searched and taken along."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse

from pigtrack.errors import FormError, PigtrackError
from pigtrack.model.roles import Verb
from pigtrack.model.trail import OpenedEntry
from pigtrack.model.trail_words import detail_lines, told_action
from pigtrack.tracker.record.trailing import Wanted, trail_of, trail_page
from pigtrack.web.guard import Asker, Needs
from pigtrack.web.pages import render
from pigtrack.web.posted import Posted, read_query
from pigtrack.web.problems import status_of

router = APIRouter(include_in_schema=False)

A_PAGE = 50
ACTIONS = (
    *("create", "change", "view", "measure", "reprocess", "sign", "keep", "discard", "withdraw", "open", "close"),
    *("judge", "refuse", "export", "verify", "stamp", "backup", "restore", "erase", "sign in", "sign out", "upgrade"),
)
"""What can be asked for; the trail may hold others, which are found by whom and when."""

_FIELDS = ("course", "subject", "actor", "action", "since", "until")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@router.get("/trail")
def show_trail(
    request: Request,
    asker: Annotated[Asker, Depends(Needs(Verb.VERIFY))],
    query: Annotated[Posted, Depends(read_query)],
) -> Any:
    """Show a page of the trail; looks are among it where they, or a kind of entry, are asked for."""
    typed = {name: (query.fields.get(name) or [""])[-1][:100] for name in _FIELDS}
    looks = query.flag("looks")
    before = query.number("before", least=1, most=10**12, default=10**12)
    fault: PigtrackError | None = None
    try:
        wanted = read_wanted(query)
        wanted = replace(wanted, looks=looks or wanted.action is not None)
    except FormError as wrong:
        wanted, fault = Wanted(), wrong
    try:
        page = None if fault else trail_page(wanted=wanted, before=before, most=A_PAGE, data=asker.record, by=asker.who)
    except PigtrackError as wrong:
        page, fault = None, wrong
    shown = [] if page is None else [(each, told_action(each), list(detail_lines(each))) for each in page.entries]
    filled = {name: value for name, value in typed.items() if value}
    values = {
        **{"page": page, "shown": shown, "typed": {**typed, "looks": looks}, "actions": ACTIONS, "fault": fault},
        "asked": urlencode({**filled, **({"looks": "1"} if looks else {})}),
        "file_asked": urlencode({**filled, "looks": str(int(wanted.looks))}),
        "left_out": not wanted.looks,
    }
    return render(request, "trail.html", asker, status=200 if fault is None else status_of(fault), **values)


@router.get("/trail/entries.{kind}")
def take_trail(
    kind: str, asker: Annotated[Asker, Depends(Needs(Verb.VERIFY))], query: Annotated[Posted, Depends(read_query)]
) -> Any:
    """Give all chosen entries as a file, oldest first: CSV for people, JSON lines for programs.

    Looks are left out only where ``looks=0`` is asked for: nobody is to miss them in a file without knowing it.
    """
    if kind not in ("csv", "jsonl"):
        raise FormError("The trail is given as csv or jsonl.", "Ask for one of the two.")
    looks = query.choice("looks", ("0", "1"), default="1") == "1"
    wanted = replace(read_wanted(query), looks=looks)
    entries = _entries(wanted, asker)
    first = next(entries, None)  # a course that is not there is told before the answer begins
    lines = _csv_lines(first, entries) if kind == "csv" else _json_lines(first, entries)
    media = "text/csv; charset=utf-8" if kind == "csv" else "application/x-ndjson"
    headers = {"Content-Disposition": f'attachment; filename="trail.{kind}"', "Cache-Control": "no-store"}
    return StreamingResponse(lines, media_type=media, headers=headers)


def read_wanted(query: Posted) -> Wanted:
    """Return which entries a query asks for.

    Raises
    ------
    FormError
        If a day is none, or the days are the wrong way round.
    """
    course, subject, actor, action = (
        query.text(name, required=False, most=100) or None for name in ("course", "subject", "actor", "action")
    )
    since, until = query.day("since", required=False), query.day("until", required=False)
    if since is not None and until is not None and until < since:
        raise FormError("The last day lies before the first.", "Exchange the two.", field="until")
    return Wanted(course=course, subject=subject, since=since, until=until, actor=actor, action=action)


def _entries(wanted: Wanted, asker: Asker) -> Iterator[OpenedEntry]:
    with trail_of(wanted=wanted, data=asker.record, by=asker.who) as entries:
        yield from entries


def _all(first: OpenedEntry | None, rest: Iterator[OpenedEntry]) -> Iterator[OpenedEntry]:
    if first is not None:
        yield first
        yield from rest


def _json_lines(first: OpenedEntry | None, rest: Iterator[OpenedEntry]) -> Iterator[str]:
    for each in _all(first, rest):
        told = {**each.body, "hash": each.hash, "sealed": each.sealed.value, "words": each.words}
        yield json.dumps(told, ensure_ascii=False) + "\n"


def _csv_lines(first: OpenedEntry | None, rest: Iterator[OpenedEntry]) -> Iterator[str]:
    yield _line(("seq", "at", "actor", "role", "via", "action", "entity", "id", "course", "told", "hash"))
    for each in _all(first, rest):
        body = each.body
        plain = [body.get(name) for name in ("at", "actor", "role", "via", "action", "entity", "id")]
        yield _line((each.seq, *plain, each.label, "\n".join(detail_lines(each)), each.hash))


def _line(cells: tuple[Any, ...]) -> str:
    """Return a line of CSV; a cell that a spreadsheet would take for a formula begins with an apostrophe."""
    text = ["" if each is None else str(each) for each in cells]
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow([f"'{each}" if each.startswith(_FORMULA) else each for each in text])
    return line.getvalue()
