"""Commands that correct a recorded course by hand, and that let somebody look without knowing the order."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pigtrack.cli.door import app
from pigtrack.cli.record import By, Data
from pigtrack.cli.shown import one_line, progress

if TYPE_CHECKING:
    from pigtrack.tracker.record.correcting import CorrectedRecord


class What(StrEnum):
    """What may be asked of `correct`."""

    LIST = "list"
    EXCLUDE = "exclude"
    MERGE = "merge"
    SPLIT = "split"
    OUTLINE = "outline"
    REGION = "region"
    CONTROL = "control"
    PHOTOGRAPH = "photograph"
    WITHDRAW = "withdraw"


Course = Annotated[str, typer.Argument(help="The course's label.", metavar="COURSE")]
Workers = Annotated[int, typer.Option(min=1, max=256, help="Photographs measured at the same time.")]
_Unsaid: Any = {"show_default": False}


@app.command()
def correct(
    course: Course,
    what: Annotated[What, typer.Argument(help="What to correct; or list what was; or withdraw one.")] = What.LIST,
    reason: Annotated[str | None, typer.Option(help="Why, in one line.", metavar="TEXT", **_Unsaid)] = None,
    lesion: Annotated[
        list[int] | None, typer.Option(help="A spot by its number; two or more to merge.", metavar="N", **_Unsaid)
    ] = None,
    at: Annotated[
        list[str] | None,
        typer.Option(help="A point on a spot, in pixels of the first usable photograph.", metavar="X,Y", **_Unsaid),
    ] = None,
    polygon: Annotated[
        str | None,
        typer.Option(help='An outline, as "x,y x,y x,y" or a JSON file.', metavar="POINTS", **_Unsaid),
    ] = None,
    line: Annotated[str | None, typer.Option(help='Where to split: "x,y x,y".', metavar="POINTS", **_Unsaid)] = None,
    photo: Annotated[str | None, typer.Option(help="The photograph to leave out.", metavar="NAME", **_Unsaid)] = None,
    number: Annotated[
        int | None, typer.Option(min=1, help="The correction to withdraw.", metavar="N", **_Unsaid)
    ] = None,
    review_id: Annotated[
        str | None, typer.Option("--review", help="The blinded review it was made in.", metavar="ID", **_Unsaid)
    ] = None,
    data: Data = None,
    by: By = None,
    measure: Annotated[bool, typer.Option("--measure/--no-measure", help="Measure the course anew.")] = True,
    workers: Workers = 1,
) -> None:
    """Correct a recorded course by hand; the automatic result stays beside."""
    from pigtrack.model.correction import CorrectionKind
    from pigtrack.tracker.record import correcting

    if what is What.LIST:
        for each in correcting.tell_listed(correcting.list_corrections(label=course, data=data, by=by)):
            typer.echo(one_line(each))
        return
    if not reason:
        raise typer.BadParameter("a correction needs its reason.", param_hint="--reason")
    how: dict[str, Any] = {"data": data, "by": by, "measure": measure, "workers": workers, "progress": progress()}
    if what is What.WITHDRAW:
        if number is None:
            raise typer.BadParameter("say which correction.", param_hint="--number")
        _show(correcting.withdraw(label=course, number=number, reason=reason, **how))
        return
    told = correcting.ToldCorrection(
        kind=CorrectionKind(what.value),
        reason=reason,
        lesions=tuple(lesion or ()),
        at=tuple(at or ()),
        outline=polygon,
        line=line,
        photo=photo,
        review=review_id,
    )
    _show(correcting.correct(label=course, told=told, **how))


def _show(done: "CorrectedRecord") -> None:
    typer.echo(one_line(done.told))
    for each in done.warnings:
        typer.echo(one_line(each), err=True)
    if done.version is not None:
        how = "with corrections by hand" if done.version.corrected else "automatic"
        typer.echo(one_line(f"It stands at measurement {done.version.number}, {how}."))


@app.command()
def review(
    course: Annotated[str | None, typer.Argument(help="The course's label.", metavar="COURSE", **_Unsaid)] = None,
    out: Annotated[
        Path | None,
        typer.Argument(readable=False, help="A new folder for the pictures.", metavar="OUT", **_Unsaid),
    ] = None,
    close: Annotated[
        str | None,
        typer.Option(help="Close this review, and tell which letter is which session.", metavar="ID", **_Unsaid),
    ] = None,
    data: Data = None,
    by: By = None,
    workers: Workers = 1,
) -> None:
    """Give a reader a course's pictures under letters, with nothing that tells their order."""
    from pigtrack.tracker.record import reviewing

    if close is not None:
        if course is not None:
            raise typer.BadParameter("goes alone, without a course.", param_hint="--close")
        for letter, session in reviewing.end_review(review=close, data=data, by=by):
            typer.echo(f"{letter}: session {session}")
        return
    if course is None or out is None:
        raise typer.BadParameter("name a course and a new folder, or --close ID.", param_hint="COURSE OUT")
    opened = reviewing.open_review(label=course, out=out, data=data, by=by, workers=workers, progress=progress())
    typer.echo(one_line(f"Pictures {', '.join(opened.letters)}: {opened.folder}"))
    typer.echo(one_line(f"Review {opened.id} is open. Name it in corrections: --review {opened.id}"))
