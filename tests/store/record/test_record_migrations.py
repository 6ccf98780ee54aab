"""An older record opens after an upgrade with nothing lost; after all steps the tables are those of the code."""

import json

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from old_records import OLD, STEPS, contents, dump, later, tables_of
from sqlalchemy import select, text

from pigtrack.store.record.courses import need_course
from pigtrack.store.record.data_folder import make_folder
from pigtrack.store.record.engine import open_engine, reading
from pigtrack.store.record.migrating import HEAD, downgrade, read_version, upgrade
from pigtrack.store.record.opening import open_record
from pigtrack.store.record.overview import read_overview, read_series
from pigtrack.store.record.reading import read_course
from pigtrack.store.record.tables import ENTITIES, KEPT, metadata
from pigtrack.store.record.trail import check_chain, read_entries
from pigtrack.store.record.unit import row_digest


def test_the_newest_step_is_the_one_that_pigtrack_asks_for():
    assert STEPS[-1] == HEAD
    assert [f"{number:04d}" for number in range(1, len(STEPS) + 1)] == STEPS


def test_every_step_goes_up_and_down_again(record_place):
    folder = make_folder(record_place.folder, database=record_place.database)
    engine = open_engine(folder.database, base=folder.path)
    seen = {}
    for step in STEPS:
        assert upgrade(engine, to=step)
        assert read_version(engine) == step
        seen[step] = tables_of(engine)
    for step in reversed(STEPS[:-1]):
        downgrade(engine, to=step)
        assert read_version(engine) == step
        assert tables_of(engine) == seen[step]
    downgrade(engine, to="base")
    assert tables_of(engine) == {}
    assert upgrade(engine)
    assert tables_of(engine) == seen[HEAD]
    engine.dispose()


def test_after_all_steps_the_tables_are_those_that_the_code_knows(record_place):
    record_place.begin()
    with record_place.open() as record, record.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
        kept = _triggers(connection)
    assert {f"{table.name}_no_{what}" for table in KEPT for what in ("update", "delete")} <= kept


def _triggers(connection):
    sqlite = connection.dialect.name == "sqlite"
    where = "sqlite_master WHERE type = 'trigger'" if sqlite else "(SELECT tgname AS name FROM pg_trigger) AS known"
    return set(connection.execute(text(f"SELECT name FROM {where}")).scalars())


def test_an_old_record_keeps_every_row_through_all_steps_up_and_down(old_record):
    known = tables_of(old_record)
    before = contents(old_record, known)
    assert all(before[name] for name in ("courses", "photographs", "measurements", "lesion_rows", "subject_keys"))
    for step in STEPS[1:]:
        upgrade(old_record, to=step)
        assert contents(old_record, known) == before
    for step in reversed(STEPS[:-1]):
        downgrade(old_record, to=step)
        assert contents(old_record, known) == before


def test_an_old_data_folder_opens_and_tells_all_it_knew(old_folder, making):
    before = dump(old_folder / "record.sqlite")
    with open_record(old_folder, clock=later) as record:
        assert record.uid == making.UID
        with record.reading() as connection:
            entries = list(read_entries(connection))
            assert list(check_chain(iter(entries))) == []
            assert (entries[-1]["action"], entries[-1]["entity"]) == ("upgrade", "record")
            recorded = read_course(record, connection, need_course(connection, making.LABEL))
            series = read_series(connection, need_course(connection, making.LABEL))
            (line,) = read_overview(connection)
    assert recorded.course.subject == making.PSEUDONYM
    assert [each.name for each in recorded.photographs] == ["session-01.jpg", "session-02.jpg"]
    assert [each["area_mm2"] for each in recorded.lesions] == ["4.2000", "3.9000"]
    assert [each.day for each in series.sessions] == ["2026-01-11", "2026-02-08"]
    assert line.verdict.value == "improved"
    kept = old_folder / f"record.sqlite.before-{HEAD}-from-0001"
    assert dump(kept) == before
    assert sorted(path.name for path in old_folder.iterdir()) == ["pigtrack.toml", "record.sqlite", kept.name]


def test_an_old_row_is_as_the_trail_tells_of_it_after_the_upgrade(old_record, making):
    upgrade(old_record)
    with reading(old_record) as connection:
        bodies = [json.loads(each["body"]) for each in read_entries(connection)]
        told = {(each["entity"], each["id"]): each["new"] for each in bodies if "new" in each}
        for table in ENTITIES:
            for row in connection.execute(select(table)).mappings():
                assert told[table.name, row["id"]] == row_digest(table, row)


def test_the_committed_file_is_the_one_that_its_script_makes(making, tmp_path):
    made = tmp_path / "made.sqlite"
    making.make(made)
    assert dump(made) == dump(OLD)
    assert OLD.stat().st_size < 100_000
