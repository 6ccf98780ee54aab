"""README.txt of an audit bundle: what is in it, and how anybody checks it, with pigtrack and without."""

from collections.abc import Iterable, Sequence

from pigtrack.store.record.trail import Head
from pigtrack.tracker.record.exporting.tables import Export

_PARTS = (
    ("tables/sessions.csv", "tables/*.csv", "sessions, lesions, photos, and a long table; each row with the"),
    ("tables/sessions.csv", "", "version of the measurement that it comes from"),
    ("tables/sessions.jsonl", "tables/*.jsonl", "the same as JSON Lines"),
    ("tables/sessions.parquet", "tables/*.parquet", "the same as Parquet, typed"),
    (
        "told/",
        "told/*.csv",
        "courses, treatments, adverse events, screens, consents, corrections, measurements, signatures",
    ),
    ("data-dictionary.csv", "data-dictionary.csv", "every column: type, unit (UCUM), meaning"),
    ("fhir-r4b/", "fhir-r4b/", "a FHIR bundle a measurement, release R4B"),
    ("fhir-r5/", "fhir-r5/", "the same in release R5"),
    ("dicom/", "dicom/", "photographs, and structured reports (TID 1500)"),
    ("cdisc/", "cdisc/", "findings in a long table after CDISC SDTM"),
    ("courses/", "courses/NAME/course/", "course.toml, photographs as they were taken in, files beside them"),
    (
        "courses/",
        "courses/NAME/measurement-N/",
        "the tables exactly as they came out, label images (value = lesion_id), run.json",
    ),
    ("courses/", "", "(versions, settings, digests), report.pdf and patient.pdf where they can be drawn"),
    ("courses/", "courses/NAME/rows.jsonl", "every row of the record about the course; sealed words as their SHA-256"),
    ("trail.jsonl", "trail.jsonl", "the audit trail: who did what, when; words about patients are sealed in it"),
    ("trail.jsonl", "trail-opened.jsonl", "those words for the patients of this bundle, by the entry's number (seq)"),
)
"""What a file whose name begins so tells of, and how the text calls it."""

_BY_HAND = """
1. Files: in this folder, run:  sha256sum -c SHA256SUMS
   SHA256SUMS holds the digest of manifest.json as well. Compare that one with the digest that was printed when the
   bundle was made, or ask the clinic for the entry of its trail that tells of this export: it holds it too.
2. Trail: each line of trail.jsonl has seq, body and hash. The hash is the SHA-256 of the hash of the line before,
   a line feed, and the body as it stands in the line (UTF-8). Before the first line stand 64 zeros.
   The last line must be entry {seq} with the hash
   {hash}
   In Python:
       import hashlib, json
       before = "0" * 64
       for line in open("trail.jsonl", encoding="utf-8"):
           entry = json.loads(line)
           before = hashlib.sha256((before + "\\n" + entry["body"]).encode()).hexdigest()
           assert before == entry["hash"], entry["seq"]
       print(before)
3. Rows: write the "row" of a line of rows.jsonl as JSON with sorted keys and no spaces. Its SHA-256 is "new" in the
   last entry of the trail with the same entity (table) and id.
4. Numbers: install the version of pigtrack that run.json names and run
       pigtrack measure courses/NAME/course --out SOMEWHERE_ELSE
   Compare its sessions.csv, lesions.csv and photos.csv with those in courses/NAME/measurement-N.
"""


def readme(export: Export, head: Head, left_out: Sequence[str], names: Iterable[str]) -> str:
    """Return the text for a bundle of these files; no clock in it."""
    there, courses = tuple(names), len(export.chosen.courses)
    listed = (
        f"{name:<28} {meaning}" for start, name, meaning in _PARTS if any(each.startswith(start) for each in there)
    )
    return _TEXT.format(
        courses=f"{courses} course{'' if courses == 1 else 's'}",
        listed="\n".join(listed),
        missing="".join(f"\n- {told}" for told in left_out) or " nothing",
        by_hand=(_FILES_ONLY if export.choice.offsets else _BY_HAND.format(seq=head.seq, hash=head.hash)).strip(),
    )


_FILES_ONLY = """
In this folder, run:  sha256sum -c SHA256SUMS
This bundle tells days from the baseline instead of dates. So it holds no trail, no course.toml and no photographs as
they were taken in, and can't be measured again by itself. The clinic can show those in its record, whose trail tells
of this export with the digest of manifest.json.
"""


_TEXT = """Audit bundle of pigtrack: {courses}

What is in it
-------------
{listed}
manifest.json                what was asked for, where the trail ended, SHA-256 and size of every file
SHA256SUMS                   the same digests for sha256sum

Left out:{missing}

How to check it with pigtrack
-----------------------------
pigtrack verify THIS_FOLDER               every file, the trail, every row and table against the trail
pigtrack verify THIS_FOLDER --recompute   measures again from the photographs and compares every number

How to check it without
-----------------------
{by_hand}

Subjects are pseudonyms. Photographs under courses/ are as they were taken in, with whatever the camera wrote into
them: give them only to whom the patient agreed. Numbers of different versions (algorithms_digest, settings_digest)
must not be compared.
"""
