"""The trail is one chain: whatever is changed, cut out, added or reordered by hand is told of."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, text, update

from pigtrack.errors import RecordError
from pigtrack.model.record import Actor
from pigtrack.store.record.opening import create_record, open_record
from pigtrack.store.record.tables import meta, trail, users
from pigtrack.store.record.trail import GENESIS, chain_hash, check_chain, read_entries, read_head
from pigtrack.store.record.unit import row_digest

WHO = Actor("anna")


def noon():
    return "2026-01-11T12:00:00.000000Z"


@pytest.fixture
def record(tmp_path):
    create_record(tmp_path / "data", clock=noon)
    with open_record(tmp_path / "data", clock=noon) as opened:
        yield opened


def entries_of(record):
    with record.reading() as connection:
        return list(read_entries(connection))


def test_a_new_record_begins_with_the_entry_of_its_making(record):
    entries = entries_of(record)
    assert [(each["seq"], each["action"], each["entity"]) for each in entries] == [(1, "create", "record")]
    assert entries[0]["hash"] == chain_hash(GENESIS, entries[0]["body"])
    assert list(check_chain(iter(entries))) == []


def test_what_fails_leaves_neither_row_nor_entry(record):
    before = entries_of(record)

    def fail():
        with record.writing(WHO) as unit:
            unit.add(users, {"name": "ben", "role": "auditor", "active": True})
            raise RuntimeError("power gone")

    with pytest.raises(RuntimeError, match="power"):
        fail()
    assert entries_of(record) == before


def test_a_change_to_what_stands_already_tells_nothing(record):
    with record.writing(WHO) as unit:
        ben = unit.add(users, {"name": "ben", "role": "auditor", "active": True})
    before = entries_of(record)
    with record.writing(WHO) as unit:
        unit.change(users, ben, {"role": "auditor"})
    assert entries_of(record) == before


def test_a_change_tells_old_and_new_and_the_digest_of_the_row_as_it_stands(record):
    with record.writing(WHO) as unit:
        ben = unit.add(users, {"name": "ben", "role": "auditor", "active": True, "password": "$argon2id$secret"})
    with record.writing(WHO, "promoted") as unit:
        unit.change(users, ben, {"role": "owner"})
    last = entries_of(record)[-1]["body"]
    assert '"reason":"promoted"' in last
    assert '"before":{"active":true' in last
    assert '"role":"auditor"' in last
    assert '"role":"owner"' in last
    assert "argon2id" not in last
    with record.reading() as connection:
        row = connection.execute(users.select()).mappings().one()
    assert row_digest(users, row) in last


@pytest.mark.parametrize("table", ["trail", "measurements", "session_rows", "lesion_rows", "photo_rows", "sign_offs"])
def test_the_database_itself_refuses_to_lose_what_is_kept(record, table):
    with record.reading() as connection:
        told = connection.execute(text(f"SELECT sql FROM sqlite_master WHERE name = '{table}_no_update'")).scalar()
        also = connection.execute(text(f"SELECT sql FROM sqlite_master WHERE name = '{table}_no_delete'")).scalar()
    assert "append-only" in told
    assert "append-only" in also


def test_neither_change_nor_loss_of_an_entry_gets_through(record):
    for statement in (update(trail).values(actor="eve"), delete(trail)):
        with pytest.raises(RecordError, match="refuses to lose"), record.writing(WHO) as unit:
            unit.connection.execute(statement)


def test_the_last_entry_is_the_head(record):
    with record.writing(WHO) as unit:
        told = unit.note("view", "courses")
    with record.reading() as connection:
        assert read_head(connection) == told
    assert told.seq == 2


def _chain(count):
    """Entries as the trail's columns, made by the formula of the docs alone."""
    before, made = GENESIS, []
    for seq in range(1, count + 1):
        body = (
            f'{{"action":"view","actor":"anna","at":"2026-01-11T12:00:{seq:02d}Z","course":null,'
            f'"entity":"courses","id":null,"seq":{seq},"subject":null}}'
        )
        before = chain_hash(before, body)
        columns = {"at": f"2026-01-11T12:00:{seq:02d}Z", "actor": "anna", "action": "view", "entity": "courses"}
        nobody = {"entity_id": None, "subject_id": None, "course_id": None}
        made.append({"seq": seq, **columns, **nobody, "body": body, "hash": before})
    return made


def test_a_chain_made_by_the_formula_is_whole():
    assert list(check_chain(iter(_chain(20)))) == []


@settings(max_examples=60, deadline=None)
@given(
    place=st.integers(0, 19), how=st.sampled_from(["body", "hash", "column", "cut", "twice", "swap"]), data=st.data()
)
def test_any_change_inside_the_chain_is_found(place, how, data):
    chain = _chain(20)
    if how == "body":
        at = data.draw(st.integers(0, len(chain[place]["body"]) - 1))
        text_before = chain[place]["body"]
        chain[place]["body"] = text_before[:at] + chr(ord(text_before[at]) ^ 1) + text_before[at + 1 :]
    elif how == "hash":
        chain[place]["hash"] = "f" * 64
    elif how == "column":
        name = data.draw(st.sampled_from(["actor", "action", "at", "entity", "subject_id", "course_id", "entity_id"]))
        chain[place][name] = "eve"
    elif how == "cut":
        place = min(place, 18)  # what is cut off at the end no chain can tell; a head that was noted elsewhere can
        del chain[place]
    elif how == "twice":
        chain.insert(place, dict(chain[place]))
    else:
        other = (place + 1) % 20
        chain[place], chain[other] = chain[other], chain[place]
    assert list(check_chain(iter(chain)))


def test_an_entry_that_is_no_json_is_told_of_and_nothing_breaks():
    chain = _chain(3)
    chain[1]["body"] = "}{"
    chain[1]["hash"] = chain_hash(chain[0]["hash"], "}{")
    assert next(check_chain(iter(chain))).seq == 2


def test_a_record_keeps_its_identifier(record, tmp_path):
    uid = record.uid
    with open_record(tmp_path / "data", clock=noon) as again:
        assert again.uid == uid
    with record.reading() as connection:
        assert connection.execute(meta.select()).mappings().one()["key"] == "uid"
