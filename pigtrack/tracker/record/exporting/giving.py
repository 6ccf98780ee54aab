"""Gives the record out: chooses, writes beside the place, tells the trail, and only then hands it out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pigtrack import __version__
from pigtrack.model.exporting import ExportChoice, ExportFormat
from pigtrack.model.progress import Progress
from pigtrack.model.record import Actor
from pigtrack.model.roles import Verb
from pigtrack.store.bundle import BundleWriter, new_bundle, refuse_existing
from pigtrack.store.record.opening import Record
from pigtrack.store.record.trail import Head, read_head
from pigtrack.tracker.record.choosing import Chosen, choose, notes_on
from pigtrack.tracker.record.desk import By, Data, actor_of, opened
from pigtrack.tracker.record.exporting.bundling import add_bundle, bundle_head
from pigtrack.tracker.record.exporting.documents import RELEASES, add_dicom, add_fhir, add_pages
from pigtrack.tracker.record.exporting.tables import (
    Export,
    add_cdisc,
    add_csv,
    add_dictionary,
    add_jsonl,
    add_long,
    add_parquet,
)


class Add(Protocol):
    """Adds the files of one format."""

    def __call__(self, writer: BundleWriter, export: Export) -> None:
        """Add."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What went out, where, and what its reader must know."""

    out: Path
    format: ExportFormat
    chosen: Chosen
    files: int
    digest: str
    head: Head
    notes: tuple[str, ...] = field(default=())

    @property
    def lines(self) -> tuple[str, ...]:
        """What went out, in a few lines."""
        courses = len(self.chosen.courses)
        told = f"{courses} course{'' if courses == 1 else 's'} as {self.format.value}: {self.out}"
        return (
            told,
            f"SHA-256 of its manifest: {self.digest}",
            f"The trail ended at entry {self.head.seq}, {self.head.hash}.",
        )


def export_record(
    *,
    choice: ExportChoice,
    out: Path,
    data: Data = None,
    by: By = None,
    progress: Progress | None = None,
) -> Exported:
    """Write what is chosen of the record to a new place: a folder, a .zip, or the one file that there is.

    The trail is told before anything stands at its place. The same record gives the same bytes.

    Raises
    ------
    PigtrackError
        If it can't be read or written, or nothing is left to export; then nothing is.
    """
    out = refuse_existing(Path(out))
    with opened(data) as record:
        actor = actor_of(record, by, to=Verb.EXPORT)
        with new_bundle(out) as writer:
            exported = _write(writer, record, choice, out, progress)
            _tell(record, actor, choice, exported)
    return exported


def _write(
    writer: BundleWriter, record: Record, choice: ExportChoice, out: Path, progress: Progress | None
) -> Exported:
    with record.reading() as connection:
        chosen = choose(connection, choice)
        head = bundle_head(connection, read_head(connection), choice.up_to)
        about = {**describe(choice, chosen), **_add(writer, Export(record, connection, choice, chosen, progress), head)}
    notes = (*notes_on(chosen), *(f"Left out: {told}" for told in _left_out(about)))
    digest = writer.finish(about)
    return Exported(out, choice.format, chosen, len(writer.files), digest.sha256, head, notes)


def _left_out(about: Mapping[str, object]) -> list[str]:
    told = about.get("left_out_of_it")
    return [str(each) for each in told] if isinstance(told, list) else []


def _add(writer: BundleWriter, export: Export, head: Head) -> dict[str, object]:
    """Add the files of a format; return what the manifest says beside what was asked for."""
    format_ = export.choice.format
    if format_ is ExportFormat.BUNDLE:
        told = add_bundle(writer, export, head)
        return {"record": export.record.uid, "head": {"seq": head.seq, "hash": head.hash}, **told}
    if format_ in RELEASES:
        add_fhir(writer, export, release=RELEASES[format_])
    elif format_ in DOCUMENTS:
        DOCUMENTS[format_](writer, export)
    else:
        TABLES[format_](writer, export)
        add_dictionary(writer)
    return {}


TABLES: Mapping[ExportFormat, Add] = {
    ExportFormat.CSV: add_csv,
    ExportFormat.LONG: add_long,
    ExportFormat.JSONL: add_jsonl,
    ExportFormat.PARQUET: add_parquet,
    ExportFormat.CDISC: add_cdisc,
}
DOCUMENTS: Mapping[ExportFormat, Add] = {
    ExportFormat.DICOM: add_dicom,
    ExportFormat.PDF: add_pages,
}


def describe(choice: ExportChoice, chosen: Chosen) -> dict[str, object]:
    """Return what a manifest says of an export; no clock, so that the same record gives the same bytes.

    Up to which entry was asked for is left out: ``head`` says where the trail ends, so that a bundle made again up to
    that entry has the digest that was told at the first time.
    """
    return {
        "pigtrack": __version__,
        "export": {name: asked for name, asked in choice.entries.items() if name != "up_to"},
        "courses": len(chosen.courses),
        "left_out": dict(chosen.left_out),
        "mixed_versions": list(chosen.mixed),
    }


def _tell(record: Record, actor: Actor, choice: ExportChoice, exported: Exported) -> None:
    """Tell the trail: of one course by its ids, of many by their number."""
    courses = exported.chosen.courses
    one = courses[0] if len(courses) == 1 else None
    told = {
        **choice.entries,
        "courses": len(courses),
        "left_out": sum(exported.chosen.left_out.values()),
        "files": exported.files,
        "manifest": exported.digest,
        "head": exported.head.hash,
        "head_seq": exported.head.seq,
    }
    with record.writing(actor) as unit:
        unit.note(
            "export",
            "courses",
            None if one is None else one.id,
            subject=None if one is None else one.subject,
            course=None if one is None else one.id,
            **told,
        )
