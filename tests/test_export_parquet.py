"""The record in Parquet: typed, in pieces, and the same bytes on every run."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from pigtrack.errors import ExportError
from pigtrack.export.columns import LONG, LONG_COLUMNS, LONG_KINDS
from pigtrack.export.parquet import write_parquet
from pigtrack.export.tabular import long_rows, wide_rows
from pigtrack.store.dictionary import dictionary_rows

pq = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed: Parquet is not tested")


def written(rows, kinds=LONG_KINDS, **how):
    file = io.BytesIO()
    write_parquet(rows, kinds, file, **how)
    return file.getvalue()


def read(data):
    return pq.read_table(io.BytesIO(data)).to_pylist()


def test_every_row_comes_back_typed(sample):
    rows = list(long_rows(sample))
    back = read(written(rows))
    assert len(back) == len(rows)
    for row, told in zip(rows, back, strict=True):
        assert tuple(told) == LONG_COLUMNS
        assert told["value"] == (float(row["value"]) if row["value"] else None)
        assert told["session"] == int(row["session"])
        assert told["date"] == date.fromisoformat(row["date"])
        assert told["corrected"] is False
        assert told["flags"] == (row["flags"] or None)
    assert back[0]["measured_at"] == datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def test_the_same_record_gives_the_same_bytes(sample):
    assert written(long_rows(sample)) == written(long_rows(sample))


def test_many_rows_are_written_in_groups_that_are_never_all_in_memory(sample):
    asked = 0

    def endless():
        nonlocal asked
        for row in long_rows(sample):
            asked += 1
            yield row

    file = io.BytesIO()
    count = write_parquet(endless(), LONG_KINDS, file, rows_a_group=100)
    told = pq.ParquetFile(io.BytesIO(file.getvalue()))
    assert count == asked == told.metadata.num_rows
    assert told.num_row_groups == -(-count // 100)


def test_a_column_carries_its_meaning_and_unit(sample):
    meanings, units = {each.name: each.meaning for each in LONG}, {each.name: each.unit for each in LONG}
    schema = pq.read_schema(io.BytesIO(written(long_rows(sample), meanings=meanings, units=units)))
    assert schema.field("mm_per_px").metadata[b"unit"] == b"mm/{pixel}"
    assert b"uncertainty" in schema.field("u").metadata[b"meaning"]


@pytest.mark.parametrize("table", ["sessions", "lesions", "photos"])
def test_wide_tables_go_by_the_data_dictionarys_types(sample, table):
    told = {row[1]: row[2] for row in dictionary_rows() if row[0] == table}
    rows = list(wide_rows(sample, table))
    kinds = {name: told.get(name, "text") for name in rows[0]}
    back = read(written(rows, kinds))
    numbers = [name for name, kind in kinds.items() if kind == "number"]
    assert numbers
    for row, each in zip(rows, back, strict=True):
        assert [each[name] for name in numbers] == [float(row[name]) if row[name] else None for name in numbers]


def test_a_session_with_a_time_of_day_keeps_its_day(sample):
    sessions = tuple(
        replace(each, date=datetime.combine(each.date, datetime.min.time()).replace(hour=9))
        for each in sample.course.sessions
    )
    back = read(written(long_rows(replace(sample, course=replace(sample.course, sessions=sessions)))))
    assert back[0]["date"] == date(2026, 1, 11)


def test_no_rows_make_a_table_without_rows():
    assert read(written(iter(()))) == []


def test_a_cell_that_is_not_of_its_kind_is_refused(sample):
    bad = {**next(long_rows(sample)), "value": "much"}
    with pytest.raises(ValueError, match="much"):
        written([bad])


def test_without_the_extra_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(ExportError, match=r"pip install 'pigtrack\[parquet\]'"):
        written(iter(()))
