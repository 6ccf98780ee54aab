"""Commands about what is asked before a course: is a photograph usable, which cards, which protocol."""

from pathlib import Path
from typing import Annotated

import typer

from pigtrack.cli.door import app
from pigtrack.cli.shown import card_text, one_line, report_json, report_text


@app.command()
def check(
    photos: Annotated[list[Path], typer.Argument(readable=False, help="Photographs.", metavar="PHOTO...")],
    card: Annotated[
        str, typer.Option(help="The card in them: a name of 'pigtrack cards', or a card file.", metavar="NAME")
    ] = "colorchecker-classic",
    baseline: Annotated[
        Path | None, typer.Option(readable=False, help="Compare pose and skin with this photograph.", metavar="PHOTO")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Tell whether photographs are usable; why not; what to do.

    Ends with 1 if any is rejected.
    """
    from pigtrack import tracker

    rejected = False
    for report in tracker.check(photos=photos, card=card, baseline=baseline):
        typer.echo(report_json(report) if as_json else report_text(report))
        rejected = rejected or report.verdict == "reject"
    if rejected:
        raise typer.Exit(1)


@app.command()
def cards(
    card: Annotated[
        str | None, typer.Argument(help="Only this one: its name, or a card file of your own.", metavar="CARD")
    ] = None,
    draw: Annotated[
        Path | None, typer.Option(readable=False, help="Draw them there, as SVG and PNG, true to size.", metavar="DIR")
    ] = None,
    sticker: Annotated[
        Path | None,
        typer.Option(readable=False, help="Write a sheet of scale stickers to print, .svg or .pdf.", metavar="FILE"),
    ] = None,
) -> None:
    """List the cards it knows, and draw them."""
    from pigtrack import tracker

    if sticker is not None:
        written_to = tracker.draw_stickers(out=sticker)
        typer.echo(f"Wrote {one_line(written_to)}. Print it at 100 %; then measure one black square's side.")
        if card is None and draw is None:
            return
    known = tracker.list_cards() if card is None else [tracker.load_card(card)]
    for each in known:
        typer.echo(card_text(each))
    if draw is not None:
        written = tracker.draw_cards(cards=known, out=draw)
        typer.echo(
            f"Wrote {len(written)} drawings into {one_line(draw)}. They are no references: never photograph them."
        )


@app.command()
def protocols(
    protocol: Annotated[
        str | None, typer.Argument(help="Tell only this one: its name, or a file of your own.", metavar="PROTOCOL")
    ] = None,
    write: Annotated[
        Path | None,
        typer.Option(readable=False, help="Write a copy of this known one there, to be edited.", metavar="FILE"),
    ] = None,
) -> None:
    """List the protocols it knows; tell one in words; check a file of your own.

    Ends with 1 if the file is wrong, all faults told.
    """
    from pigtrack import tracker

    if write is not None and protocol is None:
        raise typer.BadParameter("goes with the name of a protocol to copy.", param_hint="--write")
    if write is not None:
        written = tracker.write_protocol(protocol=str(protocol), out=write)
        typer.echo(f"Wrote {one_line(written)}. Edit it; then: pigtrack protocols {one_line(written)}")
        return
    told = tracker.tell_protocols() if protocol is None else tracker.tell_protocol(protocol=protocol)
    for line in told:
        typer.echo(one_line(line))
