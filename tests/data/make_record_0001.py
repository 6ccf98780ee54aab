"""Makes record-0001.sqlite: a record as the first step of the database kept it, filled row by row.

It stands for the oldest data folder there may be. It needs none of the functions that write today's record, only the
formulas that never change: of the chain, of a row's digest, of sealing. Run: python tests/data/make_record_0001.py
"""

import hashlib
import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, MetaData, Table, insert

from pigtrack.model.record import Actor
from pigtrack.store.record.engine import open_engine, writing
from pigtrack.store.record.migrating import upgrade
from pigtrack.store.record.trail import append, canonical
from pigtrack.store.record.unit import content_label, row_digest
from pigtrack.store.vault.sealing import seal

FILE = Path(__file__).with_name("record-0001.sqlite")
AT = "2026-01-11T12:00:00.000000Z"
UID = "11111111-2222-4333-8444-555555555555"
SUBJECT, COURSE, MEASUREMENT = "subject-1", "course-1", "measurement-1"
KEY = bytes(range(32))
LABEL, PSEUDONYM = "C-0001", "P-0007"

ABOUT = """[course]
id = "C-0001"
subject = "P-0007"
site = "left cheek"
"""
_ROWS = {
    "users": [{"id": "user-1", "name": "anna", "role": "owner", "password": None, "active": True}],
    "subjects": [{"id": SUBJECT, "pseudonym": PSEUDONYM, "erased": None}],
    "consents": [{"id": "consent-1", "subject_id": SUBJECT, "purpose": "care", "number": 1, "given": True}],
    "courses": [
        {
            **{"id": COURSE, "subject_id": SUBJECT, "label": LABEL, "site": "left cheek", "protocol": None},
            **{"mode": "spots", "endpoint": "load", "sessions": 2, "first_day": "2026-01-11"},
            **{"last_day": "2026-02-08", "next_day": None, "closed": False, "measurement_id": MEASUREMENT},
        }
    ],
    "sessions": [
        {"id": f"session-{number}", "course_id": COURSE, "number": number, "day": day}
        for number, day in ((1, "2026-01-11"), (2, "2026-02-08"))
    ],
    "photographs": [
        {
            **{
                "id": f"photograph-{number}",
                "session_id": f"session-{number}",
                "position": 1,
                "sha256": f"{number}" * 64,
            },
            **{"original": f"{number + 2}" * 64, "bytes": 2_000_000, "media_type": "image/jpeg"},
        }
        for number in (1, 2)
    ],
    "treatments": [{"id": "treatment-1", "session_id": "session-1", "position": 1}],
}
_CONTENTS = {
    "consents": "day = 2026-01-11\n",
    "courses": ABOUT,
    "session-1": "date = 2026-01-11\n",
    "session-2": "date = 2026-02-08\n",
    "photograph-1": 'name = "session-01.jpg"\n',
    "photograph-2": 'name = "session-02.jpg"\n',
    "treatments": 'technique = "manual injection"\n',
    "measurements": '{"pigtrack":"0.1.0"}',
}
TABLES = {
    "session_rows": (
        "session,date,days_from_baseline,qc_status,lesion_count,pigment_load,verdict,flags",
        ("1,2026-01-11,0,pass,1,12.5000,baseline,", "2,2026-02-08,28,pass,1,9.7500,improved,"),
    ),
    "lesion_rows": (
        "session,lesion_id,status,area_mm2,verdict,flags",
        ("1,1,baseline,4.2000,baseline,", "2,1,present,3.9000,improved,"),
    ),
    "photo_rows": (
        "session,photo,sha256,qc_status,flags",
        (f"1,session-01.jpg,{'1' * 64},pass,", f"2,session-02.jpg,{'2' * 64},pass,"),
    ),
}
"""The measured tables: columns, and rows as CSV."""


def _columns(name: str) -> str:
    return json.dumps(TABLES[name][0].split(","), separators=(",", ":"))


def _rows_digest() -> str:
    """The SHA-256 of headers and rows, each with its line feed."""
    lines = [line for columns, rows in TABLES.values() for line in (columns, *rows)]
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


