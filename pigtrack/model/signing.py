"""What signatures say of a course: they stand under one version of its measurement, and under no other."""

from collections.abc import Sequence

from pigtrack.model.record import SignOff


def tell_signed(sign_offs: Sequence[SignOff], shown: int | None) -> tuple[str, ...]:
    """Say who signed which measurement, when, and what for; and where the one that is shown is not among them.

    Examples
    --------
    >>> signature = SignOff(1, "anna", "2026-01-11T12:00:00Z", "reviewed")
    >>> tell_signed((signature,), 1)
    ('Measurement 1 signed by anna, 2026-01-11 12:00:00 UTC: reviewed',)
    >>> tell_signed((signature,), 2)[-1]
    'Signed for measurement 1, not for 2.'
    >>> tell_signed((), 2)
    ()
    """
    told = [
        f"Measurement {each.measurement} signed by {each.by}, {tell_moment(each.at)}: {each.meaning}"
        for each in sign_offs
    ]
    numbers = sorted({each.measurement for each in sign_offs})
    if numbers and shown is not None and shown not in numbers:
        told.append(f"Signed for measurement {', '.join(map(str, numbers))}, not for {shown}.")
    return tuple(told)


def tell_moment(at: str) -> str:
    """Return a moment of the record as people read it, to the second.

    Examples
    --------
    >>> tell_moment("2026-01-11T12:00:00.123456Z")
    '2026-01-11 12:00:00 UTC'
    """
    return f"{at[:10]} {at[11:19]} UTC"
