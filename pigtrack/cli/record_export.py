"""Commands by which the record goes out, and is checked: export, verify."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from pigtrack.cli.choices import AgreedPurpose, ExportedAs, ExportedVersions
from pigtrack.cli.door import app
from pigtrack.cli.record import By, Data
from pigtrack.cli.shown import one_line, progress


@app.command()
def export(
    courses: Annotated[
        list[str] | None,
        typer.Argument(help="Which courses, by their ids; see pigtrack courses.", metavar="[COURSE]..."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All courses of the record.")] = False,
    format_: Annotated[ExportedAs, typer.Option("--format", help="In what form.")] = ExportedAs.CSV,
    out: Annotated[
        Path | None,
        typer.Option(
            readable=False,
            help="Where it goes: a new folder, a .zip, or the one file there is; pigtrack-export.",
            metavar="PATH",
        ),
    ] = None,
    data: Data = None,
    by: By = None,
    offsets: Annotated[
        bool, typer.Option("--offsets", help="Days from the baseline instead of dates; no file's own name or metadata.")
    ] = False,
    purpose: Annotated[
        AgreedPurpose | None, typer.Option("--for", help="Leave out who did not agree to this.", show_default=False)
    ] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Courses with a session on this day or later.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Courses with a session on this day or before.")
    ] = None,
    measurement: Annotated[int | None, typer.Option(min=1, help="This measurement of each course, by number.")] = None,
    versions: Annotated[
        ExportedVersions, typer.Option(help="Each course's own measurement, or all there are.")
    ] = ExportedVersions.CURRENT,
    up_to: Annotated[
        int | None, typer.Option(min=1, help="Last entry of the trail in a bundle.", metavar="SEQ")
    ] = None,
    originals: Annotated[bool, typer.Option("--originals/--without-originals", help="Photographs in a bundle.")] = True,
    pages: Annotated[bool, typer.Option("--pages/--without-pages", help="Printed pages in a bundle.")] = True,
) -> None:
    """Give courses out: tables, FHIR, DICOM, CDISC, pages, or an audit bundle of it all."""
    from pigtrack.model.exporting import ExportChoice, ExportFormat, ExportVersions
    from pigtrack.model.record import Purpose
    from pigtrack.tracker.record.exporting import export_record

    if everything == bool(courses):
        raise typer.BadParameter("Name courses, or --all.")
    if up_to is not None and format_ is not ExportedAs.BUNDLE:
        raise typer.BadParameter("--up-to is for bundles: other forms hold no trail.")
    choice = ExportChoice(
        format=ExportFormat(format_.value),
        courses=tuple(courses or ()),
        offsets=offsets,
        purpose=None if purpose is None else Purpose(purpose.value),
        since=None if since is None else since.date(),
        until=None if until is None else until.date(),
        measurement=measurement,
        versions=ExportVersions(versions.value),
        up_to=up_to,
        originals=originals,
        pages=pages,
    )
    exported = export_record(choice=choice, out=out or Path("pigtrack-export"), data=data, by=by, progress=progress())
    for note in exported.notes:
        typer.echo(one_line(note), err=True)
    for line in exported.lines:
        typer.echo(one_line(line))


@app.command()
def verify(
    bundle: Annotated[
        Path | None,
        typer.Argument(
            readable=False, help="An exported bundle, folder or .zip; without it, the record.", metavar="[BUNDLE]"
        ),
    ] = None,
    data: Data = None,
    by: By = None,
    recompute: Annotated[
        bool, typer.Option("--recompute", help="Measure again from the originals, and compare every number.")
    ] = False,
    head: Annotated[
        str | None, typer.Option(help="Digest of an entry of the trail that you kept: it must still be there.")
    ] = None,
    trusted: Annotated[
        Path | None,
        typer.Option(readable=False, help="Certificates of trusted time stamping authorities, PEM.", metavar="FILE"),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=256, help="Photographs measured at the same time.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Check that nothing was changed: trail, rows, originals, and every number with --recompute."""
    if bundle is not None:
        from pigtrack.tracker.record.verifying_bundle import verify_bundle

        verified = verify_bundle(path=bundle, head=head, recompute=recompute, workers=workers, progress=progress())
    else:
        from pigtrack.tracker.record.verifying import verify_record

        verified = verify_record(
            data=data,
            by=by,
            head=head,
            trusted=trusted,
            recompute=recompute,
            workers=workers,
            progress=progress(),
        )
    for line in [json.dumps(verified.entries)] if as_json else verified.lines:
        typer.echo(one_line(line))
    if not verified.is_sound:
        raise typer.Exit(1)
