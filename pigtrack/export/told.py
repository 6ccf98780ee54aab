"""What people told, did and signed, as tables: courses, treatments, events, consents, corrections, signatures."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from pigtrack.export.anonymous import new_name
from pigtrack.export.exclusions import UNTOLD
from pigtrack.export.provenance import cells_of_version, truth
from pigtrack.export.told_columns import TOLD
from pigtrack.export.visits import days_after_baseline
from pigtrack.model.correction import Correction
from pigtrack.model.course import AdverseEvent, Session, day_of
from pigtrack.model.record import RecordedCourse
from pigtrack.model.treatment import TREATMENT_TEXTS, PatchTestRecord, Screen, Treatment, open_keys_text

_Row = dict[str, str]


@dataclass(frozen=True, eq=False, slots=True)
class _Teller:
    """A course, and whether days are told instead of dates."""

    course: RecordedCourse
    offsets: bool

    @property
    def subject(self) -> str:
        return self.course.course.subject or self.course.subject_uid

    def iso(self, day: date | None) -> str:
        return "" if self.offsets or day is None else day.isoformat()

    def days(self, day: date | None) -> str:
        found = days_after_baseline(self.course, day.date() if isinstance(day, datetime) else day)
        return "" if found is None else str(found)

    def freely(self, text: str | None) -> str:
        """Return somebody's own sentence, or nothing where a day may stand in it."""
        return "" if self.offsets else text or ""


def told_rows(course: RecordedCourse, table: str, *, offsets: bool = False) -> Iterator[dict[str, str]]:
    """Yield the rows of one of the tables of `TOLD`, its columns in their order.

    Parameters
    ----------
    course : RecordedCourse
    table : str
        A name of `TOLD`.
    offsets : bool
        No dates, and nothing in people's own sentences: days from the baseline stand beside each date.

    Raises
    ------
    ValueError
        If there is no such table.
    """
    if table not in TOLD:
        raise ValueError(f"table must be one of {', '.join(TOLD)}, got {table!r}")
    columns = tuple(column.name for column in TOLD[table])
    rows = _TELLERS[table](_Teller(course, offsets))
    return ({name: row.get(name, "") for name in columns} for row in rows)


def _course_row(teller: _Teller) -> Iterator[_Row]:
    course, screen = teller.course.course, teller.course.course.screen or Screen()
    texts = ("site", "diagnosis", "cause", "depth", "skin_type", "protocol", "card")
    yield {
        **{name: getattr(course, name) or "" for name in texts},
        **_of(teller),
        "subject_id": teller.subject,
        "mode": course.mode.value,
        "primary": course.primary.value,
        "card_patch_pitch_mm": _as_written(course.card_patch_pitch_mm),
        "sessions": str(len(course.sessions)),
        "screen_signed_by": screen.signed_by or "",
        "screen_signed_on": teller.iso(screen.signed_on),
        "screen_days_from_baseline": teller.days(screen.signed_on),
        "screen_reason": teller.freely(screen.reason),
        "erased": truth(teller.course.erased),
    }


def _treatment_rows(teller: _Teller) -> Iterator[_Row]:
    for session in teller.course.course.sessions:
        for number, treatment in enumerate(session.treatments, start=1):
            yield _treatment_row(teller, session, number, treatment)


def _treatment_row(teller: _Teller, session: Session, number: int, treatment: Treatment) -> _Row:
    test = treatment.patch_test or PatchTestRecord()
    return {
        **{name: getattr(treatment, name) or "" for name in TREATMENT_TEXTS},
        **_of(teller, session),
        "treatment": str(number),
        "date": teller.iso(day_of(session)),
        "days_from_baseline": teller.days(day_of(session)),
        "ingredients": "; ".join(dict.fromkeys(treatment.ingredients)),
        "dose": _as_written(treatment.dose),
        "patch_test_date": teller.iso(test.day),
        "patch_test_days_from_baseline": teller.days(test.day),
        "patch_test_site": test.site or "",
        "patch_test_hours": _as_written(test.hours),
        "patch_test_result": test.result or "",
        "note": teller.freely(treatment.note),
        "more": teller.freely(open_keys_text(treatment.more)),
    }


