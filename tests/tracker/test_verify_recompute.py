"""Verify by measuring again: every number comes out of the originals, or is named."""

from dataclasses import replace
from pathlib import Path

import pytest
from kept_records import by_hand, copied

from pigtrack.model.provenance import Algorithm
from pigtrack.store.record.checking import Tally
from pigtrack.tracker.record import recomputing
from pigtrack.tracker.record.desk import opened
from pigtrack.tracker.record.methods import METHOD, MeasuredFolder
from pigtrack.tracker.record.recomputing import recompute_record
from pigtrack.tracker.record.tolerances import TOLERANCES, tolerance_of
from pigtrack.tracker.record.verifying import verify_record


@pytest.fixture(scope="module")
def measured(kept):
    """What the record's own course measures to, once for all."""
    with opened(kept) as record:
        tally = Tally()
        seen = []

        def measure(folder, *, workers=1, progress=None) -> MeasuredFolder:
            seen.append(METHOD.measure(folder, workers=workers, progress=progress))
            return seen[-1]

        mismatches = list(
            recompute_record(record, workers=1, progress=None, tally=tally, method=replace(METHOD, measure=measure))
        )
    return mismatches, tally, seen[0]


def again(kept, measured, **changed):
    """Recompute as if measuring had come to something else."""
    other = replace(measured[2], **changed)
    method = replace(METHOD, measure=lambda folder, *, workers=1, progress=None: other)
    with opened(kept) as record:
        tally = Tally()
        return list(recompute_record(record, workers=1, progress=None, tally=tally, method=method)), tally


def test_on_the_same_machine_every_number_comes_out_to_the_byte(measured):
    mismatches, tally, _ = measured

    assert mismatches == []
    assert tally.counts["courses measured again"] == 1
    assert tally.counts["numbers compared"] > 300
    assert tally.notes == []


def test_a_number_that_comes_out_otherwise_is_named_with_session_lesion_and_column(kept, measured):
    header, *lines = measured[2].lesions.splitlines(keepends=True)
    column = header.split(",").index("area_mm2")
    cells = lines[0].split(",")
    recorded = cells[column]
    cells[column] = f"{float(recorded) + 0.0001:.4f}"

    mismatches, _ = again(kept, measured, lesions="".join([header, ",".join(cells), *lines[1:]]))

    assert [(each.where, each.told) for each in mismatches] == [
        (
            f"course C-0001, measurement 1, lesions: session {cells[1]}, lesion {cells[2]}, area_mm2",
            f"recorded {recorded}, measured again {cells[column]}.",
        )
    ]


def test_a_lesion_that_is_not_found_again_is_named(kept, measured):
    lines = measured[2].lesions.splitlines(keepends=True)

    mismatches, _ = again(kept, measured, lesions="".join(lines[:-1]))

    assert [each.told for each in mismatches] == ["The row is recorded, but not found again."]


def test_with_other_libraries_small_differences_pass_and_it_is_said(kept, measured):
    run = measured[2].run.replace('"numpy":"', '"numpy":"9.')
    header, *lines = measured[2].lesions.splitlines(keepends=True)
    column = header.split(",").index("area_mm2")

    def grown(by):
        cells = lines[0].split(",")
        cells[column] = f"{float(cells[column]) * by:.4f}"
        return "".join([header, ",".join(cells), *lines[1:]])

    near, tally = again(kept, measured, run=run, lesions=grown(1.001))
    far, _ = again(kept, measured, run=run, lesions=grown(1.02))

    assert near == []
    assert "within tolerances" in tally.notes[0]
    assert len(far) == 1


def test_a_verdict_must_be_the_same_on_any_machine(kept, measured):
    run = measured[2].run.replace('"numpy":"', '"numpy":"9.')
    text = measured[2].sessions.replace("no_detectable_change", "improved")
    assert text != measured[2].sessions

    assert again(kept, measured, run=run, sessions=text)[0]


def test_other_versions_are_never_compared_in_silence(kept, measured):
    newer = tuple(
        Algorithm(each.name, each.version + 1) if each.name == "segment" else each for each in METHOD.algorithms
    )
    with opened(kept) as record:
        method = replace(METHOD, algorithms=newer)
        (told,) = recompute_record(record, workers=1, progress=None, tally=Tally(), method=method)

    assert told.where == "course C-0001, measurement 1"
    assert told.told.startswith("Not compared: it was measured by other versions (segment")


def test_a_course_that_was_never_measured_is_noted(kept, tmp_path):
    data = copied(kept, tmp_path / "data")
    by_hand(data, "UPDATE courses SET measurement_id = NULL")
    with opened(data) as record:
        tally = Tally()
        assert list(recompute_record(record, workers=1, progress=None, tally=tally)) == []
    assert tally.notes == ["Course C-0001 was never measured: there is nothing to compare."]


def test_a_damaged_original_is_named_and_the_rest_goes_on(kept, tmp_path):
    data = copied(kept, tmp_path / "data")
    for path in (data / "originals").rglob("*"):
        if path.is_file() and path.name != "lock":
            path.chmod(0o600)
            path.write_bytes(b"damaged")

    verified = verify_record(data=data, by="auditor-1", recompute=True)

    assert verified.mismatches[-1].part == recomputing.PART
    assert verified.mismatches[-1].told.startswith("Not measured again: ")


@pytest.mark.parametrize(
    ("table", "column", "cell", "far", "near"),
    [
        ("lesions", "area_mm2", "8.0000", "8.0500", "8.0100"),
        ("lesions", "delta_mi", "7.0000", "7.0300", "7.0100"),
        ("sessions", "area_change_percent", "-20.00", "-20.30", "-20.10"),
        ("sessions", "area_fraction", "0.049013", "0.060000", "0.049500"),
        ("lesions", "x_mm", "28.2101", "28.3000", "28.2200"),
    ],
)
def test_tolerances_follow_the_unit(table, column, cell, far, near):
    allowed = tolerance_of(table, column, cell)

    assert allowed.allows(float(cell), float(near))
    assert not allowed.allows(float(cell), float(far))


def test_counts_must_be_the_same():
    assert not tolerance_of("sessions", "lesion_count", "13").allows(13.0, 14.0)


def test_the_docs_tell_the_tolerances_that_hold():
    text = (Path(__file__).parents[2] / "docs" / "verify.md").read_text(encoding="utf-8")
    table = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("| ")]
    told = {}
    for units, absolute, relative in ([cell.strip() for cell in line] for line in table if len(line) == 3):
        number = absolute.replace(".", "").isdecimal() or relative.endswith("%")
        for unit in units.replace("\\", "").split(", ") if number else ():
            share = float(relative.removesuffix("%")) / 100 if relative else 0.0
            told[unit.replace("shares (1)", "1")] = (float(absolute or 0), round(share, 6))
    assert told == {unit: (each.absolute, each.relative) for unit, each in TOLERANCES.items()}


def test_a_label_image_that_comes_out_otherwise_is_named(kept, measured):
    images = dict(measured[2].labels)
    images["anna-3.jpg"] = images["anna-2026-01-11.jpg"]

    mismatches, _ = again(kept, measured, labels=images)

    assert [each.told for each in mismatches] == ["Its label image is not what was measured again."]
