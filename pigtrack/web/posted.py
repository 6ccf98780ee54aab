"""Forms as they were sent: each field read by its kind, or refused in one sentence that names it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import parse_qsl

from fastapi import Request

from pigtrack.errors import FormError

FORM_BYTES_MOST = 1_000_000
"""An outline drawn by hand has some thousand points; nobody types as much."""

_FIELDS_MOST = 500
_LETTERS_MOST = 2_000


@dataclass(frozen=True, slots=True)
class Posted:
    """The fields of a form, or of a query; a field may come several times."""

    fields: Mapping[str, Sequence[str]]

    def text(self, name: str, *, required: bool = True, most: int = _LETTERS_MOST, label: str | None = None) -> str:
        """Return a field's text without the space around it; empty where it is missing and need not be there.

        Raises
        ------
        FormError
            If it is missing, too long, or holds what no keyboard types.
        """
        said = label or name.replace("_", " ")
        value = (self.fields.get(name) or [""])[-1].replace("\r\n", "\n").strip()
        if required and not value:
            raise FormError(f"“{said}” is empty.", "Fill it in.", field=name)
        if len(value) > most:
            raise FormError(f"“{said}” is too long.", f"Up to {most} letters are taken.", field=name)
        if not value.replace("\n", "").replace("\t", "").isprintable():
            raise FormError(f"“{said}” holds letters that can't be shown.", "Type it anew.", field=name)
        return value

    def many(self, name: str) -> tuple[str, ...]:
        """Return all texts of a field, empty ones left out."""
        return tuple(value.strip() for value in self.fields.get(name, ()) if value.strip())

    def flag(self, name: str) -> bool:
        """Tell whether a box was ticked."""
        return bool(self.many(name))

    def choice(self, name: str, among: Sequence[str], *, default: str | None = None) -> str:
        """Return a field that has one of some values.

        Raises
        ------
        FormError
            If it has another.
        """
        value = self.text(name, required=default is None) or default or ""
        if value not in among:
            raise FormError(f"“{name.replace('_', ' ')}” is none of the choices.", "Choose one of them.", field=name)
        return value

    def day(self, name: str, *, required: bool = True) -> date | None:
        """Return a field as a day; None where it is empty and need not be there.

        Raises
        ------
        FormError
            If it is none.
        """
        value = self.text(name, required=required, most=10)
        try:
            return date.fromisoformat(value) if value else None
        except ValueError as fault:
            raise FormError(f"“{value}” is no day.", "Write it as 2026-01-31.", field=name) from fault

    def moment(self, name: str, *, required: bool = True) -> date | datetime | None:
        """Return a field as a day, or a day with its hour as browsers send it; None where it is empty."""
        value = self.text(name, required=required, most=25)
        try:
            return datetime.fromisoformat(value) if "T" in value else self.day(name, required=required)
        except ValueError as fault:
            raise FormError(f"“{value}” is no day.", "Write it as 2026-01-31T09:30.", field=name) from fault

    def number(self, name: str, *, least: int = 0, most: int = 1_000_000, default: int | None = None) -> int:
        """Return a field as a whole number.

        Raises
        ------
        FormError
            If it is none, or beyond what makes sense.
        """
        value = self.text(name, required=default is None, most=20)
        if not value and default is not None:
            return default
        try:
            number = int(value)
        except ValueError as fault:
            raise FormError(f"“{value}” is no whole number.", f"Give {least} to {most}.", field=name) from fault
        if not least <= number <= most:
            raise FormError(f"{number} is out of range.", f"Give {least} to {most}.", field=name)
        return number


async def read_form(request: Request) -> Posted:
    """Return a form as it was sent; a dependency, read once for a request.

    Raises
    ------
    FormError
        If it is no form.
    """
    kept: Posted | None = getattr(request.state, "posted", None)
    if kept is None:
        kept = _parse(await request.body())
        request.state.posted = kept
    return kept


def read_query(request: Request) -> Posted:
    """Return what stands behind the question mark of an address; a dependency."""
    return _parse(request.scope.get("query_string", b""))


def _parse(raw: bytes) -> Posted:
    try:
        pairs = parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=_FIELDS_MOST, errors="strict")
    except ValueError as fault:  # no UTF-8, too many fields
        raise FormError("What was sent is no form.", "Load the page again, and repeat.") from fault
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return Posted(fields)