def _event_rows(teller: _Teller) -> Iterator[_Row]:
    for session in teller.course.course.sessions:
        for number, event in enumerate(session.adverse_events, start=1):
            yield _event_row(teller, session, number, event)


def _event_row(teller: _Teller, session: Session, number: int, event: AdverseEvent) -> _Row:
    treated = day_of(session)
    seen = event.day or treated
    return {
        **_of(teller, session),
        "event": str(number),
        "kind": event.kind,
        "date": teller.iso(seen),
        "days_after_session": "" if seen is None or treated is None else str((seen - treated).days),
        "days_from_baseline": teller.days(seen),
        "severity": event.severity or "",
        "outcome": event.outcome or "",
        "until": teller.iso(event.until),
        "until_days_from_baseline": teller.days(event.until),
        "note": teller.freely(event.note),
    }


def _screen_rows(teller: _Teller) -> Iterator[_Row]:
    screen = teller.course.course.screen or Screen()
    for question, answer in screen.answers:
        yield {**_of(teller), "question": question, "answer": truth(answer)}


def _consent_rows(teller: _Teller) -> Iterator[_Row]:
    for number, consent in enumerate(teller.course.consents, start=1):
        yield {
            **_of(teller),
            "subject_id": teller.subject,
            "number": str(number),
            "purpose": consent.purpose.value,
            "given": truth(consent.given),
            "date": teller.iso(consent.day),
            "days_from_baseline": teller.days(consent.day),
            "note": teller.freely(consent.note),
        }


def _correction_rows(teller: _Teller) -> Iterator[_Row]:
    for number, correction in enumerate(teller.course.course.corrections, start=1):
        yield {
            **_of(teller),
            "number": str(number),
            "kind": correction.kind.value,
            "reason": UNTOLD if teller.offsets else correction.reason,
            "at": _points(correction.at),
            "outline": _points(correction.outline or ()),
            "line": _points(correction.line or ()),
            "photo": _photo(teller, correction),
            "by": correction.by or "",
            "blinded": truth(correction.blinded),
        }


def _photo(teller: _Teller, correction: Correction) -> str:
    """Return the photograph that was left out, without its own name where that may tell a day."""
    if correction.photo is None or not teller.offsets:
        return correction.photo or ""
    for session in teller.course.course.sessions:
        if correction.photo in session.photos:
            return new_name(correction.photo, session.number, session.photos.index(correction.photo) + 1)
    return ""


def _measurement_rows(teller: _Teller) -> Iterator[_Row]:
    current = teller.course.measurement
    for version in teller.course.versions:
        yield {
            **_of(teller),
            **cells_of_version(version),
            "algorithms": ";".join(f"{each.name} {each.version}" for each in version.algorithms),
            "measured_by": version.by,
            "measured_at": "" if teller.offsets else version.at,
            "current": truth(current is not None and current.number == version.number),
        }


def _signature_rows(teller: _Teller) -> Iterator[_Row]:
    for sign_off in teller.course.sign_offs:
        yield {
            **_of(teller),
            "measurement": str(sign_off.measurement),
            "signed_by": sign_off.by,
            "signed_at": "" if teller.offsets else sign_off.at,
            "meaning": sign_off.meaning,
        }


def _of(teller: _Teller, session: Session | None = None) -> _Row:
    course = {"course_id": teller.course.course.id}
    return course if session is None else {**course, "session": str(session.number)}


def _points(points: tuple[tuple[float, float], ...]) -> str:
    return ";".join(f"{_as_written(x)} {_as_written(y)}" for x, y in points)


def _as_written(value: float | None) -> str:
    """Return a number that a person wrote, with not a digit more."""
    return "" if value is None else f"{value:.12g}"


_TELLERS: Mapping[str, Callable[[_Teller], Iterator[_Row]]] = {
    "courses": _course_row,
    "treatments": _treatment_rows,
    "adverse_events": _event_rows,
    "screen": _screen_rows,
    "consents": _consent_rows,
    "corrections": _correction_rows,
    "measurements": _measurement_rows,
    "signatures": _signature_rows,
}
