"""A unit of work: rows are written, and the trail tells of each, in one transaction. There is no other way to write."""

import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Table, insert, select, update

from pigtrack.errors import RecordError
from pigtrack.model.record import Actor
from pigtrack.store.record.tables import subject_keys
from pigtrack.store.record.trail import Head, append, canonical
from pigtrack.store.vault.sealing import seal, unseal

Row = Mapping[Any, Any]
"""By column; a row as the database gives it, or as it will be written."""


def new_id() -> str:
    """Return an identifier that never changes and says nothing."""
    return str(uuid4())


def row_digest(table: Table, row: Row) -> str:
    """Return the SHA-256 of a row: of its columns in canonical JSON, bytes as their own SHA-256."""
    return hashlib.sha256(canonical({name: plain_value(row.get(name)) for name in _names(table)}).encode()).hexdigest()


def _names(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns)


def plain_value(value: Any) -> Any:
    """Return a value as a digest of its row takes it: bytes as their own SHA-256."""
    return hashlib.sha256(value).hexdigest() if isinstance(value, bytes | memoryview) else value


def subject_key(connection: Connection, subject: str) -> bytes | None:
    """Return a subject's key; None: it was destroyed."""
    found = connection.execute(select(subject_keys.c.key).where(subject_keys.c.subject_id == subject)).scalar()
    return None if found is None else bytes(found)


def content_label(table: str, row_id: str) -> bytes:
    """Return what a sealed content is bound to: it can't be moved to another row."""
    return f"{table}/{row_id}".encode()


def open_content(connection: Connection, table: Table, row: Row, subject: str) -> str | None:
    """Return a row's content as text; None where there is none, or the key was destroyed."""
    key = subject_key(connection, subject)
    if key is None or row["content"] is None:
        return None
    return unseal(key, bytes(row["content"]), label=content_label(table.name, row["id"])).decode()


class Unit:
    """Writes within one transaction, by one actor, for one reason.

    ``at`` is when, UTC in ISO 8601, as `tracker` reads its clock once for the whole.
    """

    def __init__(self, connection: Connection, *, actor: Actor, at: str, reason: str | None = None) -> None:
        self.connection = connection
        self.actor = actor
        self.at = at
        self.reason = reason
        self._keys: dict[str, bytes] = {}

    def key(self, subject: str) -> bytes:
        """Return a subject's key.

        Raises
        ------
        RecordError
            If it was destroyed.
        """
        if subject not in self._keys:
            key = subject_key(self.connection, subject)
            if key is None:
                raise RecordError(
                    "The patient's data were erased; nothing can be added to them.", "Open a new patient instead."
                )
            self._keys[subject] = key
        return self._keys[subject]

    def add(
        self,
        table: Table,
        row: Row,
        *,
        content: str | None = None,
        subject: str | None = None,
        course: str | None = None,
        told: Mapping[str, Any] | None = None,
    ) -> str:
        """Add a row and tell of it; return its id. ``content`` is sealed with the subject's key, ``told`` is plain."""
        full = self._full(table, {"id": new_id(), **row}, content, subject)
        self.connection.execute(insert(table), full)
        self._tell("create", table, full["id"], subject, course, None, full, {"content": content}, told)
        return str(full["id"])

    def tell_created(self, table: Table, row: Row, *, subject: str | None = None, course: str | None = None) -> None:
        """Tell of a row that was added outside of `add`, whole as it was written."""
        self._tell("create", table, row["id"], subject, course, None, row, {})

    def change(
        self,
        table: Table,
        row_id: str,
        values: Row,
        *,
        content: str | None = None,
        subject: str | None = None,
        course: str | None = None,
        action: str = "change",
    ) -> None:
        """Change a row and tell of it, old and new. A ``content`` of None leaves it as it is."""
        old = self.connection.execute(select(table).where(table.c.id == row_id)).mappings().one()
        sealed = None if content is None else self._full(table, {"id": row_id}, content, subject)["content"]
        new = {**old, **values, **({} if sealed is None else {"content": sealed})}
        if row_digest(table, new) == row_digest(table, old):
            return
        self.connection.execute(update(table).where(table.c.id == row_id).values({k: new[k] for k in new if k != "id"}))
        before = None if subject is None or content is None else open_content(self.connection, table, old, subject)
        words = {"content": content, "content_before": before}
        self._tell(action, table, row_id, subject, course, old, new, words)

    def note(
        self,
        action: str,
        entity: str,
        entity_id: str | None = None,
        *,
        subject: str | None = None,
        course: str | None = None,
        **told: Any,
    ) -> Head:
        """Tell of something that changed no row: a view, an export, a check."""
        return append(
            self.connection,
            at=self.at,
            actor=self.actor,
            action=action,
            entity=entity,
            entity_id=entity_id,
            subject=subject,
            course=course,
            told={**told, **self._plain_reason(subject)},
            sealed=self._sealed(subject, {}),
        )

    def _full(self, table: Table, row: Row, content: str | None, subject: str | None) -> dict[str, Any]:
        full = {name: row.get(name) for name in _names(table)}
        if content is not None:
            if subject is None:
                raise ValueError(f"content of {table.name} is personal: name its subject")
            label = content_label(table.name, str(full["id"]))
            full["content"] = seal(self.key(subject), content.encode(), label=label)
        return full

    def _tell(
        self,
        action: str,
        table: Table,
        row_id: str,
        subject: str | None,
        course: str | None,
        old: Row | None,
        new: Row,
        words: Mapping[str, str | None],
        plain: Mapping[str, Any] | None = None,
    ) -> None:
        digests = {"old": None if old is None else row_digest(table, old), "new": row_digest(table, new)}
        values = {"values": _values(new), "before": None if old is None else _values(old)}
        told = {**digests, **({} if subject is not None else values), **self._plain_reason(subject), **(plain or {})}
        append(
            self.connection,
            at=self.at,
            actor=self.actor,
            action=action,
            entity=table.name,
            entity_id=row_id,
            subject=subject,
            course=course,
            told=told,
            sealed=self._sealed(subject, {**values, **words}),
        )

    def _plain_reason(self, subject: str | None) -> dict[str, str]:
        """Return the reason where it concerns no patient; else it is sealed, as it may tell of them."""
        return {} if self.reason is None or subject is not None else {"reason": self.reason}

    def _sealed(self, subject: str | None, words: Mapping[str, Any]) -> bytes | None:
        told = {name: value for name, value in {**words, "reason": self.reason}.items() if value is not None}
        if subject is None or not told:
            return None
        return seal(self.key(subject), canonical(told).encode(), label=f"trail/{subject}".encode())


def _values(row: Row) -> dict[str, Any]:
    """Return what of a row can be read: no bytes, and no password's digest."""
    return {name: value for name, value in row.items() if not isinstance(value, bytes) and name != "password"}