_MEASUREMENT = {
    **{"id": MEASUREMENT, "course_id": COURSE, "number": 1, "at": AT, "by": "anna", "pigtrack": "0.1.0"},
    **{"algorithms": '[["change",6],["measure",4]]', "versions_digest": "a" * 64},
    **{"settings_digest": "b" * 64, "input_digest": "c" * 64, "rows_digest": _rows_digest()},
    **{"corrected": False, "exploratory": False, "labels": None},
    **{f"{name}_columns": _columns(f"{name}_rows") for name in ("session", "lesion", "photo")},
}


def fill(connection: Connection) -> None:
    """Fill a database that stands at the first step."""
    known = MetaData()
    known.reflect(connection)
    connection.execute(insert(known.tables["meta"]), {"key": "uid", "value": UID})
    append(connection, at=AT, actor=Actor("pigtrack"), action="create", entity="record")
    for name, rows in {**_ROWS, "measurements": [_MEASUREMENT]}.items():
        for row in rows:
            _add(connection, known.tables[name], row)
            if name == "subjects":
                connection.execute(insert(known.tables["subject_keys"]), {"subject_id": SUBJECT, "key": KEY})
    _add_measured(connection, known)


def _add(connection: Connection, table: Table, row: dict[str, object]) -> None:
    content = _CONTENTS.get(table.name) or _CONTENTS.get(str(row["id"]))
    full = {column.name: row.get(column.name) for column in table.columns}
    if content is not None:
        full["content"] = seal(KEY, content.encode(), label=content_label(table.name, str(row["id"])))
    connection.execute(insert(table), full)
    values = {key: value for key, value in full.items() if not isinstance(value, bytes)}
    told = {"old": None, "new": row_digest(table, full)}
    if table.name == "users":
        append(connection, at=AT, actor=Actor("anna"), action="create", entity="users", entity_id="user-1", told=told)
        return
    sealed = seal(
        KEY, canonical({"values": values, "content": content or ""}).encode(), label=f"trail/{SUBJECT}".encode()
    )
    who = {"at": AT, "actor": Actor("anna"), "action": "create", "subject": SUBJECT}
    append(connection, entity=table.name, entity_id=str(row["id"]), told=told, sealed=sealed, **who)


def _add_measured(connection: Connection, known: MetaData) -> None:
    """Add the rows of the measurement: typed cells beside all cells as a line, which is sealed where it tells a day."""
    for name, (columns, lines) in TABLES.items():
        table = known.tables[name]
        for number, line in enumerate(lines, start=1):
            cells = dict(zip(columns.split(","), line.split(","), strict=True))
            row = {column: value for column, value in cells.items() if column in table.c and value}
            row |= {"flags": ""} if "flags" in table.c else {"number": number} if "number" in table.c else {}
            sealed = seal(KEY, line.encode(), label=f"{name}/{MEASUREMENT}/{number}".encode())
            row |= {"measurement_id": MEASUREMENT, "cells": line if name == "lesion_rows" else sealed}
            connection.execute(insert(table), _typed(table, row))


def _typed(table: Table, row: dict[str, object]) -> dict[str, object]:
    kinds = {column.name: column.type.python_type for column in table.columns}
    return {name: kinds[name](value) if isinstance(value, str) else value for name, value in row.items()}


def make(path: Path) -> None:
    """Make the file anew."""
    path.unlink(missing_ok=True)
    engine = open_engine(f"sqlite:{path.name}", base=path.parent)
    upgrade(engine, to="0001")
    with writing(engine) as connection:
        fill(connection)
    engine.dispose()
    with closing(sqlite3.connect(path)) as file:  # small pages: there are more tables than rows
        for statement in ("PRAGMA journal_mode = DELETE", "PRAGMA page_size = 512", "VACUUM"):
            file.execute(statement).fetchall()


if __name__ == "__main__":
    make(FILE)
    sys.stdout.write(f"{FILE.name}: {FILE.stat().st_size} bytes\n")
